//! A role is played by this very binary, heard line by line, and killed.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Child, Line, role, say};

#[test]
fn a_role_is_heard_and_killed() {
    if role().as_deref() == Some("speaker") {
        say(std::env::var("WORD").unwrap());
        for number in 0.. {
            say(number.to_string());
        }
    }
    let mut child = Child::playing("child::tests::a_role_is_heard_and_killed", "speaker", [("WORD", "größe")]);
    assert_eq!(child.line(), "größe");
    assert_eq!(child.line(), "0");
    let rest = child.kill();
    let expected: Vec<String> = (1..=rest.len()).map(|number| number.to_string()).collect();
    // The last line may have been cut by the kill; all before it are whole and in order.
    let whole = rest.len().saturating_sub(1);
    assert_eq!(rest[..whole], expected[..whole]);
    assert_eq!(child.next_line(), Line::End);
}

#[test]
fn a_command_is_read_to_its_end_and_its_status_told() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo one; echo two; exit 3"]);
    let mut child = Child::spawn("sh", command);
    assert_eq!(child.rest(), ["one", "two"]);
    assert_eq!(child.wait().code(), Some(3));
}

#[test]
fn a_dropped_child_is_killed_and_reaped() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo up; exec sleep 1000"]);
    let mut child = Child::spawn("sh", command);
    assert_eq!(child.line(), "up");
    let process = format!("/proc/{}", child.id());
    assert!(fs::exists(&process).unwrap());
    drop(child);
    assert!(!Path::new(&process).exists(), "it is still running or was not reaped");
}
