//! A client of another language at work: one call a line, one result a line.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::process::{self, Process};
use super::simulator::Simulator;
use super::wire::Case;

/// What came of a call, and what of it arrived.
pub struct Called {
    pub result: Value,
    pub arrived: Vec<Value>,
}

pub struct Client(Process);

impl Client {
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        process::isolate(command);
        Process::start(name, command).map(Self)
    }

    /// Makes the call of a case; `more` is what the client needs beside.
    pub fn call(&mut self, endpoint: &str, case: &Case, more: &Value) -> Result<Value> {
        let mut line = json!({ "endpoint": endpoint, "operation": case.operation, "inputs": case.inputs });
        for (name, value) in more.as_object().into_iter().flatten() {
            line[name] = value.clone();
        }
        self.0.send(&line)?;
        self.0.json().with_context(|| format!("case {}", case.name))
    }

    pub fn call_simulator(&mut self, simulator: &mut Simulator, case: &Case, more: &Value) -> Result<Called> {
        let result = self.call(&simulator.endpoint, case, more)?;
        let arrived = simulator.arrived()?;
        Ok(Called { result, arrived })
    }
}
