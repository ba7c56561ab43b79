//! `cargo xtask package`: packs what is published and tries it as a stranger would, from the packed files alone.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail, ensure};
use cargo_metadata::MetadataCommand;

/// Packs the crates, builds projects outside the workspace with them, and runs the README's example and the crates' own
/// tests there.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).exec()?;
    // Shared with the workspace, so that the dependencies are there already.
    let target = metadata.target_directory.as_std_path().to_owned();
    let mut pack = cargo(root, &target);
    // The packed files are compiled below, in a workspace that keeps what was compiled.
    pack.args(["package", "--locked", "--no-verify"]);
    let mut crates = Vec::new();
    for package in metadata.workspace_packages() {
        if package.publish.as_deref() != Some(&[]) {
            pack.args(["--package", &package.name]);
            crates.push(format!("{}-{}", package.name, package.version));
        }
    }
    forget_earlier(&crates)?;
    // Files that are not committed yet are packed too; the commit is the release's business.
    succeed(pack.arg("--allow-dirty"))?;

    let outside = tempfile::tempdir()?;
    for name in &crates {
        let archive = target.join("package").join(format!("{name}.crate"));
        succeed(
            Command::new("tar")
                // Packed files have times of long ago, by which Cargo would take what an earlier run built for fresh.
                .arg("-xmzf")
                .arg(archive)
                .arg("-C")
                .arg(outside.path()),
        )?;
    }
    write_workspace(root, outside.path(), &crates)?;
    write_stand_ins(root, outside.path())?;
    write_project(outside.path(), &crates)?;
    write_consumer(outside.path(), &crates)?;
    let outside_cargo = |arguments: &[&str]| {
        let mut command = cargo(outside.path(), &target);
        command.args(arguments);
        command
    };
    let outside_cargo = &outside_cargo;
    for name in &crates {
        // Each alone, so that none compiles only because of what another asks of a dependency.
        let (package, _) = name.rsplit_once('-').unwrap_or((name, ""));
        succeed(&mut outside_cargo(&["check", "--quiet", "--package", package]))?;
    }
    succeed(&mut outside_cargo(&[
        "build",
        "--quiet",
        "--workspace",
        "--exclude",
        "consumer",
        "--bin",
        "outside",
        "--bin",
        "hss-sim",
    ]))?;

    let (_running, endpoint) = start_simulator(&target)?;
    let mut example = Command::new(target.join("debug/outside"));
    let output = example
        .env("HSS_ENDPOINT", endpoint)
        .env("HSS_AUTH_TOKEN", TOKEN)
        .output()?;
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    ensure!(output.status.success(), "the README's example failed:\n{out}{err}");
    ensure!(
        out.starts_with("accepted, request "),
        "the README's example printed:\n{out}{err}"
    );
    check_consumer(outside_cargo)?;
    test(outside_cargo)?;
    crate::println_lossy!(
        "packed, and the README's example and the crates' own tests ran outside the workspace: {}",
        crates.join(", ")
    );
    Ok(())
}

/// Removes what cargo keeps of earlier runs. While it packs crates that need each other it puts them into a registry of its
/// own and unpacks them beside all others, by name and version alone: the next run of the same version would check the
/// files of the first.
fn forget_earlier(crates: &[String]) -> anyhow::Result<()> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let Some(home) = home else { return Ok(()) };
    for kept in ["registry/src", "registry/cache"] {
        let Ok(registries) = fs::read_dir(home.join(kept)) else {
            continue;
        };
        for registry in registries {
            let registry = registry?;
            // A registry on this machine has no host before the dash.
            if !registry.file_name().to_string_lossy().starts_with('-') {
                continue;
            }
            for name in crates {
                let (unpacked, archive) = (
                    registry.path().join(name),
                    registry.path().join(format!("{name}.crate")),
                );
                if unpacked.exists() {
                    fs::remove_dir_all(unpacked)?;
                }
                if archive.exists() {
                    fs::remove_file(archive)?;
                }
            }
        }
    }
    Ok(())
}

const TOKEN: &str = "a-token-for-the-check";

/// A workspace of the unpacked crates and the projects, in which the crates find each other as they would in the registry.
/// It has the versions and the profiles of this one, so that the dependencies are built already.
fn write_workspace(root: &Path, outside: &Path, crates: &[String]) -> anyhow::Result<()> {
    fs::copy(root.join("Cargo.lock"), outside.join("Cargo.lock"))?;
    let ours = fs::read_to_string(root.join("Cargo.toml"))?;
    let profiles = ours.find("[profile.dev]").context("the workspace has no profile")?;
    let mut members = vec!["outside", "consumer"];
    members.extend(STAND_INS.map(|(name, _)| name));
    members.extend(crates.iter().map(String::as_str));
    let shared = ours
        .find("[workspace.package]")
        .context("the workspace has no package")?;
    let mut manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n{}[patch.crates-io]\n",
        &ours[shared..profiles]
    );
    for name in crates {
        let (package, _) = name.rsplit_once('-').unwrap_or((name, ""));
        manifest.push_str(&format!("{package} = {{ path = \"{name}\" }}\n"));
    }
    manifest.push_str(&ours[profiles..]);
    Ok(fs::write(outside.join("Cargo.toml"), manifest)?)
}

/// The workspace's other packages without their code. Where the packed crates are built together, their dependencies then have
/// the features that they are built with already.
///
/// In folders of other names: Cargo tells what it built apart by the place in the workspace, and would take the stand-in for xtask.
const STAND_INS: [(&str, &str); 2] = [("like-testkit", "crates/testkit"), ("like-xtask", "xtask")];

fn write_stand_ins(root: &Path, outside: &Path) -> anyhow::Result<()> {
    for (name, place) in STAND_INS {
        fs::create_dir_all(outside.join(name).join("src"))?;
        fs::copy(
            root.join(place).join("Cargo.toml"),
            outside.join(name).join("Cargo.toml"),
        )?;
        fs::write(outside.join(name).join("src/lib.rs"), "//! Nothing.\n")?;
    }
    Ok(())
}

/// A project that has the SDK, and the README's example as its program.
fn write_project(outside: &Path, crates: &[String]) -> anyhow::Result<()> {
    let project = outside.join("outside");
    let sdk = find(crates, "huaweicloud-hss")?;
    fs::create_dir_all(project.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"outside\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n\
         huaweicloud-hss = {{ path = \"../{sdk}\" }}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n"
    );
    fs::write(project.join("Cargo.toml"), manifest)?;
    let readme = fs::read_to_string(outside.join(&sdk).join("README.md"))?;
    let example = readme
        .split("```rust,no_run\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let example = example.context("the README has no example")?;
    // The one line that leads to the cloud leads to the simulator instead.
    let local = example.replace(".region(\"cn-north-4\")", ".endpoint(std::env::var(\"HSS_ENDPOINT\")?)");
    ensure!(
        local != example,
        "the README's example does not name the region as expected"
    );
    Ok(fs::write(project.join("src/main.rs"), local)?)
}

/// A project that does what a service does, with ring for TLS.
fn write_consumer(outside: &Path, crates: &[String]) -> anyhow::Result<()> {
    let project = outside.join("consumer");
    fs::create_dir_all(project.join("src"))?;
    let manifest = include_str!("consumer.toml").replace("{sdk}", &find(crates, "huaweicloud-hss")?);
    fs::write(project.join("Cargo.toml"), manifest)?;
    Ok(fs::write(project.join("src/main.rs"), include_str!("consumer.rs"))?)
}

fn check_consumer(cargo: impl Fn(&[&str]) -> Command) -> anyhow::Result<()> {
    succeed(&mut cargo(&["run", "--quiet", "--package", "consumer"]))?;
    let mut tree = cargo(&["tree", "--package", "consumer", "--edges", "normal,build"]);
    let output = tree.args(["--prefix", "none"]).output()?;
    let crates = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && crates.contains("\nring v") && !crates.contains("aws-lc"),
        "a build with ring and nothing else:\n{crates}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Runs the tests that the packed crates carry: those in their sources and in their documentation.
fn test(cargo: impl Fn(&[&str]) -> Command) -> anyhow::Result<()> {
    // Cargo tests documentation and programs apart.
    for kinds in [&["--lib", "--bins"][..], &["--doc"]] {
        let mut tests = cargo(&["test", "--quiet", "--workspace", "--exclude", "consumer"]);
        tests.args(kinds);
        succeed(&mut tests)?;
    }
    Ok(())
}

fn find(crates: &[String], package: &str) -> anyhow::Result<String> {
    let of_package = |name: &&String| name.rsplit_once('-').is_some_and(|(found, _)| found == package);
    crates
        .iter()
        .find(of_package)
        .cloned()
        .with_context(|| format!("{package} is not packed"))
}

/// Starts the simulator that was built from its packed files; stopped when dropped.
fn start_simulator(target: &Path) -> anyhow::Result<(Running, String)> {
    let mut command = Command::new(target.join("debug/hss-sim"));
    let mut child = command
        .args(["--token", TOKEN])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let Some(stdout) = child.stdout.take() else {
        bail!("the simulator has no output")
    };
    let running = Running(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let endpoint = line
        .trim()
        .strip_prefix("listening on ")
        .context("the simulator did not say where it listens")?;
    Ok((running, endpoint.to_owned()))
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn cargo(folder: &Path, target: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).env("CARGO_TARGET_DIR", target);
    command
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}
