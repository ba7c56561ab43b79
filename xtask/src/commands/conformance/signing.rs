//! `cargo xtask conformance signing`: our signer beside the official one.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::random::Random;
use super::tally::Tally;
use super::{build, python, requests};

const CASES: &str = "openapi/signing";
const PROGRAM: &str = "openapi/conformance/python-signing";
const STAGES: [&str; 3] = ["canonical_request", "string_to_sign", "authorization"];
/// More would only repeat the one fault.
const SHOWN: usize = 3;

/// A request with what its stages have to be, where that is written down.
struct Case {
    name: String,
    line: Value,
    expected: Option<Value>,
}

/// Whether both signers agree everywhere, and with the committed cases.
pub fn run(root: &Path, count: usize, seed: u64) -> Result<Tally> {
    let folder = build::folder(root, "python-signing")?;
    let python = python::environment(&folder, &root.join(PROGRAM).join("requirements.txt"))?;

    let mut cases = committed(&root.join(CASES))?;
    let written = cases.len();
    let mut random = Random::new(seed);
    cases.extend((1..=count).map(|number| Case {
        name: format!("random request {number} of seed {seed}"),
        line: requests::next(&mut random),
        expected: None,
    }));
    let input = folder.join("requests.jsonl");
    let mut file = BufWriter::new(File::create(&input)?);
    for case in &cases {
        writeln!(file, "{}", case.line)?;
    }
    file.into_inner().map_err(|error| error.into_error())?;

    let official = || python::program(&python, &root.join(PROGRAM).join("sign.py"), &folder);
    let versions = String::from_utf8(official().arg("--versions").output()?.stdout)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "huaweicloud-auth",
        "--example",
        "sign_lines",
    ]);
    cargo.current_dir(root);
    let theirs = Running::start("the official signer", official(), &input, folder.join("official.jsonl"))?;
    let ours = Running::start("our signer", cargo, &input, folder.join("ours.jsonl"))?;
    let (theirs, ours) = (theirs.finish(cases.len())?, ours.finish(cases.len())?);

    let witness = format!("signer of huaweicloudsdkcore, beside huaweicloud-auth ({written} of {CASES}, seed {seed})");
    let mut tally = Tally::new(witness, versions.trim());
    let mut shown = 0;
    for ((case, theirs), ours) in cases.iter().zip(&theirs).zip(&ours) {
        let agree = theirs == ours && case.expected.as_ref().is_none_or(|expected| expected == theirs);
        if !agree && shown < SHOWN {
            shown += 1;
            show(case, theirs, ours);
        }
        let problem = (!agree).then(|| "the signatures differ".to_owned());
        tally.case(&case.name, problem.as_slice());
    }
    Ok(tally)
}

/// The cases that are written down, sorted by name.
fn committed(folder: &Path) -> Result<Vec<Case>> {
    let read = |path: PathBuf| fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()));
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let json = |name: &str| -> Result<Value> {
            let path = path.join(name);
            serde_json::from_str(&read(path.clone())?).with_context(|| path.display().to_string())
        };
        let mut expected = json!({});
        for stage in STAGES {
            expected[stage] = read(path.join(format!("{stage}.txt")))?.into();
        }
        cases.push(Case {
            name: path.display().to_string(),
            line: json!({ "request": json("request.json")?, "context": json("context.json")? }),
            expected: Some(expected),
        });
    }
    ensure!(!cases.is_empty(), "{} holds no case", folder.display());
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(cases)
}

/// A signer at work: from one file to another, so that neither waits for the other's pipe.
struct Running {
    name: &'static str,
    child: Child,
    output: PathBuf,
}

impl Running {
    fn start(name: &'static str, mut command: Command, input: &Path, output: PathBuf) -> Result<Self> {
        let child = command
            .stdin(Stdio::from(File::open(input)?))
            .stdout(Stdio::from(File::create(&output)?))
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        Ok(Self { name, child, output })
    }

    fn finish(mut self, count: usize) -> Result<Vec<Value>> {
        let status = self.child.wait()?;
        let lines: Vec<Value> = BufReader::new(File::open(&self.output)?)
            .lines()
            .map(|line| Ok(serde_json::from_str(&line?)?))
            .collect::<Result<_>>()?;
        if !status.success() || lines.len() != count {
            bail!(
                "{} ended with {status} after {} of {count} requests",
                self.name,
                lines.len()
            );
        }
        Ok(lines)
    }
}

/// The keys of these requests are made up, so everything is shown.
fn show(case: &Case, theirs: &Value, ours: &Value) {
    eprintln!("{}\n{}", case.name, case.line);
    if let Some(error) = ours.get("error") {
        eprintln!("  refused here: {error}");
    }
    for stage in STAGES {
        let written = case.expected.as_ref().map(|expected| &expected[stage]);
        if theirs[stage] != ours[stage] || written.is_some_and(|written| *written != theirs[stage]) {
            eprintln!(
                "  {stage}\n    official: {}\n    here:     {}",
                theirs[stage], ours[stage]
            );
            if let Some(written) = written {
                eprintln!("    written:  {written}");
            }
        }
    }
}
