//! The sides: programs that make calls in one way, and say what they cost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::commands::conformance::shell::{self, Shell};
use crate::commands::conformance::{INSTALL_SDK, SDK_VERSION};

/// The simulator's own dummies, which its README names.
const VARIABLES: [(&str, &str); 4] = [
    ("HSS_PROJECT_ID", "0123456789abcdef0123456789abcdef"),
    ("HSS_AUTH_TOKEN", "hss-sim-token-5f0c2d7e"),
    ("HUAWEICLOUD_SDK_AK", "HSSSIMDUMMYKEY000001"),
    ("HUAWEICLOUD_SDK_SK", "hss-sim-dummy-secret-key-0000000000-0001"),
];

const JAVA_INSTALL: &str = "mvn --batch-mode --quiet compile dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory=target/dependency";
const JAVA_VERSION: &str = "basename target/dependency/huaweicloud-sdk-core-*.jar .jar | sed 's/.*core-//'";

pub struct Side {
    pub name: String,
    program: PathBuf,
    arguments: Vec<String>,
    /// How many times fewer calls than the others it makes, because each takes so much longer.
    fewer: usize,
    /// What a user installs: the program, or a folder of packages.
    installed: PathBuf,
}

/// What a side says, and how long its program ran.
#[derive(Deserialize)]
pub struct Report {
    pub calls: f64,
    pub seconds: f64,
    pub cpu_seconds: f64,
    pub allocations: Option<f64>,
    pub bytes: Option<f64>,
    pub peak_kib: f64,
    #[serde(skip)]
    pub whole: f64,
}

/// By hand and through the SDK.
pub fn of_this_project(calls: &Path) -> Vec<Side> {
    let side = |name: &str, argument: &str| Side {
        name: name.to_owned(),
        program: calls.to_owned(),
        arguments: vec![argument.to_owned()],
        fewer: 1,
        installed: calls.to_owned(),
    };
    vec![
        side("reqwest by hand, token", "bare-token"),
        side("this SDK, token", "sdk-token"),
        side("reqwest by hand with `huaweicloud-auth`, signed", "bare-signed"),
        side("this SDK, signed", "sdk-signed"),
    ]
}

/// The official SDKs, installed as the conformance projects do.
pub fn official(root: &Path, folder: &Path) -> Result<Vec<Side>> {
    let install = |project: &str, install: &str, version: &str| {
        let own = folder.join(project);
        fs::create_dir_all(&own)?;
        let mut shell = Shell::new(own.clone());
        shell.set("OPENAPI", &root.join("openapi").to_string_lossy());
        shell.run(&format!("cp -r \"$OPENAPI/conformance/{project}/.\" . && {install}"))?;
        Ok::<_, anyhow::Error>((own, shell.run(version)?.trim().trim_start_matches('v').to_owned()))
    };
    let module = "github.com/huaweicloud/huaweicloud-sdk-go-v3";
    let (go, version) = install(
        "go-sdk",
        "go build -ldflags='-s -w' -o bench .",
        &format!("go list -m -f '{{{{.Version}}}}' {module}"),
    )?;
    let go = Side {
        name: format!("official Go SDK {version}, signed"),
        program: go.join("bench"),
        arguments: Vec::new(),
        fewer: 1,
        installed: go.join("bench"),
    };
    let (python, version) = install("python-sdk", INSTALL_SDK, SDK_VERSION)?;
    let python = Side {
        name: format!("official Python SDK {version}, signed"),
        program: python.join("venv/bin/python"),
        arguments: vec![python.join("bench_calls.py").to_string_lossy().into_owned()],
        fewer: 10,
        installed: python.join("venv/lib"),
    };
    let (java, version) = install("java-sdk", JAVA_INSTALL, JAVA_VERSION)?;
    let classes = java.join("target");
    let java = Side {
        name: format!("core of the official Java SDK {version}, signed"),
        program: "java".into(),
        arguments: vec![
            "-cp".to_owned(),
            format!("{0}/classes:{0}/dependency/*", classes.display()),
            "BenchCalls".to_owned(),
        ],
        fewer: 1,
        installed: classes.join("dependency"),
    };
    Ok(vec![go, python, java])
}

impl Side {
    /// Makes calls: how many, how many of them at once, and how many servers each names.
    pub fn run(&self, endpoint: &str, [calls, in_flight, hosts]: &[usize; 3]) -> Result<Report> {
        let calls = (calls / self.fewer).max(*in_flight);
        let mut command = Command::new(&self.program);
        shell::isolate(&mut command)
            .args(&self.arguments)
            .args([calls, *in_flight, *hosts].map(|number| number.to_string()))
            .env("HSS_ENDPOINT", endpoint)
            .envs(VARIABLES);
        let start = Instant::now();
        let output = command.output()?;
        let whole = start.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{} ended with {}: {said}",
            self.name,
            output.status
        );
        let report: Report =
            serde_json::from_slice(&output.stdout).with_context(|| format!("{} says no costs", self.name))?;
        Ok(Report { whole, ..report })
    }

    /// The mebibytes that a user installs: of a program without its symbols, and of a folder all files.
    pub fn size(&self, folder: &Path) -> Result<f64> {
        let mut installed = self.installed.clone();
        if installed.is_file() {
            let stripped = folder.join("stripped");
            fs::copy(&installed, &stripped)?;
            let status = Command::new("strip")
                .arg(&stripped)
                .status()
                .context("there is no strip")?;
            ensure!(status.success(), "strip ended with {status}");
            installed = stripped;
        }
        Ok(bytes(&installed)? as f64 / f64::from(1 << 20))
    }
}

/// The size of a file, or of all files in a folder.
fn bytes(path: &Path) -> Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    fs::read_dir(path)?.map(|entry| bytes(&entry?.path())).sum()
}
