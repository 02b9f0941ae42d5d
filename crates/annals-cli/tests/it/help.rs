//! The help texts, the version, completions and manual pages.

use crate::bed::Bed;

const COMMANDS: &[&str] = &[
    "setup",
    "record",
    "hook",
    "wrap",
    "query",
    "get",
    "count",
    "sessions",
    "show",
    "stats",
    "tail",
    "serve",
    "mcp",
    "export",
    "awareness",
    "prove",
    "verify",
    "verify-proof",
    "backup",
    "copy",
    "migrate",
    "restore",
    "erase",
    "prune",
    "health",
    "config",
    "completions",
    "man",
];

#[track_caller]
fn assert_fits(text: &str) {
    assert!(text.lines().count() < 24, "{} lines and a prompt:\n{text}", text.lines().count());
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(widest <= 80, "{widest} columns:\n{text}");
}

#[test]
fn help_fits_a_screen_and_is_as_documented() {
    let bed = Bed::new();
    let text = bed.good(&["--help"]).out;
    assert_fits(&text);
    insta::assert_snapshot!("help", text);
    for command in COMMANDS {
        let text = bed.good(&[command, "--help"]).out;
        assert_fits(&text);
        assert_eq!(text, bed.good(&[command, "-h"]).out);
        assert_eq!(text, bed.good(&["help", command]).out);
        insta::assert_snapshot!(format!("help-{command}"), text);
    }
    assert!(!bed.data().exists());
}

#[test]
fn the_version_is_printed() {
    let bed = Bed::new();
    assert_eq!(bed.good(&["--version"]).out, format!("annals {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(bed.good(&["-V"]).out, format!("annals {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_know_commands_and_columns() {
    let bed = Bed::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = bed.good(&["completions", shell]).out;
        for word in ["record", "sessions", "traceparent", "actor-name"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
    bed.run(&["completions", "ksh"]).refused(2, &["ksh"]);
}

#[test]
fn manual_pages_have_every_flag() {
    let bed = Bed::new();
    let page = bed.good(&["man"]).out;
    assert!(page.contains(".TH annals 1") && page.contains("record"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    bed.good(&["man", "--dir", folder.path().to_str().unwrap()]);
    for command in COMMANDS {
        assert!(folder.path().join(format!("annals-{command}.1")).is_file(), "{command}");
    }
    let record = std::fs::read_to_string(folder.path().join("annals-record.1")).unwrap();
    for column in ["operation\\-id", "on\\-behalf\\-of", "approver", "strict"] {
        assert!(record.contains(column), "{column}");
    }
    bed.run(&["man", "--dir", folder.path().join("nowhere").to_str().unwrap()]).refused(3, &["nowhere", "hint:"]);
}
