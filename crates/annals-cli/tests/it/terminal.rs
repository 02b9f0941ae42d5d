//! What a person at a terminal sees, on a real pseudo-terminal.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::bed::{Bed, Ran, finish, ndjson};

/// Runs the command with its standard output on a terminal of so many columns.
pub(crate) fn on_terminal(mut command: Command, n_columns: u16) -> Ran {
    let (mut screen, terminal) = terminal(n_columns);
    let child = command.stdout(Stdio::from(terminal)).stderr(Stdio::piped()).spawn().unwrap();
    // The command holds the terminal too; with it gone the child is the only one that does.
    drop(command);
    let reader = std::thread::spawn(move || all_of(&mut screen));
    let ran = finish(child);
    Ran { out: reader.join().unwrap(), ..ran }
}

pub(crate) fn terminal(n_columns: u16) -> (File, OwnedFd) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let size = Winsize { ws_row: 24, ws_col: n_columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (screen.into(), terminal.into())
}

/// Everything until the last holder of the terminal is gone, which Linux tells as an error.
fn all_of(screen: &mut File) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        match screen.read(&mut part) {
            Ok(0) => break,
            Ok(n_bytes) => bytes.extend_from_slice(&part[..n_bytes]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

fn bed() -> Bed {
    let bed = Bed::new();
    bed.good(&[
        "record",
        "--type",
        "tool.invoked",
        "--tool",
        "bash",
        "--outcome",
        "failure",
        "--resource",
        "\u{9b}31m",
        "--actor",
        &"long-name-".repeat(9),
    ]);
    bed
}

#[test]
fn a_terminal_gets_a_table_in_colour_and_never_wider_than_itself() {
    let bed = bed();
    for n_columns in [40, 80, 120] {
        let mut command = bed.command(&["query"]);
        command.env("TERM", "xterm");
        let ran = on_terminal(command, n_columns);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("\u{1b}[31mfailure\u{1b}[0m"), "{:?}", ran.out);
        let plain = ["\u{1b}[31m", "\u{1b}[1m", "\u{1b}[0m"].iter().fold(ran.out, |text, code| text.replace(code, ""));
        assert!(plain.lines().all(|line| line.chars().count() <= usize::from(n_columns)), "{n_columns}: {plain}");
        assert!(plain.starts_with("time"), "{plain}");
    }
}

#[test]
fn no_colour_is_respected() {
    let bed = bed();
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = bed.command(&["query"]);
        command.env("TERM", "xterm").env(name, value);
        let ran = on_terminal(command, 80);
        assert!(ran.out.contains("failure") && !ran.out.contains('\u{1b}'), "{name}: {:?}", ran.out);
    }
}

#[test]
fn json_on_a_terminal_cannot_command_it() {
    let bed = bed();
    let ran = on_terminal(bed.command(&["query", "--json"]), 80);
    assert!(ran.out.starts_with('{') && !ran.out.contains('\u{9b}') && ran.out.contains("\\u009b31m"), "{:?}", ran.out);
}

#[test]
fn csv_on_a_terminal_cannot_command_it() {
    let bed = bed();
    let ran = on_terminal(bed.command(&["query", "--format", "csv"]), 80);
    assert!(
        ran.out.starts_with("seq,") && !ran.out.contains('\u{9b}') && ran.out.contains("\\u{9b}31m"),
        "{:?}",
        ran.out
    );
    // A pipe gets what is on record.
    assert!(bed.good(&["query", "--format", "csv"]).out.contains(",\u{9b}31m,"));
}

#[test]
fn progress_is_shown_only_to_a_person() {
    let bed = Bed::new();
    let file = bed.file("events.ndjson", ndjson(2_000));
    let arguments = ["record", "--ndjson", file.to_str().unwrap()];
    assert_eq!(bed.good(&arguments).err, "annals: 2000 events recorded\n");
    let (mut screen, terminal) = terminal(80);
    let mut command = bed.command(&arguments);
    let child = command.env("TERM", "xterm").stdout(Stdio::null()).stderr(Stdio::from(terminal)).spawn().unwrap();
    drop(command);
    let reader = std::thread::spawn(move || all_of(&mut screen));
    assert_eq!(finish(child).code, Some(0));
    let seen = reader.join().unwrap();
    assert!(seen.contains('%') && seen.contains("annals: 2000 events recorded"), "{seen:?}");
}

#[test]
fn tail_tells_a_call_that_begins_more_quietly_than_its_end() {
    let bed = Bed::new();
    let call = ["record", "--type", "tool.invoked", "--tool", "bash", "--operation-id", "op-1", "--phase"];
    bed.good(&[&call[..], &["intent"]].concat());
    bed.good(&[&call[..], &["outcome", "--outcome", "success"]].concat());
    let mut command = bed.command(&["tail", "--since", "1h", "--limit", "2"]);
    command.env("TERM", "xterm");
    let ran = on_terminal(command, 80);
    let lines: Vec<&str> = ran.out.lines().skip(1).collect();
    assert!(lines[0].contains("\u{1b}[2mbash\u{1b}[0m") && lines[0].contains("\u{1b}[2mbegun\u{1b}[0m"), "{ran:?}");
    assert!(lines[1].contains(" bash ") && lines[1].contains("\u{1b}[32msuccess\u{1b}[0m"), "{ran:?}");
}
