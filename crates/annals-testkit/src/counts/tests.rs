//! The long run counts far and keeps lines; the ordinary one does neither. Each is played by a child, since a process has one environment.

use std::fs;

use super::{keep_line, rounds};
use crate::{Child, role, say};

const TEST: &str = "counts::tests::the_long_run_counts_far_and_keeps_lines";

#[test]
fn the_long_run_counts_far_and_keeps_lines() {
    if role().is_some() {
        keep_line("| one | line |");
        say(rounds(20, 1_000).to_string());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    let mut long = Child::playing(
        TEST,
        "long",
        [("ANNALS_FULL", "1".into()), ("ANNALS_FULL_REPORT", page.clone().into_os_string())],
    );
    assert_eq!(long.line(), "1000");
    assert!(long.wait().success());
    assert_eq!(fs::read_to_string(&page).unwrap(), "| one | line |\n");
    let mut again = Child::playing(TEST, "long", [("ANNALS_FULL_REPORT", page.clone().into_os_string())]);
    again.rest();
    assert_eq!(fs::read_to_string(&page).unwrap().lines().count(), 2, "lines are added, not replaced");
}
