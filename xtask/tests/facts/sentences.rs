//! Limits in help texts, comments and READMEs, which no constant can be put into, are those of the documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use xtask::document::{components, operations};
use xtask::documents::documents;

/// What each file says. A name in braces stands for a schema's, a security scheme's or an operation's limit: `{Name}` for
/// both ends, `{Name.max}` for one. Of an operation's quota, `user` is a number, `user_word` is in words, `seconds` is the time in
/// which one call is free again, `total` is for all users.
const SENTENCES: &[(&str, &[&str])] = &[
    (
        "crates/huaweicloud-auth/src/credential/token.rs",
        &["A token of {AuthToken} characters"],
    ),
    (
        "crates/huaweicloud-auth/src/provider/secret_file.rs",
        &["A token has {AuthToken.max} characters at most"],
    ),
    (
        "crates/huaweicloud-hss-cli/README.md",
        &[
            "Lists are read in pages of {PageLimit.max} at the service's quota of {listTasks.user_word} a minute",
            "polls the task every {listTasks.seconds} seconds",
            "in batches of {HostIdList.max} servers or {ClusterInfoList.max} clusters",
            "at most {retryTask.user_word} per minute, the service's quota per user",
        ],
    ),
    (
        "crates/huaweicloud-hss-cli/src/args/mod.rs",
        &[
            "vulnerability scan task, {VulScanTaskId} characters",
            "for up to {HostIdList.max} servers",
            "batches of {HostIdList.max} ",
            "cluster scan task, {CommonTaskId} characters",
            "for up to {ClusterInfoList.max} clusters",
            "in batches of {ClusterInfoList.max} ",
        ],
    ),
    (
        "crates/huaweicloud-hss-sim/README.md",
        &[
            "outside {AuthToken} characters",
            // The simulator's own.
            "takes a `limit` of 1 to 200, {PageLimit.min} by default",
        ],
    ),
    (
        "crates/huaweicloud-hss-sim/src/service/quota.rs",
        &["documented quota of {retryTask.user} calls a minute"],
    ),
    (
        "crates/huaweicloud-hss/README.md",
        &[
            "{HostIdList.above} items found, {HostIdList.plain} allowed",
            "project id, enterprise project id, task id of a rescan | {ProjectId} characters",
            "project id, enterprise project id, task id of a rescan | {EnterpriseProjectId} characters",
            "task id of a rescan | {VulScanTaskId} characters",
            "task id of a re-run, cluster id | {CommonTaskId} characters",
            "cluster id | {ClusterId} characters",
            "servers in one request | {HostIdList} |",
            "clusters in one request | {ClusterInfoList} |",
            "scan items of a cluster | {ScanTypeList} |",
            "token | {AuthToken} characters",
            "{retryTask.user} a minute for one user or address, {retryTask.total} in all",
        ],
    ),
    (
        "crates/huaweicloud-hss/src/bulk/plan.rs",
        &[
            "vulnerability scan task again. `task_id` has {VulScanTaskId} characters",
            "`task_id` and the ids of clusters have {CommonTaskId} characters",
            "the ids of clusters have {ClusterId} characters",
            "servers or clusters, {EnterpriseProjectId} characters",
            "in one request: {HostIdList.max} servers or {ClusterInfoList.max} clusters",
        ],
    ),
    (
        "crates/huaweicloud-hss/src/client/builder.rs",
        &[
            "servers or clusters, {ProjectId} characters",
            "`X-Subject-Token`, {AuthToken} characters",
        ],
    ),
    (
        "crates/huaweicloud-hss/src/error/hint.rs",
        &["accepts {retryTask.user} calls a minute from one user"],
    ),
    (
        "crates/huaweicloud-hss/src/operations/recreate_vul_scan_task.rs",
        &[
            "`task_id` has {VulScanTaskId} characters",
            "these ids, {HostIdList} (`specific_host`)",
        ],
    ),
    (
        "crates/huaweicloud-hss/src/operations/request.rs",
        &["servers or clusters, {EnterpriseProjectId} characters"],
    ),
    (
        "crates/huaweicloud-hss/src/operations/retry_task.rs",
        &[
            "`task_id` has {CommonTaskId} characters",
            "These clusters, {ClusterInfoList} (`specific_cluster`)",
            "with this id, {ClusterId} characters",
            "scan items to repeat, {ScanTypeList}.",
        ],
    ),
    (
        "crates/huaweicloud-hss/src/operations/tasks/list_task_resources.rs",
        &["`task_id` has {CommonTaskId} characters"],
    ),
    (
        "crates/huaweicloud-hss/src/operations/tasks/list_vul_scan_task_host.rs",
        &["`task_id` has {VulScanTaskId} characters"],
    ),
    (
        "crates/huaweicloud-hss/src/operations/tasks/page.rs",
        &["rows, up to {PageOffset.max}, and has at most `limit` rows, {PageLimit}."],
    ),
    (
        "crates/huaweicloud-hss/src/reads/listing.rs",
        &[
            "all pages of a list, {PageLimit.max} rows each",
            "{listTasks.user_word} at once, then {listTasks.user_word} a minute",
        ],
    ),
    (
        "crates/huaweicloud-hss/src/reads/wait.rs",
        &[
            "quota of {listTasks.user_word} a minute, one more call is free every {listTasks.seconds} seconds",
            "POLL_INTERVAL: Duration = Duration::from_secs({listTasks.seconds})",
            "reads every {listTasks.seconds} seconds",
            "in place of the {listTasks.seconds} seconds that the quota",
        ],
    ),
    (
        "crates/huaweicloud-hss/src/transport/attempt.rs",
        &["a page can hold {PageLimit.max} servers"],
    ),
    (
        "crates/huaweicloud-hss/src/transport/retry_policy.rs",
        &[
            "{retryTask.seconds} s more after a 429",
            "quota is {retryTask.user_word} calls a minute, so one more call is allowed every {retryTask.seconds} seconds",
            "throttled_delay: Duration::from_secs({retryTask.seconds})",
        ],
    ),
    (
        "ARCHITECTURE.md",
        &[
            "At {retryTask.user_word} calls a minute a connection rests",
            "the wait is {retryTask.seconds} seconds, in which the quota of {retryTask.user_word} a minute frees one call",
            "against a quota of {retryTask.user_word} a minute",
        ],
    ),
];

/// A number as people read it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<&str> = groups.map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

/// The numbers of the documents by their names.
fn limits() -> BTreeMap<String, String> {
    let root = xtask::root();
    let mut found = BTreeMap::new();
    for document in documents(&root).unwrap() {
        let document = document.read(&root).unwrap().value;
        let schemas = components(&document, "schemas").chain(components(&document, "securitySchemes"));
        for (name, schema) in schemas {
            let number = |keys: [&str; 4]| keys.iter().find_map(|key| schema[*key].as_u64());
            let min = number(["minimum", "minLength", "minItems", "x-min-length"]);
            let max = number(["maximum", "maxLength", "maxItems", "x-max-length"]);
            if let (Some(min), Some(max)) = (min, max) {
                found.insert(name.clone(), format!("{} to {}", grouped(min), grouped(max)));
                found.insert(format!("{name}.min"), grouped(min));
                found.insert(format!("{name}.max"), grouped(max));
                // As errors have them.
                found.insert(format!("{name}.plain"), format!("{min} to {max}"));
                found.insert(format!("{name}.above"), (max + 1).to_string());
            }
        }
        for operation in operations(&document) {
            let id = operation.id();
            let quota = |key: &str| operation.value["x-quota"][key].as_u64();
            let quota = |key: &str| quota(key).unwrap_or_else(|| panic!("{id}: no x-quota.{key}"));
            let user = quota("calls_per_minute_per_user");
            found.insert(format!("{id}.user"), user.to_string());
            found.insert(format!("{id}.user_word"), in_words(user));
            found.insert(format!("{id}.seconds"), (60 / user).to_string());
            found.insert(format!("{id}.total"), quota("calls_per_minute").to_string());
        }
    }
    found
}

fn in_words(number: u64) -> String {
    let words = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    usize::try_from(number)
        .ok()
        .and_then(|number| words.get(number))
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// A sentence with the numbers of the documents.
fn filled(sentence: &str, limits: &BTreeMap<String, String>) -> String {
    let mut parts = sentence.split(['{', '}']);
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let (Some(name), Some(rest)) = (parts.next(), parts.next()) {
        text += limits.get(name).unwrap_or_else(|| panic!("no limit {name}"));
        text += rest;
    }
    text
}

/// The text of a file in one line, without the marks of comments; of code, all of it or the comments alone.
fn text(file: &Path, is_all: bool) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let is_code = file.extension().is_some_and(|extension| extension == "rs");
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| is_all || !is_code || line.starts_with("//"));
    let lines = lines.map(|line| line.trim_start_matches(['/', '!']).trim());
    lines.flat_map(|line| [line, " "]).collect()
}

/// What differs from the documents.
fn differences(limits: &BTreeMap<String, String>) -> Vec<String> {
    let said = SENTENCES.iter().map(|(file, sentences)| {
        let text = text(&xtask::root().join(file), true);
        let missing = sentences.iter().map(|sentence| filled(sentence, limits));
        let missing = missing.filter(move |sentence| !text.contains(sentence.as_str()));
        missing.map(move |sentence| format!("{file}: the documents ask for `{sentence}`"))
    });
    said.flatten().collect()
}

#[test]
fn limits_in_texts_are_those_of_the_documents() {
    let found = differences(&limits());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_changed_limit_names_the_sentences_that_it_makes_wrong() {
    let mut limits = limits();
    let before = differences(&limits);
    limits.insert("HostIdList.max".to_owned(), "901".to_owned());
    let mut found = differences(&limits);
    found.retain(|line| !before.contains(line));
    let files: BTreeSet<&str> = found.iter().filter_map(|line| line.split(':').next()).collect();
    let expected = [
        "crates/huaweicloud-hss-cli/README.md",
        "crates/huaweicloud-hss-cli/src/args/mod.rs",
        "crates/huaweicloud-hss/src/bulk/plan.rs",
    ];
    assert!(files.iter().eq(&expected), "{found:?}");
}

/// The sources of the crates, and what is read beside them.
fn files() -> Vec<PathBuf> {
    let root = xtask::root();
    let mut files: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "openapi/README.md"]
        .map(|file| root.join(file))
        .into();
    let crates = root
        .join("crates")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders = Vec::new();
    for folder in crates {
        folders.push(folder.join("src"));
        files.extend(Some(folder.join("README.md")).filter(|file| file.exists()));
    }
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.extend(Some(path).filter(|path| !path.ends_with("generated")));
            } else {
                files.push(path);
            }
        }
    }
    files
}

#[test]
fn every_sentence_with_a_limit_is_in_the_table() {
    let limits = limits();
    let mut limited = BTreeSet::new();
    for (name, number) in &limits {
        limited.extend(match name.split_once('.') {
            None => vec![format!(", {number}"), format!("{number} characters")],
            Some((_, "max")) if number.len() > 1 => ["servers", "clusters", "rows"]
                .map(|what| format!(" {number} {what}"))
                .into(),
            Some((_, "user" | "user_word")) => vec![format!(" {number} calls a minute"), format!(" {number} a minute")],
            _ => Vec::new(),
        });
    }
    let mut found = Vec::new();
    for file in files() {
        let name = file.strip_prefix(xtask::root()).unwrap().to_str().unwrap().to_owned();
        let mut text = text(&file, false);
        let of_file = SENTENCES.iter().filter(|(file, _)| *file == name);
        for sentence in of_file.flat_map(|(_, sentences)| *sentences) {
            text = text.replace(&filled(sentence, &limits), "");
        }
        // The words of an error, which examples check.
        let text = text.replace("found, ", "");
        found.extend(
            limited
                .iter()
                .filter(|limited| text.contains(*limited))
                .map(|limited| format!("{name}: `{limited}`")),
        );
    }
    assert!(found.is_empty(), "not in the table here:\n{}", found.join("\n"));
}
