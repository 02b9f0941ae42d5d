//! `kill -9` in the midst of changes, and changes from two processes: what was answered is there, and tables and log agree.
//!
//! The control is a child that answers before it changes: the same check must miss some of what it said.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use annals::verify::{Options, verify};
use annals::{Audit, Caller, Filter};
use annals_store::awareness::{Action, Change, Desk, EntryId, Record};
use annals_testkit::{Child, Line, Threads, role, rounds, say};

use super::{notes, remember};

const THIS: &str = "entries::killed::what_was_answered_is_there_after_a_kill";

fn alice() -> Caller {
    Caller::new("team", "alice").unwrap()
}

/// Adds one to the sum that the first entry keeps.
fn add(audit: &Audit) {
    let work = |desk: &mut dyn Desk| {
        let mut entry = desk.entry_for_change(EntryId::v4([0; 16]))?.unwrap();
        let sum = entry.data.get("sum").and_then(annals::Value::as_u64).unwrap_or(0);
        let before = Change { at: desk.now(), changed: entry.data.clone() };
        entry.data.insert("sum".to_owned(), (sum + 1).into());
        let entry = desk.replace(entry, None, Some(&before))?;
        Ok(((), vec![Record::change("team", Action::Updated, &entry, "test")]))
    };
    audit.change::<(), (), _>(&alice(), work).unwrap();
}

/// Makes entries from four threads, and changes one from two, and says each that was made.
fn play(data: &Path, role: &str) {
    let audit = Audit::open(data).unwrap();
    let next = Arc::new(AtomicU8::new(1));
    let is_honest = role == "changing";
    let mut threads = Threads::new();
    for n in 0..6 {
        let (audit, next) = (audit.clone(), Arc::clone(&next));
        threads.spawn(format!("changer {n}"), move || {
            loop {
                if n < 2 {
                    add(&audit);
                    continue;
                }
                let number = next.fetch_add(1, Ordering::SeqCst);
                if number > 250 {
                    return;
                }
                if !is_honest {
                    say(number.to_string());
                }
                remember(&audit, &alice(), number).unwrap();
                if is_honest {
                    say(number.to_string());
                }
            }
        });
    }
    threads.join();
}

/// Kills a child in this role after so many answers, and gives back which of them are not there.
fn missing(role: &str, n_lines: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    remember(&audit, &alice(), 0).unwrap();
    audit.close().unwrap();
    let mut child = Child::playing(THIS, role, [("ANNALS_TEST_DATA", folder.path().as_os_str())]);
    let mut said: Vec<String> = (0..n_lines)
        .map_while(|_| match child.next_line() {
            Line::Text(line) => Some(line),
            Line::End => None,
        })
        .collect();
    said.extend(child.kill());
    // The last number may have been cut short by the kill.
    said.pop();
    let audit = Audit::open(folder.path()).unwrap();
    let there: BTreeSet<EntryId> = notes(&audit, &alice()).into_iter().collect();
    let sum = audit.look(&alice(), |shelf| shelf.entry(EntryId::v4([0; 16]))).unwrap().unwrap();
    let n_changed = sum.data.get("sum").and_then(annals::Value::as_u64).unwrap_or(0);
    let n_events = audit.count(&Filter::new().event_type("resource.modified")).unwrap();
    assert_eq!(n_events, there.len() as u64 + n_changed, "each change has its event");
    audit.close().unwrap();
    let report = verify(&folder.path().join("annals.db"), &Options::default(), &mut |_| ()).unwrap();
    assert_eq!(report.findings, []);
    said.iter().filter(|number| !there.contains(&EntryId::v4([number.parse().unwrap(); 16]))).count()
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    if let Some(role) = role() {
        play(std::env::var_os("ANNALS_TEST_DATA").unwrap().as_ref(), &role);
        return;
    }
    for round in 0..rounds(4, 200) {
        assert_eq!(missing("changing", 1 + round * 7 % 60), 0, "round {round}");
    }
    let n_missing: usize = (0..20).map(|round| missing("promising", 1 + round)).sum();
    assert!(n_missing > 0, "the check would not notice an answer that nothing stands behind");
}

#[test]
fn twenty_changes_from_two_processes_are_all_kept() {
    let this = "entries::killed::twenty_changes_from_two_processes_are_all_kept";
    if role().is_some() {
        let audit = Audit::open(std::env::var_os("ANNALS_TEST_DATA").unwrap()).unwrap();
        (0..20).for_each(|_| add(&audit));
        audit.close().unwrap();
        say("done");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    remember(&audit, &alice(), 0).unwrap();
    let mut children = [1, 2]
        .map(|n| Child::playing(this, &format!("changing {n}"), [("ANNALS_TEST_DATA", folder.path().as_os_str())]));
    for child in &mut children {
        assert_eq!(child.line(), "done");
    }
    let entry = audit.look(&alice(), |shelf| shelf.entry(EntryId::v4([0; 16]))).unwrap().unwrap();
    assert_eq!((entry.data.get("sum"), entry.n_changes), (Some(&40.into()), 40));
    audit.close().unwrap();
    let report = verify(&folder.path().join("annals.db"), &Options::default(), &mut |_| ()).unwrap();
    assert_eq!(report.findings, []);
}
