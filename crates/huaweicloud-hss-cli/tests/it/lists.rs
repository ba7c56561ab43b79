//! `--hosts-from` and `--clusters-from`: lists in batches.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use huaweicloud_hss::raw::types::{ClusterInfoList, HostIdList};
use huaweicloud_hss_sim::{Fault, Quota, Simulator};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Cloud, Ran, TOKEN, hss, ran, ran_with, redacted};

pub const TASK: &str = "task-of-lists";

/// The number of servers in a batch.
pub const BATCH: usize = HostIdList::MAX;

/// A simulator, and a folder for lists and journals.
pub struct Lists {
    pub cloud: Cloud,
    pub folder: TempDir,
}

impl Lists {
    pub fn start() -> Self {
        Self::with(Quota::off())
    }

    pub fn with(quota: Quota) -> Self {
        Self {
            cloud: Cloud::with(Simulator::builder().quota(quota).any_task(true)),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file with this many ids.
    pub fn hosts(&self, count: usize) -> PathBuf {
        let ids: Vec<String> = (0..count).map(id).collect();
        self.file(&ids.join("\n"))
    }

    pub fn file(&self, text: &str) -> PathBuf {
        let path = self.path("list");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// `hss rescan` of a list without a rate limit, with its journal in the folder.
    pub fn rescan<S: AsRef<OsStr>>(&self, list: &Path, more: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.cloud.command(["rescan", TASK, "--hosts-from"]);
        let more: Vec<S> = more.into_iter().collect();
        let is_paced = more
            .iter()
            .any(|word| word.as_ref().to_string_lossy().starts_with("--pace"));
        command
            .arg(list)
            .args((!is_paced).then_some("--pace=off"))
            .args(more)
            .env("XDG_STATE_HOME", self.folder.path());
        command
    }

    pub fn ran<S: AsRef<OsStr>>(&self, list: &Path, more: impl IntoIterator<Item = S>) -> Ran {
        ran(&mut self.rescan(list, more))
    }

    /// `hss journal` in the folder of the journals.
    pub fn journal<const N: usize>(&self, words: [&str; N]) -> Ran {
        let mut command = crate::support::command(["journal"]);
        ran(command.args(words).env("XDG_STATE_HOME", self.folder.path()))
    }

    pub fn inject(&self, fault: Fault) {
        self.cloud.simulator.inject(fault).unwrap();
    }

    /// How often each id was accepted.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for request in self.cloud.simulator.requests() {
            if request.acted {
                let body: Value = serde_json::from_str(&request.body.unwrap()).unwrap();
                for id in body["host_ids"].as_array().unwrap() {
                    *counts.entry(id.as_str().unwrap().to_owned()).or_default() += 1;
                }
            }
        }
        counts
    }

    pub fn assert_taken_once(&self, ids: usize) {
        let taken = self.taken();
        assert_eq!(taken.len(), ids);
        assert!(taken.values().all(|count| *count == 1));
    }
}

pub fn id(number: usize) -> String {
    format!("71a15ecc-049f-4cca-bd28-{number:012}")
}

fn refusal() -> Fault {
    Fault::answer(400).body(r#"{"error_code": "HSS.1006", "error_msg": "no"}"#)
}

fn snapshot(name: &str, lists: &Lists, ran: &Ran) {
    let folder = lists.folder.path().to_str().unwrap();
    let text = ran.transcript().replace(folder, "[folder]");
    redacted(|| insta::assert_snapshot!(name, text));
}

#[test]
fn repeated_command_sends_a_list_once() {
    let lists = Lists::start();
    let items = 2 * BATCH + BATCH / 2;
    let list = lists.hosts(items);
    let first = lists.ran(&list, [] as [&str; 0]);
    assert_eq!(first.code, 0, "{first:?}");
    snapshot("list_first", &lists, &first);
    let again = lists.ran(&list, [] as [&str; 0]);
    assert_eq!(again.code, 2, "{again:?}");
    snapshot("list_again", &lists, &again);
    lists.assert_taken_once(items);

    let quiet = lists.ran(&list, ["-q", "--output=json", "--skip-started"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    let expected = json!({
        "operation": "recreate_vul_scan_task", "task_id": TASK, "status": "completed",
        "items": items, "duplicates": 0, "batches": 0,
        "confirmed": 0, "confirmed_before": 0, "skipped": items, "unknown": 0, "refused": 0, "not_sent": 0,
        "unknown_ids": [], "refused_ids": [], "named_ids": [], "journal": quiet.json()["journal"], "error": null,
    });
    assert_eq!(quiet.json(), expected);
    let journal = PathBuf::from(quiet.json()["journal"].as_str().unwrap());
    assert_eq!(journal.parent(), Some(lists.path("hss").as_path()));
    let text = std::fs::read_to_string(journal).unwrap();
    assert!(!text.contains(TOKEN) && text.contains(&id(1)), "{text}");

    let sent_again = lists.ran(&list, ["--again"]);
    assert_eq!(sent_again.code, 0, "{sent_again:?}");
    let taken = lists.taken();
    assert!(taken.len() == items && taken.values().all(|count| *count == 2));
}

/// A list with one bad id, sent on, corrected, sorted, and split in two.
#[test]
fn corrected_list_sends_each_server_once() {
    const LONG: usize = 3 * BATCH + BATCH / 10;
    const BAD: usize = 2 * BATCH + BATCH / 2;
    for change in ["corrected", "sorted", "split"] {
        let lists = Lists::start();
        lists.inject(Fault::delay(Duration::from_millis(1)).times(2));
        let message = json!({"error_code": "HSS.0011", "error_msg": format!("the task has no host {}", id(BAD))});
        lists.inject(Fault::answer(400).body(message.to_string()));
        let stopped = lists.ran(&lists.hosts(LONG), ["--keep-going", "--output=json"]);
        assert_eq!(stopped.code, 8, "{stopped:?}");
        let object = stopped.json();
        let counts = ["confirmed", "refused", "not_sent"].map(|name| object[name].as_u64().unwrap() as usize);
        assert_eq!(
            (counts, &object["status"]),
            ([LONG - BATCH, BATCH, 0], &json!("refused"))
        );
        assert_eq!(object["refused_ids"].as_array().unwrap().len(), BATCH);
        assert_eq!(object["named_ids"], json!([id(BAD)]));

        let mut ids: Vec<String> = (0..LONG).filter(|number| *number != BAD).map(id).collect();
        if change == "sorted" {
            ids.reverse();
        }
        let pieces = if change == "split" { 2 } else { 1 };
        for piece in ids.chunks(ids.len().div_ceil(pieces)) {
            let resumed = lists.ran(&lists.file(&piece.join("\n")), ["--output=json"]);
            assert_eq!(resumed.code, 0, "{change}: {resumed:?}");
        }
        lists.assert_taken_once(LONG - 1);
        let shown = lists.journal(["show", TASK, "--output=json"]);
        let journal = &shown.json()["journals"][0];
        assert_eq!(
            (shown.code, &journal["run"], &journal["refused"]),
            (0, &json!("closed"), &journal["refused"])
        );
        let started = journal["confirmed"].as_u64().unwrap() + journal["started_before"].as_u64().unwrap();
        assert_eq!(started as usize, LONG - 1, "{change}: {shown:?}");
    }
}

#[test]
fn journals_are_listed_shown_and_removed() {
    let lists = Lists::start();
    let none = lists.journal(["list"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, "no journals\n"));
    lists.inject(Fault::answer(500));
    assert_eq!(lists.ran(&lists.hosts(3), [] as [&str; 0]).code, 7);
    let mut command = lists
        .cloud
        .command(["retry", "task-of-clusters", "--clusters-from=-", "--pace=off"]);
    lists.inject(Fault::answer(400).body(r#"{"error_code": "HSS.0011", "error_msg": "no cluster c-1"}"#));
    let refused = ran_with(
        command.env("XDG_STATE_HOME", lists.folder.path()),
        "c-1=benchmark,cluster_vul\nc-2\n",
    );
    assert_eq!(refused.code, 4, "{refused:?}");
    std::fs::write(lists.path("hss/foreign.jsonl"), "notes").unwrap();

    let listed = lists.journal(["list"]);
    snapshot("journal_list", &lists, &listed);
    for task in [TASK, "task-of-clusters"] {
        let shown = lists.journal(["show", task]);
        snapshot(&format!("journal_show_{task}"), &lists, &shown);
        let object = lists.journal(["show", task, "--output=json", "-q"]).json();
        // Another crate of the workspace keeps the order of JSON's members.
        insta::with_settings!({sort_maps => true}, {
            insta::assert_json_snapshot!(format!("journal_json_{task}"), object, {
                ".journals[].file" => "[file]", ".journals[].endpoint" => "[endpoint]", ".journals[].began" => "[time]",
            });
        });
    }
    let both = lists.journal(["show", "--output=json", "-q"]).json();
    assert_eq!(both["journals"].as_array().unwrap().len(), 2);
    let other = lists.journal(["show", "other"]);
    assert_eq!(other.code, 2, "{other:?}");
    let removed = lists.journal(["rm", TASK]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert_eq!(lists.journal(["show", TASK]).code, 2);
    assert_eq!(lists.journal(["rm"]).code, 2);
    // What cannot be read belongs to no task.
    let torn = lists.path("hss/torn.jsonl");
    std::fs::write(&torn, r#"{"journal":"huaweicloud-hss bulk","versi"#).unwrap();
    let named = format!("--journal={}", torn.display());
    assert_eq!(lists.journal(["rm", &named]).code, 0);
    assert!(!torn.exists());
    let foreign = format!("--journal={}", lists.path("hss/foreign.jsonl").display());
    assert_eq!(lists.journal(["rm", &foreign]).code, 2);
    assert!(lists.path("hss/foreign.jsonl").exists());
}

#[test]
fn empty_list_is_accepted_on_demand_alone() {
    let lists = Lists::start();
    let list = lists.file("# nothing\n");
    let refused = lists.ran(&list, [] as [&str; 0]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let accepted = lists.ran(&list, ["--allow-empty"]);
    assert_eq!(
        (accepted.code, accepted.stdout.as_str()),
        (0, "nothing to send: rescan of task task-of-lists, 0 servers\n")
    );
    let object = lists.ran(&list, ["--allow-empty", "--output=json"]).json();
    assert_eq!((&object["status"], &object["items"]), (&json!("completed"), &json!(0)));
    assert_eq!(lists.cloud.simulator.requests(), []);
}

#[test]
fn unknown_batch_is_named_and_not_resent() {
    let lists = Lists::start();
    let list = lists.hosts(BATCH + 2);
    // The first batch is accepted; the second fails.
    lists.inject(Fault::delay(Duration::from_millis(1)));
    lists.inject(Fault::answer(500));
    let ran = lists.ran(&list, [] as [&str; 0]);
    assert_eq!(ran.code, 7, "{ran:?}");
    snapshot("list_unknown", &lists, &ran);
    let again = lists.ran(&list, ["--output=json"]);
    assert_eq!((again.code, &again.json()["status"]), (7, &json!("unknown")));
    assert_eq!(again.json()["unknown_ids"], json!([id(BATCH), id(BATCH + 1)]));
    assert_eq!(lists.cloud.simulator.requests().len(), 2);
    let resent = lists.ran(&list, ["--resend-unknown"]);
    assert_eq!(resent.code, 0, "{resent:?}");
    lists.assert_taken_once(BATCH + 2);
}

#[test]
fn list_ending_in_unknown_batches_is_complete() {
    let lists = Lists::start();
    lists.inject(Fault::answer(500).times(100));
    let ran = lists.ran(&lists.hosts(3 * BATCH), ["--output=json"]);
    assert_eq!((ran.code, &ran.json()["status"]), (7, &json!("unknown")), "{ran:?}");
    assert_eq!(ran.json()["error"], Value::Null);
}

#[test]
fn refused_list_can_be_resumed() {
    let lists = Lists::start();
    let list = lists.hosts(3 * BATCH);
    lists.inject(Fault::delay(Duration::from_millis(1)));
    lists.inject(refusal());
    let stopped = lists.ran(&list, [] as [&str; 0]);
    assert_eq!(stopped.code, 8, "{stopped:?}");
    snapshot("list_stopped", &lists, &stopped);
    let resumed = lists.ran(&list, ["--output=json"]);
    assert_eq!((resumed.code, &resumed.json()["status"]), (0, &json!("completed")));
    assert_eq!(resumed.json()["confirmed_before"], BATCH);
    lists.assert_taken_once(3 * BATCH);
}

#[test]
fn retry_refused_after_retries_a_refused_batch() {
    let lists = Lists::start();
    lists.inject(refusal().times(3));
    let ran = lists.ran(&lists.hosts(2 * BATCH), ["--retry-refused-after=1ms"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    lists.assert_taken_once(2 * BATCH);
}

#[test]
fn list_without_effect_has_the_exit_code_of_its_error() {
    let lists = Lists::start();
    lists.inject(refusal());
    let ran = lists.ran(&lists.hosts(2 * BATCH), ["--output=json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let object = ran.json();
    assert_eq!(
        (&object["status"], &object["error"]["code"]),
        (&json!("stopped"), &json!("HSS.1006"))
    );
    let ran = crate::support::ran(
        lists
            .rescan(&lists.hosts(1), [] as [&str; 0])
            .env("HSS_AUTH_TOKEN", "wrong"),
    );
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn clusters_are_read_from_stdin() {
    let lists = Lists::start();
    let mut input =
        "# clusters\r\nc-0=benchmark,cluster_vul\r\n{\"cluster_id\":\"c-1\",\"scan_type_list\":[\"odd\"]}\n".to_owned();
    input.extend((2..=ClusterInfoList::MAX).map(|number| format!("c-{number}\n")));
    input.push_str("c-0=cluster_vul,benchmark\n");
    let mut command = lists.cloud.command(["retry", TASK, "--clusters-from=-", "--pace=off"]);
    let ran = ran_with(command.arg("--journal").arg(lists.path("j")), &input);
    assert_eq!(ran.code, 0, "{ran:?}");
    snapshot("list_clusters", &lists, &ran);
    let requests = lists.cloud.simulator.requests();
    let body = |index: usize| serde_json::from_str::<Value>(requests[index].body.as_ref().unwrap()).unwrap();
    let listed = |index: usize| body(index)["cluster_scan_info"]["cluster_info_list"].clone();
    assert_eq!(listed(0).as_array().unwrap().len(), ClusterInfoList::MAX);
    assert_eq!(
        listed(0)[0],
        json!({"cluster_id": "c-0", "scan_type_list": ["benchmark", "cluster_vul"]})
    );
    assert_eq!(listed(0)[1], json!({"cluster_id": "c-1", "scan_type_list": ["odd"]}));
    assert_eq!(
        listed(1),
        json!([{"cluster_id": format!("c-{}", ClusterInfoList::MAX)}])
    );
}

#[test]
fn invalid_lines_are_named_and_nothing_is_sent() {
    let lists = Lists::start();
    let list = lists.file("good\na b\n\"\"\n{\"host_id\": 1}\ngood");
    let text = lists.ran(&list, [] as [&str; 0]);
    assert_eq!(text.code, 2, "{text:?}");
    snapshot("list_bad_lines", &lists, &text);
    assert!(
        text.stderr.contains("line 3: empty"),
        "errors of the plan and of the list are combined: {text:?}"
    );
    let object = lists.ran(&list, ["--output=json"]);
    assert_eq!((object.code, &object.json()["error"]["kind"]), (2, &json!("invalid")));
    assert!(
        object.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("line 2: `a b` has a blank at position 2; give each one by itself"),
        "{object:?}"
    );

    let list = lists.file("# twice\nc=x\n\nc=y");
    let mut command = lists.cloud.command(["retry", TASK, "--clusters-from"]);
    let ran = ran(command.arg(&list));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr
            .contains("line 4: given before with other scan items (on line 2)"),
        "{ran:?}"
    );

    for text in ["", "\n# nothing\n", "\u{feff}"] {
        let ran = lists.ran(&lists.file(text), [] as [&str; 0]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("contains no id"), "{ran:?}");
    }
    for file in ["/dev/zero", "/no/such/file"] {
        let ran = lists.ran(Path::new(file), [] as [&str; 0]);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    assert_eq!(lists.cloud.simulator.requests(), []);
}

/// What a console, Excel and PowerShell save.
#[test]
fn exported_lists_are_read() {
    let table = "Name;Host ID;Status\r\n\"a; b\";host-1;failed\r\nnö;host-2;failed\r\n";
    let utf16: Vec<u8> = table.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, option) in [
        ([b"\xff\xfe", &*utf16].concat(), "--quiet"),
        (table.as_bytes().to_vec(), "--column=host id"),
        (b"server,x\nhost-1,1\nhost-2,2".to_vec(), "--column=Server"),
        (b"\xef\xbb\xbfhost_id\r\nhost-1\r\nhost-2".to_vec(), "--quiet"),
        (b"[\n\"host-1\",\n\"host-2\"\n]".to_vec(), "--quiet"),
    ] {
        let lists = Lists::start();
        let list = lists.path("list");
        std::fs::write(&list, &bytes).unwrap();
        let ran = lists.ran(&list, [option]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let taken = lists.taken();
        assert_eq!(taken.keys().collect::<Vec<_>>(), ["host-1", "host-2"]);
    }
}

#[test]
fn what_a_list_has_beside_ids_is_named_and_nothing_is_sent() {
    let lists = Lists::start();
    let text = "host_id,ip\n10.0.0.1,1\nfe80::1,2\n\"a,b\",3\na;b,4\n\"a b\",5\n\"a\tb\",6\n\u{feff}a,7\na\u{200b},8\n\
                a\u{202e}b,9\n,10\ngood-1,11\n'good-2',12\n";
    let ran = lists.ran(&lists.file(text), [] as [&str; 0]);
    assert_eq!(ran.code, 2, "{ran:?}");
    snapshot("list_not_ids", &lists, &ran);
    assert_eq!(lists.cloud.simulator.requests(), []);
}

#[test]
fn table_of_clusters_is_sent_with_its_scan_items() {
    let lists = Lists::start();
    let list = lists.file("cluster_id,name,scan_type\nc-1,n,benchmark\nc-2,n,\nc-1,n,cluster_vul\n");
    let mut command = lists.cloud.command(["retry", TASK, "--pace=off", "--clusters-from"]);
    let ran = ran(command.arg(&list).arg("--journal").arg(lists.path("j")));
    assert_eq!(ran.code, 0, "{ran:?}");
    let body: Value = serde_json::from_str(lists.cloud.request().body.as_ref().unwrap()).unwrap();
    assert_eq!(
        body["cluster_scan_info"]["cluster_info_list"],
        json!([
            {"cluster_id": "c-1", "scan_type_list": ["benchmark", "cluster_vul"]},
            {"cluster_id": "c-2"},
        ])
    );
}

#[test]
fn dry_run_of_a_list_shows_every_request_and_writes_no_journal() {
    let lists = Lists::start();
    let list = lists.hosts(BATCH + 1);
    let text = lists.ran(&list, ["--dry-run"]);
    assert_eq!(text.code, 0, "{text:?}");
    assert_eq!(
        text.stdout.lines().filter(|line| line.starts_with("PUT /v5/")).count(),
        2
    );
    let object = lists.ran(&list, ["--dry-run", "--output=json"]).json();
    let requests = object["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[1]["body"],
        json!({"range_type": "specific_host", "host_ids": [id(BATCH)]})
    );
    assert_eq!(lists.cloud.simulator.requests(), []);
    assert!(!lists.path("hss").exists());
}

#[cfg(feature = "simulator")]
#[test]
fn simulated_list_accepts_any_task_and_writes_no_journal() {
    let lists = Lists::start();
    let ran = lists.ran(&lists.hosts(1500), ["--simulate", "--output=json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        (&ran.json()["confirmed"], &ran.json()["journal"]),
        (&json!(1500), &Value::Null)
    );
    assert!(!lists.path("hss").exists());
}

#[test]
fn journal_of_another_task_is_an_error() {
    let lists = Lists::start();
    let list = lists.hosts(2);
    let journal = format!("--journal={}", lists.path("j").display());
    assert_eq!(lists.ran(&list, [&journal]).code, 0);
    let mut other = lists.cloud.command(["rescan", "other-task", "--hosts-from"]);
    let ran = ran(other.arg(&list).arg(&journal));
    assert_eq!(ran.code, 2, "{ran:?}");
    snapshot("list_other_journal", &lists, &ran);
    assert_eq!(lists.cloud.simulator.requests().len(), 1);
}

/// A full disk is found before a request is sent, so every outcome is known.
#[cfg(unix)]
#[test]
fn full_disk_stops_the_run_before_a_send() {
    let lists = Lists::start();
    let list = lists.hosts(8 * BATCH);
    let command = lists.rescan(&list, [] as [&str; 0]);
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .collect();
    // A file may have 128 KiB; a write beyond fails as on a full disk, with another error text.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$@\"", "sh"])
        .args(words)
        .env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let full = ran(shell.args(["--output=json"]));
    assert_eq!(full.code, 8, "{full:?}");
    let object = full.json();
    let sent = lists.cloud.simulator.requests().len();
    assert!((1..8).contains(&sent), "{sent}");
    assert_eq!(object["confirmed"], sent * BATCH, "{full:?}");
    assert_eq!(object["unknown"], 0, "{full:?}");
    assert!(object["error"]["hint"].as_str().unwrap().contains("space"), "{full:?}");

    let resumed = lists.ran(&list, ["--output=json"]);
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(resumed.json()["confirmed_before"], sent * BATCH);
    lists.assert_taken_once(8 * BATCH);
}

#[test]
fn list_options_need_a_list() {
    for option in [
        "--column=id",
        "--journal=j",
        "--pace=off",
        "--resend-unknown",
        "--again",
        "--skip-started",
        "--keep-going",
        "--allow-empty",
        "--retry-refused-after=1s",
        "--parallel=2",
    ] {
        let ran = hss(["rescan", TASK, "--all-failed", option]);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    for option in ["--pace=0/min", "--pace=5", "--parallel=0", "--retry-refused-after=0s"] {
        let ran = hss(["rescan", TASK, "--hosts-from=-", option]);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    let ran = ran(&mut crate::support::command([
        "rescan",
        TASK,
        "--hosts-from=-",
        "--host=a",
    ]));
    assert_eq!(ran.code, 2, "{ran:?}");
}

/// A full disk must not hide the summary of a list.
#[cfg(target_os = "linux")]
#[test]
fn unwritable_summary_goes_to_stderr_with_its_advice() {
    let lists = Lists::start();
    lists.inject(Fault::answer(400));
    let list = lists.hosts(3);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = lists.rescan(&list, [""; 0]).stdout(full).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let result = stderr.split_once("result: ").unwrap().1;
    assert!(result.starts_with("refused: rescan of task task-of-lists"), "{stderr}");
    assert!(result.ends_with("what is confirmed is not sent again\n"), "{stderr}");
}

/// 20 batches at 10 a minute take at least a minute.
#[test]
#[ignore = "takes a minute; `cargo xtask soak` runs it"]
fn a_minute_at_the_quota() {
    let lists = Lists::with(Quota::per_minute(10).unwrap());
    let list = lists.hosts(20_000);
    let begun = Instant::now();
    let ran = lists.ran(&list, ["--pace=10/min"]);
    let took = begun.elapsed();
    assert_eq!(ran.code, 0, "{ran:?}");
    let throttled = lists
        .cloud
        .simulator
        .requests()
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    println!("20,000 ids at 10/min: {took:?}, {throttled} answers 429");
    assert_eq!(throttled, 0);
    assert!(
        took >= Duration::from_secs(60) && took <= Duration::from_secs(63),
        "{took:?}"
    );
    lists.assert_taken_once(20_000);
}

#[test]
fn default_pace_is_the_quota() {
    let lists = Lists::with(Quota::default());
    let list = lists.hosts(5 * BATCH);
    let mut command = lists.cloud.command(["rescan", TASK, "--hosts-from"]);
    let ran = ran(command.arg(&list).arg("--journal").arg(lists.path("j")));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(lists.cloud.simulator.requests().iter().all(|request| request.acted));
}
