//! A loss of power: at every moment at which an event was said to be durable, a machine that loses everything it had not flushed still has that event.
//!
//! The database's writes and flushes are read from a trace of the child's system calls, bytes included. At each spoken number the disk is put together as the power cut would
//! leave it: what a flush has confirmed, and of what came since nothing, everything, or every other write. The database is opened on that disk and must hold each event spoken of.
//! The control is a child that speaks of events that are merely accepted: the same check must miss some of them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use annals::{Audit, Filter};
use annals_testkit::role;

use crate::traced::{N_EVENTS, speak, trace};

/// What happens to writes that no flush has confirmed.
const SURVIVORS: [fn(usize) -> bool; 3] = [|_| false, |_| true, |number| number % 2 == 0];

/// One change of a file.
#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

/// A file as the disk has it, and what the system has not flushed yet.
#[derive(Clone, Default)]
struct File {
    flushed: Vec<u8>,
    pending: Vec<Change>,
}

impl File {
    fn flush(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            apply(&mut self.flushed, &change);
        }
    }

    /// The file after a power cut.
    fn after_cut(&self, survives: fn(usize) -> bool) -> Vec<u8> {
        let mut bytes = self.flushed.clone();
        for (_, change) in self.pending.iter().enumerate().filter(|(number, _)| survives(*number)) {
            apply(&mut bytes, change);
        }
        bytes
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, bytes: written } => {
            bytes.resize(bytes.len().max(at + written.len()), 0);
            bytes[*at..at + written.len()].copy_from_slice(written);
        }
        Change::Cut { length } => bytes.resize(*length, 0),
    }
}

/// One system call of the trace, with the parts that `strace` may have printed apart put together.
struct Call {
    name: String,
    path: String,
    /// The arguments after the descriptor: text unescaped, numbers as they stand.
    bytes: Vec<u8>,
    numbers: Vec<usize>,
    result: i64,
}

/// Reads `\x41\x42` as bytes.
fn unescape(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|digits| u8::from_str_radix(&digits[..2], 16).unwrap()).collect()
}

/// Reads the calls in the order in which they ended.
fn calls(trace: &str) -> Vec<Call> {
    let mut unfinished: HashMap<&str, &str> = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let (thread, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix("<unfinished ...>") {
            unfinished.insert(thread, begun);
        } else if let Some((_, ended)) = rest.split_once(" resumed>") {
            calls.extend(unfinished.remove(thread).and_then(|begun| call(begun, ended)));
        } else if let Some((begun, ended)) = rest.rsplit_once(')') {
            calls.extend(call(begun, &format!("){ended}")));
        }
    }
    calls
}

fn call(begun: &str, ended: &str) -> Option<Call> {
    let (name, arguments) = begun.split_once('(')?;
    let (_, path) = arguments.split_once('<')?;
    let (path, arguments) = path.split_once('>')?;
    let (bytes, numbers) = match arguments.split_once('"') {
        Some((_, text)) => {
            let (text, numbers) = text.split_once('"')?;
            (unescape(text), numbers)
        }
        None => (Vec::new(), arguments),
    };
    let numbers = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    let result = ended.rsplit_once("= ")?.1.split(' ').next()?.parse().ok()?;
    Some(Call {
        name: name.to_owned(),
        path: String::from_utf8_lossy(&unescape(path)).into_owned(),
        bytes,
        numbers,
        result,
    })
}

/// Plays the trace and counts, over all power cuts, the events that were spoken of and are gone.
fn lost(trace: &str) -> u64 {
    let mut files: HashMap<String, File> = HashMap::new();
    let (mut n_lost, mut n_spoken) = (0, 0);
    for call in calls(trace) {
        if let Some(spoken) = spoken(&call) {
            n_spoken += 1;
            n_lost += SURVIVORS
                .iter()
                .map(|survives| (spoken + 1).saturating_sub(n_after_cut(&files, *survives)))
                .sum::<u64>();
        }
        let name = Path::new(&call.path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !matches!(name.as_str(), "annals.db" | "annals.db-wal" | "annals.db-journal") || call.result < 0 {
            continue;
        }
        let file = files.entry(name).or_default();
        match call.name.as_str() {
            "pwrite64" => {
                assert_eq!(call.numbers[0], call.bytes.len(), "the trace holds every byte");
                file.pending.push(Change::Write { at: call.numbers[1], bytes: call.bytes });
            }
            "ftruncate" => file.pending.push(Change::Cut { length: call.numbers[0] }),
            "fdatasync" | "fsync" => file.flush(),
            other => panic!("`{other}` on a file of the database"),
        }
    }
    assert_eq!(n_spoken, N_EVENTS, "the trace holds every number");
    n_lost
}

/// The number that this call says is durable.
fn spoken(call: &Call) -> Option<u64> {
    let text = String::from_utf8_lossy(&call.bytes);
    let (_, number) = text.split_once("durable ").filter(|_| call.name == "write" && call.path.starts_with("pipe:"))?;
    number.trim().parse().ok()
}

/// How many events the database has after this power cut. A database that was never flushed is not there.
fn n_after_cut(files: &HashMap<String, File>, survives: fn(usize) -> bool) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    for name in ["annals.db", "annals.db-wal"] {
        let bytes = files.get(name).map(|file| file.after_cut(survives)).unwrap_or_default();
        if !bytes.is_empty() {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
    }
    if !folder.path().join("annals.db").exists() {
        return 0;
    }
    Audit::open(folder.path()).unwrap().count(&Filter::new().event_type("tool.invoked")).unwrap_or(0)
}

fn lost_by(test: &str, role: &str) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let options = ["-xx", "-s", "1000000"].map(ToOwned::to_owned);
    lost(&trace(test, role, &folder.path().join("trail"), &options))
}

#[test]
fn what_was_said_to_be_durable_survives_a_loss_of_power() {
    if let Some(role) = role() {
        speak(&role);
        return;
    }
    assert_eq!(lost_by("power::what_was_said_to_be_durable_survives_a_loss_of_power", "durable"), 0);
}

#[test]
fn the_same_power_cut_loses_what_is_merely_accepted() {
    if let Some(role) = role() {
        speak(&role);
        return;
    }
    assert_ne!(lost_by("power::the_same_power_cut_loses_what_is_merely_accepted", "accepted"), 0);
}
