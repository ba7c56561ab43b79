//! Runs a test project in a folder of its own, with simulators of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::arguments::{Conformance, What};
use super::projects::{Project, Suite};
use super::schemathesis;
use super::shell::{self, Shell};
use super::simulator::Simulator;
use super::table::Row;
use crate::commands::target;

/// Bounds that a sanity check changes: the document, the bound, its replacement, and the one case that fails then.
const BOUNDS: [[&str; 4]; 2] = [
    [
        "hss-v5.json",
        "\"maxItems\": 1000",
        "\"maxItems\": 999",
        "rescan.hosts_1000",
    ],
    [
        "hss-v5-tasks.json",
        "\"maximum\": 2000000",
        "\"maximum\": 1999999",
        "hosts.offset_2000000",
    ],
];

/// What all projects share.
pub struct Runner {
    root: PathBuf,
    /// Variables that some projects read.
    variables: Vec<(&'static str, String)>,
}

impl Runner {
    /// Builds our programs.
    pub fn new(root: &Path, arguments: &Conformance) -> Result<Self> {
        let root = fs::canonicalize(root)?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let programs = ["--bin", "hss-sim", "--bin", "hss", "--example", "sign_lines"];
        let status = Command::new(cargo)
            .args(["build", "--quiet"])
            .args(programs)
            .current_dir(&root)
            .status()?;
        ensure!(status.success(), "cargo build ended with {status}");
        let built = |name| target(&root).join("debug").join(name).to_string_lossy().into_owned();
        let mut variables = vec![
            ("HSS_BIN", built("hss")),
            ("SIGN_LINES", built("examples/sign_lines")),
            ("SIGN_COUNT", arguments.count.to_string()),
        ];
        variables.extend(arguments.seed.map(|seed| ("SIGN_SEED", seed.to_string())));
        Ok(Self { root, variables })
    }

    /// Installs a project and runs its suites.
    pub fn run(&self, project: &Project) -> Result<Vec<Row>> {
        shell::require(project.needs).with_context(|| format!("{} cannot be run", project.folder))?;
        let openapi = self.root.join("openapi");
        let own = if project.what == What::Signing {
            "signing"
        } else {
            project.folder
        };
        let folder = target(&self.root).join("conformance").join(own);
        // What an interrupted run left is no part of a project.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;

        let program = target(&self.root).join("debug/hss-sim");
        let built_in = Simulator::start(&program, &[])?;
        let tasks = openapi.join("conformance/tasks.json");
        let any_task = Simulator::start(
            &program,
            &["--any-task", "--scan-time", "24h", "--tasks", &tasks.to_string_lossy()],
        )?;
        let mut shell = Shell::new(folder.clone());
        shell.set("HSS_ENDPOINT", &built_in.endpoint);
        shell.set("HSS_SIM_URL", &any_task.endpoint);
        shell.set("OPENAPI", &openapi.to_string_lossy());
        for (name, value) in &self.variables {
            shell.set(name, value);
        }

        let (mut commands, mut last) = (Vec::new(), None);
        if project.suites.iter().any(|suite| suite.command.is_empty()) {
            commands = shell::block(&fs::read_to_string(openapi.join("README.md"))?, project.folder)?;
            last = commands.pop();
        } else {
            commands.push(format!("cp -r \"$OPENAPI/conformance/{}/.\" .", project.folder));
            commands.extend((!project.install.is_empty()).then(|| project.install.to_owned()));
        }
        for command in &commands {
            shell.run(command)?;
        }
        if last.is_some() {
            first_calls(&built_in)?;
        }
        let version = shell.run(project.version)?.trim().trim_start_matches('v').to_owned();
        if project.what == What::Schemathesis {
            return schemathesis::run(&shell, &version, &any_task);
        }

        let mut rows = Vec::new();
        for suite in project.suites {
            rows.push(row(&shell, suite, last.as_deref().unwrap_or(suite.command), &version));
        }
        if let (What::Python, [_, generate @ .., _], Some(suite)) = (project.what, commands.as_slice(), &last) {
            let problem = sanity(&mut shell, &openapi, &folder, generate, suite)?;
            let witness = "python, a bound changed in each document only";
            rows.push(Row::new(witness, &version, [BOUNDS.len(), 0, 0], problem));
        }
        Ok(rows)
    }
}

fn row(shell: &Shell, suite: &Suite, command: &str, version: &str) -> Row {
    match shell.run(command).and_then(|said| counts(&said)) {
        Ok(counts) => Row::new(suite.witness, version, counts, None),
        Err(error) => Row::failed(suite.witness, version, format!("{error:#}")),
    }
}

/// How many cases a suite ran, how many of them the client refused before sending, and how many it cannot run.
fn counts(said: &str) -> Result<[usize; 3]> {
    let line = said.lines().rev().find_map(|line| line.split_once("cases: "));
    let (_, line) = line.with_context(|| format!("the suite does not say how many cases it ran:\n{said}"))?;
    let numbers: Vec<usize> = line
        .split(", ")
        .map_while(|part| part.split(' ').next()?.parse().ok())
        .collect();
    <[usize; 3]>::try_from(numbers).map_err(|_| anyhow::anyhow!("not three numbers: {line}"))
}

/// The README's commands end with a call that is accepted and one that is refused.
fn first_calls(simulator: &Simulator) -> Result<()> {
    let found: Vec<String> = simulator
        .requests()?
        .iter()
        .map(|request| format!("{} {}", request["status"], request["error_code"]))
        .collect();
    ensure!(
        found == ["200 null", "400 \"HSS.0011\""],
        "the first calls were answered {found:?}"
    );
    Ok(())
}

/// Sanity check: clients of documents with other bounds must fail one case for each bound.
fn sanity(
    shell: &mut Shell,
    openapi: &Path,
    folder: &Path,
    generate: &[String],
    suite: &str,
) -> Result<Option<String>> {
    let changed = folder.join("changed");
    fs::create_dir_all(&changed)?;
    for cases in ["wire", "wire-tasks"] {
        symlink(openapi.join(cases), changed.join(cases))?;
    }
    for [name, bound, replacement, _] in BOUNDS {
        let document = fs::read_to_string(openapi.join(name))?;
        ensure!(document.matches(bound).count() == 1, "{name} has {bound} not once");
        fs::write(changed.join(name), document.replace(bound, replacement))?;
    }
    shell.set("OPENAPI", &changed.to_string_lossy());
    for command in generate {
        shell.run(command)?;
    }
    let said = shell
        .run(suite)
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    let failed: Vec<&str> = said.lines().filter(|line| line.starts_with("FAILED ")).collect();
    let is_there = |[.., case]: &[&str; 4]| failed.iter().any(|line| line.contains(&format!("[{case}]")));
    let as_expected = failed.len() == BOUNDS.len() && BOUNDS.iter().all(is_there);
    Ok((!as_expected).then(|| format!("expected a failure for each of {BOUNDS:?}, found {failed:?}")))
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn reads_the_numbers_of_a_suite() {
        let said = "ok\n# wire cases: 151 run, 26 refused by the client, 8 not run\n1 passed\n";
        assert_eq!(counts(said).unwrap(), [151, 26, 8]);
        assert!(counts("151 passed").is_err());
        assert!(counts("cases: many run").is_err());
    }
}
