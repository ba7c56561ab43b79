//! A simulator as users of other languages have it: a program that is called over HTTP.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::shell;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A running simulator, stopped when it is dropped.
pub struct Simulator {
    pub endpoint: String,
    http: ureq::Agent,
    child: Child,
}

impl Simulator {
    pub fn start(program: &Path, flags: &[&str]) -> Result<Self> {
        let mut command = Command::new(program);
        let mut child = shell::isolate(&mut command)
            .args(["--quota", "off"])
            .args(flags)
            // What it refuses is asked for here, and no news.
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .context("hss-sim does not start")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("hss-sim has no output")?).read_line(&mut line)?;
        let http = ureq::Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build()
            .into();
        let endpoint = line
            .trim_end()
            .strip_prefix("listening on ")
            .unwrap_or_default()
            .to_owned();
        let simulator = Self { endpoint, http, child };
        ensure!(
            !simulator.endpoint.is_empty(),
            "hss-sim says {line:?} and not where it listens"
        );
        Ok(simulator)
    }

    /// The requests that arrived since the last reset.
    pub fn requests(&self) -> Result<Vec<Value>> {
        let mut answer = self.http.get(format!("{}/_sim/requests", self.endpoint)).call()?;
        let mut recorded: Value = serde_json::from_reader(answer.body_mut().as_reader())?;
        serde_json::from_value(recorded["requests"].take()).context("hss-sim does not say what arrived")
    }

    /// Forgets requests and faults.
    pub fn reset(&self) -> Result<()> {
        self.post("reset", "")
    }

    /// Answers every further request with a fault, until it is reset.
    pub fn inject(&self, fault: &Value) -> Result<()> {
        self.reset()?;
        self.post("faults", &fault.to_string())
    }

    fn post(&self, route: &str, body: &str) -> Result<()> {
        let answer = self.http.post(format!("{}/_sim/{route}", self.endpoint)).send(body)?;
        ensure!(answer.status() == 204, "hss-sim refuses {route} of {body}");
        Ok(())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
