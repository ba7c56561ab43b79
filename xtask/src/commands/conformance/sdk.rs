//! The official SDKs beside the simulator, the official signer beside our command.

use std::path::Path;

use anyhow::{Context, Result};

use super::calls;
use super::client::Client;
use super::command::{self, Sides};
use super::simulator::Simulators;
use super::tally::Tally;
use super::{build, python, wire};

const PROGRAMS: &str = "openapi/conformance/python-sdk";

/// What every witness saw.
pub fn run(root: &Path) -> Result<Vec<Tally>> {
    let folder = build::folder(root, "python-sdk")?;
    let programs = root.join(PROGRAMS);
    let cases = wire::accepted(root)?;
    let [simulator, hss] = build::programs(root, ["hss-sim", "hss"])?;
    let python = python::environment(&folder, &programs.join("requirements.txt"))?;

    let sdk = || python::program(&python, &programs.join("calls.py"), &folder);
    let versions = String::from_utf8(sdk().arg("--versions").output()?.stdout)?;
    let mut versions = versions.lines();
    let mut version = || versions.next().context("the official SDK does not say its version");
    let (sdk_version, signer_version) = (version()?, version()?);
    let mut sdk = Client::start("the official SDK", &mut sdk())?;
    let simulators = Simulators {
        program: simulator,
        folder: folder.clone(),
    };

    let mut accepted = Tally::new("huaweicloudsdkhss, taken by hss-sim", sdk_version);
    calls::accepted(&mut sdk, &simulators, &cases, &mut accepted)?;
    let mut refused = Tally::new("huaweicloudsdkhss, refused by hss-sim", sdk_version);
    calls::refused(&mut sdk, &simulators, &cases, &mut refused)?;

    let mut verified = Tally::new("signer of huaweicloudsdkcore, verifying hss", signer_version);
    let sides = Sides {
        hss,
        python,
        receive: programs.join("receive.py"),
        folder,
    };
    command::run(&sides, &mut sdk, &cases, &mut verified)?;
    Ok(vec![accepted, refused, verified])
}
