//! The question, on a real pseudo-terminal.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{CLAUDE_CODE, CURSOR, all_four, text};
use crate::bed::{Bed, finish};

/// Starts `setup` with questions and waits for the first one.
fn asked(bed: &Bed) -> (Child, File, String) {
    let (screen, terminal) = crate::terminal::terminal(80);
    let mut screen: File = screen;
    let both: (OwnedFd, OwnedFd) = (terminal.try_clone().unwrap(), terminal);
    let mut command = bed.command(&["setup", "claude-code", "cursor"]);
    command.stdin(Stdio::from(both.0)).stderr(Stdio::from(both.1)).stdout(Stdio::null());
    let child = command.spawn().unwrap();
    drop(command);
    let seen = until(&mut screen, "[y/N] ");
    (child, screen, seen)
}

fn until(screen: &mut File, end: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(end) {
        let mut part = [0; 1024];
        let n_bytes = screen.read(&mut part).unwrap();
        seen.push_str(&String::from_utf8_lossy(&part[..n_bytes]));
    }
    seen
}

#[test]
fn yes_and_no_are_for_one_file_each() {
    let bed = all_four();
    let (child, mut screen, _) = asked(&bed);
    assert_eq!(text(&bed, ".claude/settings.json"), CLAUDE_CODE);
    screen.write_all(b"n\n").unwrap();
    until(&mut screen, "[y/N] ");
    screen.write_all(b"y\n").unwrap();
    assert_eq!(finish(child).code, Some(1));
    assert_eq!(text(&bed, ".claude/settings.json"), CLAUDE_CODE);
    assert!(text(&bed, ".cursor/mcp.json").contains("\"wrap\""));
}

#[test]
fn ctrl_c_at_a_question_leaves_all_untouched() {
    let bed = all_four();
    let (child, mut screen, _) = asked(&bed);
    screen.write_all(b"y\n").unwrap();
    until(&mut screen, "[y/N] ");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_ne!(finish(child).code, Some(0));
    assert_eq!(
        (text(&bed, ".claude/settings.json").as_str(), text(&bed, ".cursor/mcp.json").as_str()),
        (CLAUDE_CODE, CURSOR)
    );
    assert!(!bed.data().exists());
}

#[test]
fn a_change_while_the_question_stands_is_noticed() {
    let bed = all_four();
    let (child, mut screen, _) = asked(&bed);
    let mine = CLAUDE_CODE.replace("opus", "sonnet");
    super::put(&bed, ".claude/settings.json", &mine);
    screen.write_all(b"y\n").unwrap();
    until(&mut screen, "[y/N] ");
    screen.write_all(b"\n").unwrap();
    let told = until(&mut screen, "changed by somebody else meanwhile");
    assert!(told.contains("is left alone"), "{told}");
    assert_eq!(finish(child).code, Some(1));
    assert_eq!(text(&bed, ".claude/settings.json"), mine);
}
