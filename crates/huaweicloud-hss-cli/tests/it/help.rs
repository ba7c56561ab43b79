//! Help, the manual page and completions.

use crate::support::{TOKEN, command, hss, ran, redacted};

const COMMANDS: [&str; 12] = [
    "tasks",
    "hosts",
    "clusters",
    "wait",
    "rescan",
    "retry",
    "auth",
    "auth status",
    "demo",
    "completions",
    "man",
    "version",
];

#[test]
fn help_is_the_same_however_it_is_requested() {
    redacted(|| insta::assert_snapshot!("help", hss(["--help"]).transcript()));
    for command in COMMANDS {
        let words = || command.split(' ');
        let ran = hss(words().chain(["--help"]));
        redacted(|| insta::assert_snapshot!(format!("help_{}", command.replace(' ', "_")), ran.transcript()));
        assert_eq!(hss(words().chain(["-h"])).stdout, ran.stdout, "-h and --help differ");
        assert_eq!(hss(["help"].into_iter().chain(words())).stdout, ran.stdout);
    }
}

#[test]
fn help_has_an_example_and_fits_80_columns() {
    for words in COMMANDS
        .map(|command| command.split(' ').chain(["--help"]).collect())
        .into_iter()
        .chain([vec!["--help"]])
    {
        let help = hss(&words).stdout;
        assert!(help.contains("\nExample"), "{words:?}");
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
    }
}

#[cfg(feature = "simulator")]
#[test]
fn examples_in_help_work() {
    let folder = tempfile::tempdir().unwrap();
    for (list, id) in [("hosts.txt", "host-a"), ("clusters.txt", "cluster-1")] {
        std::fs::write(folder.path().join(list), id).unwrap();
    }
    for command_name in COMMANDS {
        let help = hss(command_name.split(' ').chain(["--help"])).stdout;
        let examples = help.split_once("\nExample").unwrap().1;
        let simple = examples.lines().filter_map(|line| line.strip_prefix("  hss "));
        let is_whole =
            |example: &&str| !example.contains(" - ") && ![" -", " |", " \\"].iter().any(|end| example.ends_with(end));
        for example in simple.filter(is_whole) {
            let mut words: Vec<&str> = example.split(" > ").next().unwrap().split(' ').collect();
            if ["rescan", "retry", "tasks", "hosts", "clusters", "wait"].contains(&command_name) {
                words.push("--simulate");
            }
            // Nothing happens to the simulated task, so the end is not confirmed.
            let expected = if command_name == "wait" { 10 } else { 0 };
            for word in words.iter_mut().filter(|word| **word == "30m") {
                *word = "50ms";
            }
            if command_name.starts_with("auth") && !words.contains(&"--offline") {
                words.push("--offline");
            }
            let mut command = command(&words);
            let ran = ran(command.current_dir(&folder).env("HSS_AUTH_TOKEN", TOKEN));
            assert_eq!(ran.code, expected, "{example}: {ran:?}");
        }
    }
}

#[test]
fn help_shows_no_environment_values() {
    let mut command = command(["rescan", "--help"]);
    for name in [
        "HSS_AUTH_TOKEN",
        "HSS_ENDPOINT",
        "HW_REGION_NAME",
        "HUAWEICLOUD_SDK_PROJECT_ID",
    ] {
        command.env(name, TOKEN);
    }
    assert_eq!(ran(&mut command).stdout, hss(["rescan", "--help"]).stdout);
}

#[test]
fn output_has_no_colors_without_a_terminal() {
    for words in [
        &["--help"][..],
        &["rescann"],
        &["demo"],
        &["rescan", "t", "--all-failed", "--simulate", "-vv"],
    ] {
        let ran = hss(words);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains('\u{1b}'), "{ran:?}");
    }
}

#[test]
fn man_page_covers_every_command() {
    let ran = hss(["man"]);
    redacted(|| insta::assert_snapshot!("man", ran.transcript().replace(env!("CARGO_PKG_VERSION"), "[version]")));
}

#[test]
fn completions_cover_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = hss(["completions", shell]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{shell}");
        for word in
            COMMANDS
                .into_iter()
                .flat_map(|command| command.split(' '))
                .chain(["all-failed", "cluster", "dry-run"])
        {
            assert!(ran.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn version_is_printed_by_option_and_command() {
    for words in [["--version"], ["-V"], ["version"]] {
        let ran = hss(words);
        let expected = format!("hss {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!((ran.code, ran.stdout), (0, expected));
        let ran = hss(words.into_iter().chain(["--output=json"]));
        let expected = serde_json::json!({"name": "hss", "version": env!("CARGO_PKG_VERSION")});
        assert_eq!((ran.code, ran.json()), (0, expected));
    }
}
