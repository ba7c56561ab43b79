//! Our command `hss` beside the official signer, which verifies what arrives.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::calls::{self, ACCESS_KEY, SECRET_KEY, WRONG_SECRET};
use super::client::Client;
use super::process::{self, Process};
use super::python;
use super::sanity_headers;
use super::simulator::write;
use super::tally::Tally;
use super::wire::{self, Case};

const SIGNED: &str = "content-type;host;x-project-id;x-sdk-date";
const SIGNED_TEMPORARY: &str = "content-type;host;x-project-id;x-sdk-date;x-security-token";
/// What `hss` ends with where the gateway refuses who calls.
const UNAUTHENTICATED: i32 = 3;

/// What starts the two sides.
pub struct Sides {
    pub hss: PathBuf,
    pub python: PathBuf,
    pub receive: PathBuf,
    pub folder: PathBuf,
}

/// How one call is made.
struct Call<'a> {
    /// By flags, or else by `--body`.
    by_flags: bool,
    secret_key: &'a str,
    security_token: Option<&'a str>,
    /// What stands before the path of the service.
    under: &'a str,
}

const USUAL: Call<'static> = Call {
    by_flags: false,
    secret_key: SECRET_KEY,
    security_token: None,
    under: "",
};

/// What arrived of a call, and how the command ended.
struct Received {
    arrived: Vec<Value>,
    code: Option<i32>,
    said: String,
}

impl Sides {
    /// Starts a receiver that takes the service for what stands under a path.
    fn receiver(&self, under: &str) -> Result<(Process, String)> {
        let mut command = python::program(&self.python, &self.receive, &self.folder);
        process::isolate(&mut command);
        command.env("RECEIVE_UNDER", under);
        command
            .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
            .env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
        Process::serve("the official signer", &mut command)
    }

    fn call(&self, receiver: &mut (Process, String), case: &Case, call: &Call<'_>) -> Result<Received> {
        let (receiving, endpoint) = receiver;
        let mut command = Command::new(&self.hss);
        process::isolate(&mut command);
        // No profile file of the user's.
        command.env("HOME", &self.folder);
        command
            .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
            .env("HUAWEICLOUD_SDK_SK", call.secret_key);
        if let Some(token) = call.security_token {
            command.env("HUAWEICLOUD_SDK_SECURITY_TOKEN", token);
        }
        command.args(["--output", "json", "--quiet", "--timeout", "20s"]);
        command.args(["--project-id", wire::PROJECT]);
        command.args(["--endpoint", &format!("{endpoint}{}", call.under)]);
        if let Some(id) = case.inputs["enterprise_project_id"].as_str() {
            command.args(["--enterprise-project-id", id]);
        }
        command.arg(match case.operation.as_str() {
            "recreateVulScanTask" => "rescan",
            "retryTask" => "retry",
            other => bail!("{}: no command for {other}", case.name),
        });
        let body = &case.inputs["body"];
        if call.by_flags {
            let Some(flags) = flags(body) else {
                bail!("{}: no flags for {body}", case.name);
            };
            command.args(flags);
        } else {
            let file = self.folder.join("body.json");
            write(&file, body)?;
            command.arg("--body").arg(file);
        }
        command
            .arg("--")
            .arg(case.inputs["task_id"].as_str().unwrap_or_default());
        let (status, said) = Process::start("hss", &mut command)?.finish()?;
        Ok(Received {
            // The receiver says what it got before it answers, so all of it is said once the command has ended.
            arrived: receiving.said()?,
            code: status.code(),
            said: said.join("\n"),
        })
    }
}

/// Lets the official signer verify what `hss` sends, and shows first that it tells right from wrong.
pub fn run(sides: &Sides, sdk: &mut Client, cases: &[Case], tally: &mut Tally) -> Result<()> {
    let mut receiver = sides.receiver("")?;
    let forms: Vec<&Case> = cases.iter().filter(|case| case.is_form()).collect();
    for case in &forms {
        let result = sdk.call(&receiver.1, case, &calls::signing(SECRET_KEY))?;
        let received = Received {
            arrived: receiver.0.said()?,
            code: (result["status"] == 200).then_some(0),
            said: result.to_string(),
        };
        tally.case(
            &format!("{} as the official SDK sends it", case.name),
            &received.problems(case, calls::PYTHON.signed),
        );
        let wrong = Call {
            secret_key: WRONG_SECRET,
            ..USUAL
        };
        let received = sides.call(&mut receiver, case, &wrong)?;
        let mut problems = Vec::new();
        if received.code != Some(UNAUTHENTICATED) {
            problems.push(format!("hss ended with {:?}: {}", received.code, received.said));
        }
        let found: Vec<_> = received.arrived.iter().map(verified).collect();
        // More would be a repeated 401, which locks keys.
        if found != [["the official signer makes another signature of it"]] {
            problems.push(format!("not one request with a wrong signature arrived, but {found:?}"));
        }
        tally.case(&format!("{} with a wrong secret, to be refused", case.name), &problems);
    }

    // An argument cannot hold a NUL.
    for case in cases.iter().filter(|case| !case.name.ends_with("_nul")) {
        let received = sides.call(&mut receiver, case, &USUAL)?;
        tally.case(&case.name, &received.problems(case, SIGNED));
    }
    // A body of one member, which is written again as it was.
    let simple = forms.iter().find(|case| case.name == "rescan.all_failed_host");
    let simple = simple.context("there is no case rescan.all_failed_host")?;
    let received = sides.call(&mut receiver, simple, &USUAL)?;
    let arrived = received.arrived.first().context("nothing arrived to be sent again")?;
    sanity_headers::run(&mut receiver.0, &receiver.1, arrived, SIGNED, tally)?;

    let under = "/hss/a%20b~";
    let mut under_path = sides.receiver(under)?;
    for case in &forms {
        if flags(&case.inputs["body"]).is_some() {
            let by_flags = Call {
                by_flags: true,
                ..USUAL
            };
            let received = sides.call(&mut receiver, case, &by_flags)?;
            tally.case(&format!("{} by flags", case.name), &received.problems(case, SIGNED));
        }
        let temporary = Call {
            security_token: Some("hss-sim-dummy-security-token"),
            ..USUAL
        };
        let received = sides.call(&mut receiver, case, &temporary)?;
        tally.case(
            &format!("{} with a temporary key", case.name),
            &received.problems(case, SIGNED_TEMPORARY),
        );
        let received = sides.call(&mut under_path, case, &Call { under, ..USUAL })?;
        tally.case(
            &format!("{} under {under}", case.name),
            &received.problems(case, SIGNED),
        );
    }
    Ok(())
}

impl Received {
    fn problems(&self, case: &Case, signed: &str) -> Vec<String> {
        let mut problems = Vec::new();
        if self.code != Some(0) {
            problems.push(format!("it ended with {:?}: {}", self.code, self.said));
        }
        match self.arrived.as_slice() {
            [request] => {
                problems.extend(verified(request));
                problems.extend(case.signed_problems(request, signed));
            }
            requests => problems.push(format!("{} requests arrived, not 1", requests.len())),
        }
        problems
    }
}

/// What the official signer has against a request.
fn verified(request: &Value) -> Vec<String> {
    match request["problems"].as_array() {
        Some(problems) => problems.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => vec!["the official signer says nothing about it".to_owned()],
    }
}

/// The flags that say what a body says; `None` where there are none for it.
fn flags(body: &Value) -> Option<Vec<String>> {
    let range = body["range_type"]
        .as_str()
        .or(body["cluster_scan_info"]["range_type"].as_str())?;
    if range.starts_with("all_failed") {
        return Some(vec!["--all-failed".to_owned()]);
    }
    let texts = |list: &Value| -> Vec<String> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if range == "specific_host" {
        let ids = texts(&body["host_ids"]);
        return Some(ids.into_iter().map(|id| format!("--host={id}")).collect());
    }
    let clusters = body["cluster_scan_info"]["cluster_info_list"].as_array()?;
    let flag = |cluster: &Value| {
        let id = cluster["cluster_id"].as_str()?;
        Some(match cluster.get("scan_type_list") {
            Some(types) => format!("--cluster={id}={}", texts(types).join(",")),
            None => format!("--cluster={id}"),
        })
    };
    clusters.iter().map(flag).collect()
}
