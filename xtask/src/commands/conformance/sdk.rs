//! The official SDKs beside the simulator, the official signer beside our command.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::calls::{self, Traits};
use super::client::Client;
use super::command::{self, Sides};
use super::languages::{GO_1, MAVEN};
use super::simulator::Simulators;
use super::steps::{self, Steps, Tool};
use super::tally::Tally;
use super::wire::{self, Case};
use super::{build, python};

/// The official SDK for Python, whose signer is the witness for our command too.
const PYTHON: &str = "openapi/conformance/python-sdk";

/// The official SDK for another language, which a command builds and starts.
struct Sdk {
    folder: &'static str,
    witness: &'static str,
    needs: &'static [Tool],
    build: &'static str,
    version: &'static str,
    program: &'static str,
    traits: Traits,
}

const OTHERS: [Sdk; 2] = [
    Sdk {
        folder: "go-sdk",
        witness: "huaweicloud-sdk-go-v3",
        needs: &[GO_1],
        build: "go vet . && go build -o calls .",
        version: "go list -m -f '{{.Version}}' github.com/huaweicloud/huaweicloud-sdk-go-v3",
        program: "exec ./calls",
        traits: calls::GO,
    },
    // The package for HSS that Maven Central has knows neither operation.
    Sdk {
        folder: "java-sdk",
        witness: "huaweicloud-sdk-core for Java",
        needs: &[MAVEN],
        build: "mvn --batch-mode --quiet compile",
        version: "ls target/lib | sed -n 's/huaweicloud-sdk-core-\\(.*\\).jar/\\1/p'",
        program: "exec java -cp 'target/classes:target/lib/*' Calls",
        traits: calls::JAVA,
    },
];

/// What every witness saw.
pub fn run(root: &Path) -> Result<Vec<Tally>> {
    let cases = wire::accepted(root)?;
    let [program, hss] = build::programs(root, ["hss-sim", "hss"])?;
    let simulators = Simulators {
        program,
        folder: build::folder(root, "simulator")?,
    };
    let mut tallies = python(root, &simulators, hss, &cases)?;
    for sdk in &OTHERS {
        tallies.extend(other(root, &simulators, sdk, &cases)?);
    }
    Ok(tallies)
}

fn python(root: &Path, simulators: &Simulators, hss: PathBuf, cases: &[Case]) -> Result<Vec<Tally>> {
    let folder = build::folder(root, "python-sdk")?;
    let programs = root.join(PYTHON);
    let python = python::environment(&folder, &programs.join("requirements.txt"))?;
    let sdk = || python::program(&python, &programs.join("calls.py"), &folder);
    let versions = String::from_utf8(sdk().arg("--versions").output()?.stdout)?;
    let mut versions = versions.lines();
    let mut version = || versions.next().context("the official SDK does not say its version");
    let (sdk_version, signer_version) = (version()?, version()?);
    let mut sdk = Client::start("the official SDK", &mut sdk())?;
    let mut tallies = witnesses(
        "huaweicloudsdkhss",
        sdk_version,
        &mut sdk,
        simulators,
        cases,
        &calls::PYTHON,
    )?;

    let mut verified = Tally::new("signer of huaweicloudsdkcore, verifying hss", signer_version);
    let sides = Sides {
        hss,
        python,
        receive: programs.join("receive.py"),
        folder,
    };
    command::run(&sides, &mut sdk, cases, &mut verified)?;
    tallies.push(verified);
    Ok(tallies)
}

fn other(root: &Path, simulators: &Simulators, sdk: &Sdk, cases: &[Case]) -> Result<Vec<Tally>> {
    steps::require(sdk.needs).with_context(|| format!("{} cannot be run", sdk.folder))?;
    let openapi = fs::canonicalize(root.join("openapi"))?;
    let steps = Steps::in_empty(build::folder(root, sdk.folder)?, openapi)?;
    let copy = format!("cp -r \"$OPENAPI/conformance/{}/.\" .", sdk.folder);
    for command in [&copy, sdk.build] {
        eprintln!("{}: {command}", sdk.folder);
        steps.run(command, "")?;
    }
    let version = steps.run(sdk.version, "")?;
    let mut client = Client::start(sdk.witness, &mut steps.command(sdk.program))?;
    witnesses(sdk.witness, version.trim(), &mut client, simulators, cases, &sdk.traits)
}

fn witnesses(
    witness: &str,
    version: &str,
    client: &mut Client,
    simulators: &Simulators,
    cases: &[Case],
    traits: &Traits,
) -> Result<Vec<Tally>> {
    let mut accepted = Tally::new(format!("{witness}, taken by hss-sim"), version);
    calls::accepted(client, simulators, cases, traits, &mut accepted)?;
    let mut refused = Tally::new(format!("{witness}, refused by hss-sim"), version);
    calls::refused(client, simulators, cases, &mut refused)?;
    Ok(vec![accepted, refused])
}
