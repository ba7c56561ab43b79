//! Sanity check of the verifier: it must report a missing header and an unsigned header.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::process::Process;
use super::tally::Tally;

const TIMEOUT: Duration = Duration::from_secs(20);

/// Sends the recorded request to the same receiver again, unchanged and with each fault.
pub fn run(receiver: &mut Process, endpoint: &str, arrived: &Value, signed: &str, tally: &mut Tally) -> Result<()> {
    let mut case = |name: &str, request: &Value, expected: &[&str]| -> Result<()> {
        send(endpoint, request)?;
        let said = receiver.said()?;
        let [again] = said.as_slice() else {
            anyhow::bail!("{} requests arrived, not 1", said.len());
        };
        let found = &again["problems"];
        let problem = (*found != Value::from(expected)).then(|| format!("not {expected:?} was found, but {found}"));
        tally.case(name, problem.as_slice());
        Ok(())
    };
    case("a request sent again", arrived, &[])?;
    for name in signed.split(';').chain(["authorization"]) {
        let mut request = arrived.clone();
        headers(&mut request)?.remove(name);
        case(
            &format!("{name} left out"),
            &request,
            &[&format!("{name} was sent 0 times")],
        )?;
    }
    for name in signed.split(';') {
        let mut request = arrived.clone();
        let rest: Vec<&str> = signed.split(';').filter(|other| *other != name).collect();
        let authorization = &mut headers(&mut request)?["authorization"];
        let text = authorization.as_str().unwrap_or_default();
        *authorization = text.replace(signed, &rest.join(";")).into();
        case(
            &format!("{name} left out of what is signed"),
            &request,
            &[
                &format!("not signed: {name}"),
                "the official signer makes another signature of it",
            ],
        )?;
    }
    Ok(())
}

fn headers(request: &mut Value) -> Result<&mut serde_json::Map<String, Value>> {
    request["headers"].as_object_mut().context("a request without headers")
}

/// Sends a request as it arrived, and waits until it is answered.
fn send(endpoint: &str, request: &Value) -> Result<()> {
    let address = endpoint.strip_prefix("http://").context("not an endpoint")?;
    let text = |part: &Value| part.as_str().unwrap_or_default().to_owned();
    let mut bytes = format!("{} {} HTTP/1.1\r\n", text(&request["method"]), text(&request["path"]));
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        bytes.push_str(&format!("{name}: {}\r\n", text(value)));
    }
    bytes.push_str(&format!("\r\n{}", request["body"]));
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(bytes.as_bytes())?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}
