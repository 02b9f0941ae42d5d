//! Operations that nobody ended.

use annals_event::{Column, Event, Outcome, Phase, Timestamp};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{Batch, EventStore, OpenOperations, Origin, Sheds};

use crate::support::{Place, SetClock, all, append, begun, check_dense, payload, pending, producer, stamped};

fn intent(operation: &str) -> Event {
    Event::new("tool.invoked").phase(Phase::Intent).operation(operation).tool("Bash").actor("bot").session("s-1")
}

fn outcome(operation: &str) -> Event {
    Event::new("tool.invoked").phase(Phase::Outcome).operation(operation).outcome(Outcome::Success)
}

#[test]
fn operations_of_a_dead_process_end_once_as_unknown() {
    let place = Place::new();
    let store = place.open();
    let events = [begun(&intent("a")), begun(&intent("b")), payload(&outcome("a")), payload(&intent("wire"))];
    append(&store, producer(1), 0, &events).unwrap();
    append(&store, producer(2), 0, &[begun(&intent("other"))]).unwrap();

    assert_eq!(store.end_operations(OpenOperations::OwnedBy(producer(1))).unwrap(), 1);
    assert_eq!(store.end_operations(OpenOperations::OwnedBy(producer(1))).unwrap(), 0);
    let rows = all(&store);
    check_dense(&rows);
    let ended = rows.last().unwrap();
    assert_eq!(ended.event_type, "tool.invoked");
    assert_eq!((ended.phase, ended.outcome), (Phase::Outcome, Some(Outcome::Unknown)));
    assert_eq!(ended.get(Column::OperationId), Some("b"));
    assert_eq!((ended.get(Column::Tool), ended.get(Column::ActorName)), (Some("Bash"), Some("bot")));
    assert_eq!((ended.space.as_str(), ended.credential.as_deref()), ("default", Some("uid:1000")));
    assert_ne!(ended.producer, producer(1));
    assert_eq!(rows.len(), 6);
}

#[test]
fn unowned_operations_end_by_their_age() {
    let place = Place::new();
    let clock = SetClock::default();
    let store = SqliteStore::open_with_clock(&place.database, OpenMode::ReadWriteCreate, clock.clock()).unwrap();
    clock.set(100);
    append(&store, producer(1), 0, &[payload(&intent("old")), begun(&intent("owned"))]).unwrap();
    clock.set(200);
    append(&store, producer(1), 2, &[payload(&intent("young"))]).unwrap();
    let before = OpenOperations::UnownedBefore(Timestamp::from_nanos(200));
    assert_eq!(store.end_operations(before).unwrap(), 1);
    assert_eq!(all(&store).last().unwrap().get(Column::OperationId), Some("old"));
    assert_eq!(store.end_operations(before).unwrap(), 0);
}

#[test]
fn a_presence_owns_what_came_through_no_journal() {
    let place = Place::new();
    let store = place.open();
    let payloads = [begun(&intent("mine"))];
    let events = pending(0, &payloads);
    let origin = Origin::Own { owner: Some(producer(9)) };
    store.append(&Batch { origin, events: &events, gaps: &[], sheds: Sheds::default(), credential: None }).unwrap();
    assert_eq!(store.end_operations(OpenOperations::OwnedBy(producer(9))).unwrap(), 1);
}

#[test]
fn the_same_operation_id_in_two_spaces_is_two_operations() {
    let place = Place::new();
    let store = place.open();
    let events = [
        stamped(&intent("op"), "one", true),
        stamped(&intent("op"), "two", true),
        stamped(&outcome("op"), "one", false),
    ];
    append(&store, producer(1), 0, &events).unwrap();
    assert_eq!(store.end_operations(OpenOperations::OwnedBy(producer(1))).unwrap(), 1);
    assert_eq!(all(&store).last().unwrap().space, "two");
}

#[test]
fn an_outcome_that_came_first_leaves_nothing_open() {
    let place = Place::new();
    let store = place.open();
    let (intent, outcome) = (begun(&intent("op")), payload(&outcome("op")));
    append(&store, producer(1), 0, &[outcome]).unwrap();
    append(&store, producer(2), 0, &[intent]).unwrap();
    assert_eq!(store.end_operations(OpenOperations::OwnedBy(producer(2))).unwrap(), 0);
}

#[test]
fn more_operations_than_one_transaction_ends_are_all_ended() {
    let place = Place::new();
    let store = place.open();
    let intents: Vec<_> = (0..2_500).map(|n| begun(&intent(&format!("op-{n}")))).collect();
    crate::support::append_all_of(&store, producer(1), 0, &intents);
    assert_eq!(store.end_operations(OpenOperations::OwnedBy(producer(1))).unwrap(), 2_500);
    let n_open: i64 =
        place.connection().query_row("SELECT count(*) FROM open_operation", [], |row| row.get(0)).unwrap();
    assert_eq!((n_open, store.head().unwrap().n_events), (0, 5_000));
}

#[test]
fn a_session_of_many_operations_ends_them_all_in_more_than_one_transaction() {
    let place = Place::new();
    let store = place.open();
    let intents: Vec<_> = (0..2_500).map(|n| payload(&intent(&format!("op-{n}")))).collect();
    crate::support::append_all_of(&store, producer(1), 0, &intents);
    // The event that follows in the same batch shows where the first transaction ends.
    let events = [payload(&Event::new("session.ended").session("s-1")), payload(&Event::new("plan_applied"))];
    append(&store, producer(1), 2_500, &events).unwrap();
    let rows = all(&store);
    check_dense(&rows);
    assert_eq!(rows.iter().filter(|row| row.outcome == Some(Outcome::Unknown)).count(), 2_500);
    let n_before = rows.iter().position(|row| row.event_type == "plan_applied").unwrap() - 2_501;
    assert_eq!(n_before, 1_000, "so many ended in the transaction of `session.ended`");
}

#[test]
fn sessions_whose_own_ends_are_open_end_one_by_one() {
    let place = Place::new();
    let store = place.open();
    // Each is an operation of its session; its outcome is one more `session.ended`.
    let open = |n| Event::new("session.ended").session("s-1").phase(Phase::Intent).operation(format!("op-{n}"));
    let intents: Vec<_> = (0..900).map(|n| payload(&open(n))).collect();
    crate::support::append_all_of(&store, producer(1), 0, &intents);
    append(&store, producer(1), 900, &[payload(&Event::new("session.ended").session("s-1"))]).unwrap();
    let rows = all(&store);
    check_dense(&rows);
    let ended: Vec<_> = rows[901..].iter().filter_map(|row| row.get(Column::OperationId)).collect();
    assert_eq!(ended, (0..900).map(|n| format!("op-{n}")).collect::<Vec<_>>(), "in their order");
}
