//! A program at work beside this one, which is never waited for without end and never outlives its use.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How long a line, or the end, may take to come. The programs' own limits are shorter.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the user's environment could bring in from the side: proxies, credentials, settings of the programs.
const FOREIGN: [&str; 7] = ["HUAWEICLOUD_", "HW_", "HSS_", "PYTHON", "NETRC", "RUST_LOG", "RECEIVE_"];

/// A running program whose lines are read as they come. It is stopped where this is dropped.
pub struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

/// Takes the user's own settings out of the environment of a program that is to be started, but what is set for it.
pub fn isolate(command: &mut Command) {
    let set: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    for (name, _) in std::env::vars_os().filter(|(name, _)| !set.contains(name)) {
        let upper = name.to_string_lossy().to_ascii_uppercase();
        if upper.ends_with("_PROXY") || FOREIGN.iter().any(|prefix| upper.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
}

impl Process {
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        let (sender, lines) = channel();
        let output = child.stdout.take();
        let input = child.stdin.take();
        let process = Self {
            name: name.to_owned(),
            child,
            input,
            lines,
        };
        let output = output.with_context(|| format!("{name} has no output"))?;
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(process)
    }

    /// Starts a server, and says where it listens.
    pub fn serve(name: &str, command: &mut Command) -> Result<(Self, String)> {
        let process = Self::start(name, command)?;
        let line = process.line()?;
        let Some(endpoint) = line.strip_prefix("listening on ") else {
            bail!("{name} says {line:?} and not where it listens");
        };
        let endpoint = endpoint.to_owned();
        Ok((process, endpoint))
    }

    pub fn send(&mut self, line: &Value) -> Result<()> {
        let Some(input) = &mut self.input else {
            bail!("{} takes no input", self.name);
        };
        writeln!(input, "{line}").with_context(|| format!("{} has stopped", self.name))?;
        input.flush().with_context(|| format!("{} has stopped", self.name))
    }

    pub fn line(&self) -> Result<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => bail!("{} said nothing for {PATIENCE:?}", self.name),
            Err(RecvTimeoutError::Disconnected) => bail!("{} stopped before it said all", self.name),
        }
    }

    pub fn json(&self) -> Result<Value> {
        let line = self.line()?;
        serde_json::from_str(&line).with_context(|| format!("{} says {line:?}", self.name))
    }

    /// All that it said until now, of a program that repeats each line that it is sent.
    pub fn said(&mut self) -> Result<Vec<Value>> {
        self.send(&Value::Null)?;
        let mut said = Vec::new();
        loop {
            match self.json()? {
                Value::Null => return Ok(said),
                line => said.push(line),
            }
        }
    }

    /// How it ended by itself, and what it said to the end.
    pub fn finish(mut self) -> Result<(ExitStatus, Vec<String>)> {
        drop(self.input.take());
        let end = Instant::now() + PATIENCE;
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => bail!("{} does not end", self.name),
            }
        }
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok((status, said));
            }
            if Instant::now() >= end {
                bail!("{} does not end", self.name);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn it_talks_and_ends() {
        let mut cat = Process::start("cat", &mut Command::new("cat")).unwrap();
        cat.send(&serde_json::json!({ "a": 1 })).unwrap();
        assert_eq!(cat.said().unwrap(), [serde_json::json!({ "a": 1 })]);
        let (status, said) = cat.finish().unwrap();
        assert!(status.success() && said.is_empty());
    }

    #[test]
    fn what_stops_early_is_named() {
        let said = Process::serve("true", &mut Command::new("true")).err().unwrap();
        assert_eq!(said.to_string(), "true stopped before it said all");
    }
}
