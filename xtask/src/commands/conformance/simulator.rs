//! Simulators as users of other languages have them: programs that are spoken to over HTTP.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::process::{self, Process};

const PATIENCE: Duration = Duration::from_secs(20);

/// Where simulators come from.
pub struct Simulators {
    pub program: PathBuf,
    pub folder: PathBuf,
}

/// A simulator at work. It is stopped where this is dropped.
pub struct Simulator {
    pub endpoint: String,
    http: ureq::Agent,
    /// What is recorded before this has been read.
    next: u64,
    _process: Process,
}

impl Simulators {
    pub fn start(&self, flags: &[&str]) -> Result<Simulator> {
        let mut command = Command::new(&self.program);
        process::isolate(&mut command);
        command.args(["--quota", "off"]).args(flags);
        // What it refuses is asked for here, and no news.
        let (process, endpoint) = Process::serve("hss-sim", command.env("RUST_LOG", "error"))?;
        let http = ureq::Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Ok(Simulator {
            endpoint,
            http,
            next: 0,
            _process: process,
        })
    }

    /// Takes any task, and has none of which it would know the hosts and clusters.
    pub fn without_tasks(&self, flags: &[&str]) -> Result<Simulator> {
        let tasks = self.folder.join("no-tasks.json");
        write(&tasks, &json!({}))?;
        self.start(&[&["--any-task", "--tasks", &tasks.to_string_lossy()], flags].concat())
    }
}

impl Simulator {
    /// The requests that arrived since this was last asked.
    pub fn arrived(&mut self) -> Result<Vec<Value>> {
        let mut answer = self.http.get(format!("{}/_sim/requests", self.endpoint)).call()?;
        let mut recorded: Value = serde_json::from_reader(answer.body_mut().as_reader())?;
        let Value::Array(mut requests) = recorded["requests"].take() else {
            anyhow::bail!("hss-sim does not say what arrived");
        };
        requests.retain(|request| request["seq"].as_u64().is_some_and(|seq| seq >= self.next));
        if let Some(last) = requests.last() {
            self.next = last["seq"].as_u64().unwrap_or_default() + 1;
        }
        Ok(requests)
    }

    /// Has the next request answered so.
    pub fn answer_next(&self, fault: &Value) -> Result<()> {
        let url = format!("{}/_sim/faults", self.endpoint);
        let answer = self.http.post(url).send(fault.to_string())?;
        ensure!(answer.status() == 204, "hss-sim refuses the fault {fault}");
        Ok(())
    }
}

pub fn write(path: &Path, value: &Value) -> Result<()> {
    std::fs::write(path, value.to_string()).with_context(|| format!("cannot write {}", path.display()))
}
