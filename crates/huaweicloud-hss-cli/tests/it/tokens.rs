//! The token of a file and of the environment.

use std::path::Path;

use crate::support::{Cloud, HOST_TASK, Ran, TOKEN, ran};

fn with_file(cloud: &Cloud, file: &Path) -> Ran {
    let mut command = cloud.command(["rescan", HOST_TASK, "--all-failed", "--token-file"]);
    ran(command.arg(file).env("HSS_AUTH_TOKEN", "not-this-one"))
}

fn with_content(content: &[u8]) -> Ran {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    with_file(&Cloud::start(), file.path())
}

#[test]
fn token_file_takes_precedence_and_may_end_with_a_line_feed() {
    for end in ["", "\n", "\r\n"] {
        let ran = with_content(format!("{TOKEN}{end}").as_bytes());
        assert_eq!(ran.code, 0, "{end:?}: {ran:?}");
    }
}

#[test]
fn token_with_white_space_is_an_error() {
    for (content, what) in [
        (format!("{TOKEN}\n\n"), "the token ends with a line break; remove it"),
        (format!(" {TOKEN}"), "the token has white space around it; remove it"),
    ] {
        let ran = with_content(content.as_bytes());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(what), "{ran:?}");
    }
}

#[test]
fn file_without_a_token_is_an_auth_error() {
    for (content, what) in [
        (&b""[..], "the token is empty"),
        (b"\n", "the token is empty"),
        (b"\xff\xfe", "is not UTF-8"),
    ] {
        let ran = with_content(content);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains(what), "{ran:?}");
    }
    let ran = with_file(&Cloud::start(), Path::new("/nowhere/token"));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr
            .starts_with("error: token file: /nowhere/token does not exist\noutcome: "),
        "{ran:?}"
    );
}

#[test]
fn token_above_its_limit_is_an_error() {
    let ran = with_content("x".repeat(32_769).as_bytes());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr
            .contains("the token has 32769 characters, 32768 are allowed\noutcome: nothing was sent\n"),
        "{ran:?}"
    );
}
