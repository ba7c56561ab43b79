//! Runs `hss`, and a simulator for it.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use huaweicloud_hss_sim::{Quota, RecordedRequest, Simulator, SimulatorBuilder};
use serde_json::Value;
use tokio::runtime::Runtime;

pub use huaweicloud_hss_sim::{DEMO_CLUSTER_SCAN_TASK_ID as CLUSTER_TASK, DEMO_VUL_SCAN_TASK_ID as HOST_TASK};

/// A token that occurs nowhere else, so that a leak is found.
pub const TOKEN: &str = "tok-3fA9%2F+secret/7c\"\\x";

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Standard output, which must be one object.
    pub fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The whole result, for a snapshot.
    pub fn transcript(&self) -> String {
        let Self { code, stdout, stderr } = self;
        format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

/// The command with an empty environment, so that the machine's does not change the test.
pub fn command<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hss"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    // The last credential source, without a listener: tests contact no real one.
    command.env("HSS_METADATA_ENDPOINT", "http://127.0.0.1:1");
    command
}

/// Runs it to its end.
pub fn ran(command: &mut Command) -> Ran {
    match verbose(command) {
        Some(mut verbose) => without_log(from_output(verbose.output().unwrap())),
        None => from_output(command.output().unwrap()),
    }
}

fn from_output(output: Output) -> Ran {
    let ran = Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    if testkit::log::is_enabled() {
        println!("hss said: {}\n{}", ran.stdout, ran.stderr);
    }
    ran
}

/// The same command with the whole log for `cargo xtask leaks`, unless the test sets its own verbosity.
fn verbose(command: &Command) -> Option<Command> {
    let is_verbosity = |word: &OsStr| {
        word.to_str()
            .is_some_and(|word| word.starts_with("-v") || word.starts_with("-q"))
    };
    if !testkit::log::is_enabled() || command.get_args().len() == 0 || command.get_args().any(is_verbosity) {
        return None;
    }
    let mut verbose = Command::new(command.get_program());
    verbose
        .arg("-vvv")
        .args(command.get_args())
        .env_clear()
        .stdin(Stdio::null());
    verbose.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        verbose.current_dir(folder);
    }
    Some(verbose)
}

/// Removes the log that the test did not request.
fn without_log(ran: Ran) -> Ran {
    let levels = [" TRACE ", " DEBUG ", " INFO ", " WARN "];
    let is_log = |line: &str| line.starts_with("20") && levels.iter().any(|level| line.contains(level));
    let stderr = ran.stderr.split_inclusive('\n').filter(|line| !is_log(line)).collect();
    Ran { stderr, ..ran }
}

/// Runs `hss` with these arguments alone.
pub fn hss<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    ran(&mut command(arguments))
}

/// Runs it with a text on standard input.
pub fn ran_with(command: &mut Command, input: &str) -> Ran {
    let mut verbose = verbose(command);
    let is_verbose = verbose.is_some();
    let mut child = verbose
        .as_mut()
        .unwrap_or(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ran = from_output(child.wait_with_output().unwrap());
    if is_verbose { without_log(ran) } else { ran }
}

/// A simulator in the process of the test.
pub struct Cloud {
    pub simulator: Simulator,
    // Dropped after the simulator, which stops on it.
    _runtime: Runtime,
}

impl Cloud {
    /// Starts without a quota, which takes minutes.
    pub fn start() -> Self {
        Self::with(Simulator::builder().quota(Quota::off()))
    }

    pub fn with(builder: SimulatorBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let simulator = runtime.block_on(builder.token(TOKEN).start()).unwrap();
        Self {
            simulator,
            _runtime: runtime,
        }
    }

    /// `hss` with an environment that points to the simulator.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = command(arguments);
        command
            .env("HSS_ENDPOINT", self.simulator.endpoint())
            .env("HUAWEICLOUD_SDK_PROJECT_ID", self.simulator.project_id())
            .env("HSS_AUTH_TOKEN", TOKEN);
        command
    }

    pub fn hss<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        ran(&mut self.command(arguments))
    }

    /// The only request that arrived.
    pub fn request(&self) -> RecordedRequest {
        let requests = self.simulator.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.into_iter().next().unwrap()
    }
}

/// Removes from snapshots what differs between runs.
pub fn redacted(test: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[port]");
    settings.add_filter(r"localhost:\d+", "localhost:[port]");
    settings.add_filter(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]");
    settings.add_filter(r"request id [0-9a-f]{32}", "request id [request id]");
    settings.add_filter(r#"request_id":"[0-9a-f]{32}""#, r#"request_id":"[request id]""#);
    settings.add_filter(r"-[0-9a-f]{16}\.jsonl", "-[fingerprint].jsonl");
    settings.add_filter(r"\.tmp[A-Za-z0-9]{6}", "[temporary]");
    settings.add_filter(
        concat!("huaweicloud-hss/", env!("CARGO_PKG_VERSION")),
        "huaweicloud-hss/[version]",
    );
    settings.bind(test);
}
