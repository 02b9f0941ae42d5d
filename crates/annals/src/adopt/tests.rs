//! What dead processes left becomes durable, whatever state it is in, and nobody else waits for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use annals_event::{Event, PAYLOAD_FORMAT};
use annals_journal::{Config, Found, Journal, Target, Wait};
use annals_store::{EventStore, Filter, PageRequest};
use annals_testkit::{Child, HeldStore, Memory, PATIENCE, role, say, until};

use super::{Adopter, Looked};
use crate::{Audit, HealthState, Settings, WaitingState};

fn event(number: u64) -> Event {
    Event::new("plan_applied").plan(format!("P-{number}"))
}

/// A data directory that only a store in memory is kept for.
fn data() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    (folder, data)
}

fn service(settings: &Settings, store: &Arc<HeldStore>) -> Audit {
    let given = Arc::clone(store);
    Audit::with_opener(settings, move || Ok(Arc::clone(&given) as Arc<dyn EventStore>)).unwrap()
}

fn leave(data: &Path, n_events: u64) {
    let audit = Audit::open(data).unwrap();
    for number in 0..n_events {
        audit.leave(event(number)).unwrap();
    }
}

/// So many encoded events, and for whom they are.
fn payloads(data: &Path, n_events: u64) -> (Target, Vec<Vec<u8>>) {
    leave(data, n_events);
    let mut adoption = annals_journal::adopt(&data.join("journal"), PAYLOAD_FORMAT).unwrap();
    let mut target = None;
    let mut payloads = Vec::new();
    while let Some(orphan) = adoption.next_orphan(&|_| true) {
        let mut orphan = orphan.unwrap();
        target = Some(*orphan.target());
        payloads.extend(orphan.read().map(|found| match found.unwrap() {
            Found::Record { payload, .. } => payload,
            damaged @ Found::Damaged { .. } => panic!("{damaged:?}"),
        }));
        orphan.remove().unwrap();
    }
    (target.unwrap(), payloads)
}

const N_EVENTS: u64 = 50;
const N_FREED: u64 = 5;

/// Leaves a dead journal of `N_EVENTS` events in two segments, as a process does that was killed when all but the first `N_FREED` of them waited.
fn leave_two_segments(data: &Path) -> Vec<PathBuf> {
    let (target, payloads) = payloads(data, N_EVENTS);
    let n_bytes: usize = payloads.iter().map(|payload| payload.len() + 20).sum();
    let max_bytes = n_bytes as u64 * 95 / 100;
    let journal =
        Journal::create(Config { max_bytes, ..Config::new(data.join("journal"), target, PAYLOAD_FORMAT) }).unwrap();
    for (number, payload) in (0..).zip(&payloads) {
        journal.free(N_FREED.min(number), 0);
        journal.append(payload, &Wait::default()).unwrap();
    }
    drop(journal);
    let mut segments: Vec<PathBuf> =
        fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().path()).collect();
    segments.sort();
    assert_eq!(segments.len(), 2, "{segments:?}");
    segments
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// Looks until there is nothing more, and answers the service.
fn adopt_all(settings: &Settings, store: &Arc<HeldStore>) -> Audit {
    let audit = service(settings, store);
    let mut adopter = Adopter::default();
    until("everything is looked at", PATIENCE, || adopter.look(audit.core(), &|| false) == Looked::Everywhere);
    audit
}

fn n_drained(audit: &Audit) -> u64 {
    audit.count(&Filter::new().event_type("plan_applied")).unwrap()
}

/// The details of all declared losses.
fn gaps(audit: &Audit) -> Vec<String> {
    let page = audit.query(&Filter::new().event_type("audit.gap"), &PageRequest::default()).unwrap();
    page.events.into_iter().filter_map(|event| event.details).collect()
}

#[test]
fn readable_events_behind_an_unreadable_header_are_not_declared_lost() {
    let (_folder, data) = data();
    let segments = leave_two_segments(&data);
    change(&segments[0], |bytes| bytes[..512].fill(0));
    let store = HeldStore::over(Memory::new().store());
    let audit = adopt_all(&Settings::new(&data).batch_max(10), &store);
    assert_eq!((n_drained(&audit), gaps(&audit)), (N_EVENTS, Vec::new()));
    assert!(audit.waiting().unwrap().is_empty());
}

#[test]
fn a_journal_that_begins_nobody_knows_where_is_no_jump_for_ever() {
    let (_folder, data) = data();
    let segments = leave_two_segments(&data);
    fs::remove_file(&segments[0]).unwrap();
    change(&segments[1], |bytes| bytes[256..288].fill(0x55));
    let store = HeldStore::over(Memory::new().store());
    let audit = adopt_all(&Settings::new(&data), &store);
    let n_drained = n_drained(&audit);
    assert!(0 < n_drained && n_drained < N_EVENTS);
    let [gap] = gaps(&audit).try_into().unwrap();
    let gap: serde_json::Value = gap.parse().unwrap();
    assert_eq!((&gap["reason"], &gap["first_pseq"]), (&"target_lost".into(), &0.into()), "{gap}");
    assert_eq!(gap["last_pseq"].as_u64(), Some(N_EVENTS - n_drained - 1), "{gap}");
    assert!(audit.waiting().unwrap().is_empty());
}

#[test]
fn a_look_is_interrupted_and_goes_on_where_it_was() {
    let (_folder, data) = data();
    leave_two_segments(&data);
    leave(&data, 3);
    let store = HeldStore::over(Memory::new().store());
    let audit = service(&Settings::new(&data).batch_max(10), &store);
    let mut adopter = Adopter::default();
    let mut n_looks = 1;
    while adopter.look(audit.core(), &|| true) == Looked::SoFar {
        n_looks += 1;
        assert!(n_looks < 100, "it does not come to its end");
    }
    // Five steps for the fifty, three for the others, and one to see that this was all.
    assert!(8 <= n_looks, "{n_looks}");
    assert_eq!((n_drained(&audit), gaps(&audit)), (N_EVENTS + 3, Vec::new()));
    assert_eq!(store.n_settles(), 0, "what it has written itself is no doubt of somebody else's");
}

#[test]
fn what_a_dead_process_may_have_doubted_is_settled_before_its_journal_goes() {
    let (folder, data) = data();
    let segments = leave_two_segments(&data);
    let copies: Vec<PathBuf> = (0..2).map(|number| folder.path().join(format!("copy-{number}"))).collect();
    for (segment, copy) in segments.iter().zip(&copies) {
        fs::copy(segment, copy).unwrap();
    }
    let store = HeldStore::over(Memory::new().store());
    let audit = adopt_all(&Settings::new(&data), &store);
    assert_eq!((n_drained(&audit), store.n_settles()), (N_EVENTS, 0));
    for (segment, copy) in segments.iter().zip(&copies) {
        fs::copy(copy, segment).unwrap();
    }
    super::look(audit.core());
    assert_eq!((n_drained(&audit), store.n_settles()), (N_EVENTS, 1));
    assert!(audit.waiting().unwrap().is_empty());
}

#[test]
fn a_store_that_panics_over_an_orphan_does_not_end_the_writer() {
    let (_folder, data) = data();
    leave(&data, 1);
    let store = HeldStore::over(Memory::new().store());
    store.panic_next(1);
    let audit = service(&Settings::new(&data), &store);
    audit.record(Event::new("session.ended")).unwrap().wait_durable(PATIENCE).unwrap();
    assert_eq!((audit.health().state, n_drained(&audit)), (HealthState::Ok, 0));
    super::look(audit.core());
    assert_eq!(n_drained(&audit), 1);
}

#[test]
fn own_events_do_not_wait_for_a_long_adoption() {
    let (_folder, data) = data();
    let n_left = 1_000;
    leave(&data, n_left);
    let settings = Settings::new(&data).queue_maxsize(4).record_timeout(Some(Duration::from_millis(400)));
    let audit = Audit::with_settings(&settings).unwrap();
    let n_dead = || audit.waiting().unwrap().iter().filter(|journal| journal.state == WaitingState::Dead).count();
    for _ in 0..20 {
        audit.record(Event::new("session.ended")).unwrap();
    }
    audit.flush().unwrap();
    assert!(0 < n_dead(), "the adoption was too quick to be waited for");
    // The last one is nobody's dead any more while it is adopted.
    until("all of it is adopted", PATIENCE, || n_drained(&audit) == n_left);
    audit.close().unwrap();
}

#[test]
fn a_thousand_journals_are_adopted_with_few_open_files() {
    let test = "adopt::tests::a_thousand_journals_are_adopted_with_few_open_files";
    let n_left = 1_500;
    if role().is_some() {
        let data = PathBuf::from(std::env::var("DATA").unwrap());
        let audit = adopt_all(&Settings::new(&data), &HeldStore::over(Memory::new().store()));
        say(format!("{} {:?}", n_drained(&audit), audit.waiting().unwrap()));
        return;
    }
    let (_folder, data) = data();
    leave(&data, n_left);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 64 && exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
    let mut child = Child::playing_by(shell, test, "adopter", [("DATA", &data)]);
    assert_eq!(child.line(), format!("{n_left} []"));
}

#[test]
fn a_journal_with_newer_payloads_is_called_newer_and_left_alone() {
    let (_folder, data) = data();
    let (target, payloads) = payloads(&data, 1);
    let newer = PAYLOAD_FORMAT + 1;
    annals_journal::leave(&data.join("journal"), &target, newer, &payloads[0]).unwrap();
    let audit = adopt_all(&Settings::new(&data), &HeldStore::over(Memory::new().store()));
    let waiting = audit.waiting().unwrap();
    assert_eq!((waiting[0].state, waiting[0].n_events), (WaitingState::Newer(newer), 1));
    assert_eq!(n_drained(&audit), 0);
}
