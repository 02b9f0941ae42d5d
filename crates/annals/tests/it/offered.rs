//! Offering: never a wait, nothing dropped without a count, and intents that belong to their process.

use std::sync::Arc;
use std::time::Duration;

use annals::store::ErrorKind as StoreErrorKind;
use annals::{Audit, ErrorKind, Event, Filter, Outcome, PageRequest, Phase, ReceiptState, Settings, json};
use annals_testkit::{HeldStore, Memory, PATIENCE, SmallDisk, in_time, until};

fn event(number: u64) -> Event {
    Event::new("tool.invoked").tool("read_file").details(json!({ "number": number }))
}

/// How many events the gaps of this log declare as dropped.
fn n_declared(audit: &Audit) -> u64 {
    let gaps = audit.query(&Filter::new().event_type("audit.gap"), &PageRequest::default()).unwrap().events;
    gaps.iter()
        .map(|gap| {
            let details: annals::Value = serde_json::from_str(gap.details.as_deref().unwrap()).unwrap();
            assert_eq!(details["reason"], "shed", "{details}");
            details["count"].as_u64().unwrap()
        })
        .sum()
}

#[test]
fn what_a_full_journal_does_not_take_is_dropped_counted_and_declared() {
    let folder = tempfile::tempdir().unwrap();
    let store = HeldStore::over(Memory::new().store());
    let opened = Arc::clone(&store);
    // Whoever waits, waits for ever, and fails the test at its deadline.
    let settings = Settings::new(folder.path()).queue_maxsize(4).record_timeout(None);
    let audit = Audit::with_opener(&settings, move || Ok(Arc::clone(&opened) as _)).unwrap();
    store.hold();
    let offering = audit.clone();
    let receipts =
        in_time("ten offers", move || (0..10).map(|n| offering.offer(event(n)).unwrap()).collect::<Vec<_>>());
    let states: Vec<_> = receipts.iter().map(annals::Receipt::state).collect();
    assert_eq!(states[..4], [ReceiptState::Accepted; 4]);
    assert_eq!(states[4..], [ReceiptState::Shed; 6]);
    assert_eq!(receipts[9].wait_durable(PATIENCE).unwrap_err().kind(), ErrorKind::Shed);
    assert_eq!(audit.health().shed, 6);
    store.release();
    audit.flush().unwrap();
    until("the gap", PATIENCE, || n_declared(&audit) == 6);
    assert_eq!(audit.count(&Filter::new().event_type("tool.invoked")).unwrap(), 4);
    // Room is given back a moment after the events are durable.
    until("room", PATIENCE, || audit.offer(event(10)).unwrap().state() != ReceiptState::Shed);
}

#[test]
fn what_a_hopeless_database_refuses_is_declared_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::new();
    let store = HeldStore::over(memory.store());
    let opened = Arc::clone(&store);
    let settings = Settings::new(folder.path()).close_timeout(Duration::from_millis(50));
    let audit = Audit::with_opener(&settings, move || Ok(Arc::clone(&opened) as _)).unwrap();
    store.break_down(StoreErrorKind::Jump);
    audit.offer(event(0)).unwrap().wait_durable(PATIENCE).unwrap_err();
    for n in 1..4 {
        assert_eq!(audit.offer(event(n)).unwrap().state(), ReceiptState::Shed);
    }
    drop(audit);
    let next = Audit::with_opener(&settings, move || Ok(memory.store())).unwrap();
    next.record(event(4)).unwrap().wait_durable(PATIENCE).unwrap();
    until("the gap", PATIENCE, || n_declared(&next) == 3);
    assert_eq!(next.count(&Filter::new().event_type("tool.invoked")).unwrap(), 2);
}

#[test]
fn a_full_disk_makes_no_offer_wait_or_fail() {
    SmallDisk::run("offered::a_full_disk_makes_no_offer_wait_or_fail", 8 << 20, |disk| {
        let settings = Settings::new(disk.path().join("trail")).journal_bytes(1 << 20).record_timeout(None);
        let audit = Audit::with_settings(&settings).unwrap();
        audit.offer(event(0)).unwrap().wait_durable(PATIENCE).unwrap();
        let filling = disk.fill();
        let offering = audit.clone();
        let filler = "x".repeat(10_000);
        let (n_accepted, n_shed) = in_time("offers over a full disk", move || {
            let mut n = [0_u64; 2];
            for _ in 0..400 {
                let large = Event::new("tool.invoked").details(json!({ "filler": filler }));
                match offering.offer(large).unwrap().state() {
                    ReceiptState::Shed => n[1] += 1,
                    _ => n[0] += 1,
                }
            }
            (n[0], n[1])
        });
        assert!(0 < n_accepted && 0 < n_shed, "{n_accepted} accepted, {n_shed} dropped");
        drop(filling);
        until("the gap", PATIENCE, || n_declared(&audit) == n_shed);
        audit.flush().unwrap();
        assert_eq!(audit.count(&Filter::new().event_type("tool.invoked")).unwrap(), 1 + n_accepted);
    });
}

#[test]
fn a_bad_offer_is_an_error_and_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::open(&data).unwrap();
    let error = audit.offer(Event::new("tool.envoked")).unwrap_err();
    assert_eq!((error.kind(), error.into_event()), (ErrorKind::UnknownType, Some(Event::new("tool.envoked"))));
    assert!(!data.exists());
    audit.close().unwrap();
    assert_eq!(audit.offer(event(0)).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn an_offered_intent_belongs_to_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let intent = |id: &str| event(0).operation(id).phase(Phase::Intent);
    let audit = Audit::open(folder.path()).unwrap();
    audit.offer(intent("left open")).unwrap();
    audit.offer(intent("ended")).unwrap();
    audit.offer(event(0).operation("ended").phase(Phase::Outcome).outcome(Outcome::Success)).unwrap();
    // The control: whose intent this is, nobody knows, so that it stays open for a day.
    audit.record(intent("a hook's")).unwrap();
    audit.close().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    let ended = audit.query(&Filter::new().outcome(Outcome::Unknown), &PageRequest::default()).unwrap().events;
    let ids: Vec<_> = ended.iter().map(|row| row.get(annals::Column::OperationId)).collect();
    assert_eq!(ids, [Some("left open")]);
}

#[test]
fn without_a_journal_an_offer_is_one_attempt() {
    let store = HeldStore::over(Memory::new().store());
    let audit = Audit::with_store(Arc::clone(&store) as _).unwrap();
    store.break_down(StoreErrorKind::Busy);
    let offering = audit.clone();
    let error = in_time("the offer", move || offering.offer(event(0)).unwrap_err());
    assert_eq!((error.kind(), store.n_appends()), (ErrorKind::Busy, 1));
    store.mend();
    let state = audit.offer(event(0)).unwrap().state();
    assert!(matches!(state, ReceiptState::Durable | ReceiptState::Sealed), "{state:?}");
}
