//! `cargo xtask conformance sdk`: the official SDK beside the simulator, the official signer beside our command.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use cargo_metadata::Message;

use super::calls::{self, Sdk, Simulators};
use super::command::{self, Sides};
use super::tally::{self, Tally};
use super::{process, python, wire};

const PROGRAMS: &str = "openapi/conformance/python-sdk";

/// True where every witness agrees.
pub fn run(root: &Path) -> Result<bool> {
    let folder = python::folder(root, "python-sdk")?;
    let programs = root.join(PROGRAMS);
    let cases = wire::cases(root)?;
    let mut built = build(root, &["hss-sim", "hss"])?;
    let mut program = |name: &str| built.remove(name).with_context(|| format!("cargo built no {name}"));
    let (simulator, hss) = (program("hss-sim")?, program("hss")?);
    let python = python::environment(&folder, &programs.join("requirements.txt"))?;

    let sdk = || {
        let mut command = python::program(&python, &programs.join("calls.py"), &folder);
        process::isolate(&mut command);
        command
    };
    let versions = String::from_utf8(sdk().arg("--versions").output()?.stdout)?;
    let mut versions = versions.lines();
    let mut version = || versions.next().context("the official SDK does not say its version");
    let (sdk_version, signer_version) = (version()?, version()?);
    let mut sdk = Sdk::start(&mut sdk())?;
    let simulators = Simulators {
        program: simulator,
        folder: folder.clone(),
    };

    let mut accepted = Tally::new("huaweicloudsdkhss, taken by hss-sim", sdk_version);
    calls::accepted(&mut sdk, &simulators, &cases, &mut accepted)?;
    let mut refused = Tally::new("huaweicloudsdkhss, refused by hss-sim", sdk_version);
    let of_each = ["rescan.specific_host", "retry.specific_cluster"];
    let few: Vec<_> = cases.iter().filter(|case| of_each.contains(&&*case.name)).collect();
    calls::refused(&mut sdk, &simulators, &few, &mut refused)?;

    let mut verified = Tally::new("signer of huaweicloudsdkcore, verifying hss", signer_version);
    let sides = Sides {
        hss,
        python,
        receive: programs.join("receive.py"),
        folder,
    };
    command::run(&sides, &mut sdk, &cases, &mut verified)?;
    Ok(tally::show(&[accepted, refused, verified]))
}

/// Builds programs of this workspace, and says where cargo put them.
fn build(root: &Path, names: &[&str]) -> Result<HashMap<String, PathBuf>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--message-format", "json-render-diagnostics"]);
    for name in names {
        cargo.args(["--bin", name]);
    }
    let mut child = cargo.current_dir(root).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut built = HashMap::new();
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) = message?
            && let Some(executable) = artifact.executable
        {
            built.insert(artifact.target.name, executable.into_std_path_buf());
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "cargo build ended with {status}");
    Ok(built)
}
