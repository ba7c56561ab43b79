//! The programs as those who install them meet them: in a root that holds the package and nothing else.

use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The simulator's own.
const TASK: &str = "2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000";
const PROJECT: &str = "0123456789abcdef0123456789abcdef";
const AUTHORITY: &str = "/authority.pem";
const TOKEN: &str = "hss-sim-token-5f0c2d7e";

/// Installs the package in an empty root, and runs both programs there without an environment.
pub fn check(package: &Path, version: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    let unpacked = Command::new("dpkg-deb")
        .arg("--extract")
        .arg(package)
        .arg(root)
        .status()?;
    ensure!(unpacked.success(), "{} cannot be unpacked", package.display());
    for expected in [
        "usr/share/doc/huaweicloud-hss-cli/LICENSE-MIT",
        "usr/share/doc/huaweicloud-hss-cli/THIRD-PARTY-NOTICES.txt",
    ] {
        ensure!(root.join(expected).is_file(), "the package has no {expected}");
    }
    for program in ["hss", "hss-sim"] {
        for (reader, file) in [
            (
                &["man", "--warnings", "--local-file"][..],
                format!("man/man1/{program}.1"),
            ),
            (&["bash", "-n"], format!("bash-completion/completions/{program}")),
            (&["zsh", "-n"], format!("zsh/vendor-completions/_{program}")),
            (
                &["fish", "--no-execute"],
                format!("fish/vendor_completions.d/{program}.fish"),
            ),
        ] {
            read(reader, &root.join("usr/share").join(file))?;
        }
    }
    ensure!(
        said(root, &["version"])?.contains(version),
        "hss of the package has another version"
    );
    let demo = said(root, &["demo"])?;
    ensure!(
        demo.contains("nothing that was asked for fails"),
        "hss demo of the package said: {demo}"
    );
    // Over TLS: an empty root has no authorities, so that the simulator's has to do.
    let mut simulator = inside(root, "hss-sim", &["--tls-ca", AUTHORITY])?;
    let mut simulator = Running(simulator.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
    let mut line = String::new();
    let stdout = simulator.0.stdout.take().context("the simulator has no output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let endpoint = line.trim().strip_prefix("listening on ");
    let endpoint = endpoint.context("the installed simulator did not say where it listens")?;
    let place = [
        "--endpoint",
        endpoint,
        "--project-id",
        PROJECT,
        "--ca-bundle",
        AUTHORITY,
    ];
    let answer = said(root, &[&["rescan", TASK, "--all-failed"], &place[..]].concat())?;
    ensure!(answer.contains("accepted"), "hss of the package said: {answer}");
    crate::println_lossy!("both programs of the package run in an empty root");
    Ok(())
}

/// Lets the program that a file is for read it, where this machine has it. What it cannot read it says on standard error.
fn read(reader: &[&str], file: &Path) -> Result<()> {
    ensure!(file.is_file(), "the package has no {}", file.display());
    let read = match Command::new(reader[0]).args(&reader[1..]).arg(file).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        read => read?,
    };
    let said = String::from_utf8_lossy(&read.stderr);
    ensure!(
        read.status.success() && said.is_empty(),
        "{} cannot read {}: {said}",
        reader[0],
        file.display()
    );
    Ok(())
}

/// What `hss` says on its standard output.
fn said(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = inside(root, "hss", arguments)?.output()?;
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    ensure!(
        output.status.success(),
        "in an empty root, hss {} ended with {}:\n{out}{err}",
        arguments.join(" "),
        output.status
    );
    Ok(out.into_owned())
}

/// A call of an installed program, with a token and nothing else in its environment.
fn inside(root: &Path, program: &str, arguments: &[&str]) -> Result<Command> {
    let places = ["/usr/sbin/chroot", "/usr/bin/chroot"];
    let chroot = places.iter().find(|place| Path::new(place).exists());
    let chroot = *chroot.context("there is no chroot, which coreutils has")?;
    let id = Command::new("id").arg("-u").output()?;
    let mut command = if id.stdout == b"0\n" {
        Command::new(chroot)
    } else {
        let mut command = Command::new("/usr/bin/unshare");
        command.args(["--map-root-user", chroot]);
        command
    };
    command.env_clear().env("HSS_AUTH_TOKEN", TOKEN);
    command.arg(root).arg(format!("/usr/bin/{program}")).args(arguments);
    Ok(command)
}

/// Stopped when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
