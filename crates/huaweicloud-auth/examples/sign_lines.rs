//! Signs requests that it reads from its input, one JSON object a line: `{"request": …, "context": …}`, both as
//! openapi/signing/README.md describes them. Prints one object a line: `canonical_request`, `string_to_sign` and
//! `authorization`, secrets and all. It exists to be compared with other signers.

#[path = "../tests/case/mod.rs"]
mod case;

use std::error::Error;
use std::io::{BufRead, BufWriter, Write};

use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    request: case::RequestFile,
    context: case::Context,
}

fn sign(line: &str) -> Result<serde_json::Value, Box<dyn Error>> {
    let Line { request, context } = serde_json::from_str(line)?;
    let signed = context.sign(&request.to_http()?)?;
    Ok(serde_json::json!({
        "canonical_request": signed.canonical_request().as_str(),
        "string_to_sign": signed.string_to_sign().as_str(),
        "authorization": signed.authorization().to_str()?,
    }))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let answer = sign(&line?).unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }));
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(())
}
