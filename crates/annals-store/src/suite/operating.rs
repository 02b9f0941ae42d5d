//! Operations that nobody ended.

use annals_event::{Column, Event, Outcome, Phase, ProducerId, StoredEvent, Timestamp};

use super::Database;
use super::writing::{begun, drain, in_space, own, payload, pending, producer, rows, send, send_own};
use crate::{Batch, EventStore, Filter, OpenOperations, Origin};

/// Later than anything that a test records.
const MUCH_LATER: Timestamp = Timestamp::from_nanos(i64::MAX);

fn intent(operation: &str) -> Event {
    Event::new("tool.invoked").tool("write_file").operation(operation).phase(Phase::Intent)
}

fn outcome(operation: &str) -> Event {
    Event::new("tool.invoked").tool("write_file").operation(operation).phase(Phase::Outcome).outcome(Outcome::Success)
}

fn end(store: &dyn EventStore, which: OpenOperations) -> u64 {
    store.end_operations(which).expect("ended")
}

/// The outcomes `unknown` of the log.
fn unknown(store: &dyn EventStore) -> Vec<StoredEvent> {
    super::writing::all(store, &Filter::new().outcome(Outcome::Unknown))
}

fn operations(rows: &[StoredEvent]) -> Vec<&str> {
    rows.iter().filter_map(|row| row.get(Column::OperationId)).collect()
}

fn owned_by<'a>(owner: ProducerId, batch: &Batch<'a>) -> Batch<'a> {
    Batch { origin: Origin::Own { owner: Some(owner) }, ..batch.clone() }
}

/// Intents made by `begin()` belong to their process, through its journal or without one, and end when it is gone; once.
pub fn what_a_dead_process_began_ends_unknown(database: &dyn Database) {
    let store = database.open();
    send(
        store.as_ref(),
        producer(1),
        0,
        &[begun(0, &intent("journal")), begun(1, &intent("done")), payload(2, &outcome("done"))],
    );
    let payloads = [begun(3, &intent("synchronous"))];
    drain(store.as_ref(), &owned_by(producer(1), &own(&pending(0, &payloads))));
    send(store.as_ref(), producer(2), 0, &[begun(4, &intent("alive"))]);
    send(store.as_ref(), producer(1), 3, &[payload(5, &intent("wire"))]);
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(1))), 2);
    let ended = unknown(store.as_ref());
    assert_eq!(operations(&ended), ["journal", "synchronous"]);
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(1))), 0, "once");
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(9))), 0, "of somebody unknown");
    assert_eq!(unknown(store.as_ref()), ended);
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(2))), 1, "the other's were left alone");
}

/// Intents that came over a wire or a hook end with their session, in the same space alone; those of a process go on.
pub fn what_nobody_owns_ends_with_its_session(database: &dyn Database) {
    let store = database.open();
    let of = |session: &str, operation: &str| intent(operation).session(session);
    let ended = |session: &str| Event::new("session.ended").session(session);
    send(store.as_ref(), producer(1), 0, &[payload(0, &of("s-1", "early")), payload(1, &of("s-1", "done"))]);
    send(
        store.as_ref(),
        producer(2),
        0,
        &[begun(2, &of("s-1", "owned")), in_space("other", 3, &of("s-1", "elsewhere"))],
    );
    send(store.as_ref(), producer(1), 2, &[payload(4, &outcome("done")), payload(5, &of("s-2", "next door"))]);
    send(
        store.as_ref(),
        producer(1),
        4,
        &[payload(6, &of("s-1", "late")), payload(7, &ended("s-1")), payload(8, &ended("s-1"))],
    );
    let unknown = unknown(store.as_ref());
    assert_eq!(operations(&unknown), ["early", "late"]);
    assert!(unknown.iter().all(|row| row.get(Column::SessionId) == Some("s-1") && row.phase == Phase::Outcome));
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)), 2, "`next door` and `elsewhere`");
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(2))), 1, "`owned`");
}

/// Intents that came over a wire belong to nobody and end by their age.
pub fn what_nobody_owns_ends_when_it_is_old(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &[payload(0, &intent("old")), begun(1, &intent("owned"))]);
    send_own(store.as_ref(), &[payload(2, &intent("old too"))]);
    let old = rows(store.as_ref());
    // The boundary is exclusive: an intent of this very moment is not before it.
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(old[0].recorded_at)), 0);
    let young = loop {
        // The clock must have gone on, or "before" means nothing.
        let number = store.head().expect("a read").n_events + 10;
        let seq = send_own(store.as_ref(), &[payload(number, &intent("young"))])[0];
        let row = rows(store.as_ref()).remove(usize::try_from(seq).expect("few rows"));
        if row.recorded_at > old[2].recorded_at {
            break row;
        }
    };
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(young.recorded_at)), 2);
    assert_eq!(operations(&unknown(store.as_ref())), ["old", "old too"]);
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(young.recorded_at)), 0, "once");
    assert!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)) >= 1);
    assert!(!operations(&unknown(store.as_ref())).contains(&"owned"), "what somebody owns has no age");
}

/// An outcome ends its operation, whoever sends it and through whatever way in; a single event opens none.
pub fn an_ended_operation_is_not_open(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &[begun(0, &intent("a")), begun(1, &intent("b")), payload(2, &intent("c"))]);
    send(store.as_ref(), producer(1), 3, &[payload(3, &outcome("a"))]);
    send(store.as_ref(), producer(2), 0, &[payload(4, &outcome("b"))]);
    send_own(store.as_ref(), &[payload(5, &outcome("c"))]);
    send_own(
        store.as_ref(),
        &[payload(6, &Event::new("tool.invoked").operation("d")), payload(7, &outcome("never begun"))],
    );
    // An intent and its outcome in one batch leave nothing open either.
    send(store.as_ref(), producer(2), 1, &[begun(8, &intent("e")), payload(9, &outcome("e"))]);
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(1))), 0);
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(2))), 0);
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)), 0);
    assert!(unknown(store.as_ref()).is_empty());
}

/// An id may be used again, once its operation has ended: whether by its outcome or as `unknown`, in the same batch or later.
pub fn an_operation_whose_id_was_used_before_is_open(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &[payload(0, &intent("later")), payload(1, &outcome("later"))]);
    send(store.as_ref(), producer(1), 2, &[payload(2, &intent("later"))]);
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)), 1, "used again in a later batch");
    let twice = [payload(3, &intent("at once")), payload(4, &outcome("at once")), begun(5, &intent("at once"))];
    send(store.as_ref(), producer(2), 0, &twice);
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(2))), 1, "used again in one batch");
    let told = [begun(6, &intent("told twice")), begun(7, &intent("told twice"))];
    send(store.as_ref(), producer(2), 3, &told);
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(2))), 1, "an open operation is opened once");
    assert_eq!(operations(&unknown(store.as_ref())), ["later", "at once", "told twice"]);
}

/// An outcome may overtake its intent, where the two travel by different journals; then nothing is open.
pub fn an_operation_whose_outcome_came_first_is_not_open(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &[payload(1, &outcome("first"))]);
    send(store.as_ref(), producer(2), 0, &[begun(0, &intent("first"))]);
    send(store.as_ref(), producer(1), 1, &[payload(3, &outcome("at once")), payload(2, &intent("at once"))]);
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(2))), 0);
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)), 0);
    // In another space the outcome is another operation's.
    send(store.as_ref(), producer(2), 1, &[in_space("other", 4, &intent("first"))]);
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)), 1);
}

/// An operation's id is a caller's word: in two spaces it names two operations.
pub fn operations_of_two_spaces_are_two(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &[in_space("a", 0, &intent("same")), in_space("b", 1, &intent("same"))]);
    send(store.as_ref(), producer(1), 2, &[in_space("a", 2, &outcome("same"))]);
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)), 1);
    let ended = unknown(store.as_ref());
    assert_eq!(ended.iter().map(|row| row.space.as_str()).collect::<Vec<_>>(), ["b"]);
}

/// The outcome says who and where as its intent did, and is Annals' own in everything else.
pub fn an_unknown_outcome_copies_who_and_where(database: &dyn Database) {
    let store = database.open();
    let mut begin = Event::new("resource_modified").phase(Phase::Intent).details(serde_json::json!({"lines": 12}));
    for column in Column::ALL {
        begin = begin.text(*column, format!("{} of the intent", column.name()));
    }
    begin = begin.decision(annals_event::Decision::Allow);
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    begin = begin.traceparent(traceparent);
    send(store.as_ref(), producer(1), 0, &[in_space("team", 0, &begin)]);
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)), 1);
    let rows = rows(store.as_ref());
    let [intent, ended] = rows.as_slice() else { panic!("two rows, not {}", rows.len()) };
    assert_eq!((ended.phase, ended.outcome), (Phase::Outcome, Some(Outcome::Unknown)));
    assert_eq!(ended.event_type, intent.event_type);
    for column in Column::ALL {
        assert_eq!(ended.get(*column), intent.get(*column), "{}", column.name());
    }
    assert_eq!((&ended.space, &ended.credential), (&intent.space, &intent.credential));
    assert_ne!((ended.id, ended.producer), (intent.id, intent.producer));
    assert_eq!((ended.pseq, ended.duration_ms), (0, None));
    assert!(ended.recorded_at >= intent.recorded_at);
}

/// What is open is kept in the database, not in a store.
pub fn operations_stay_open_across_a_reopening(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &[begun(0, &intent("a")), payload(1, &intent("b"))]);
    store.close().expect("closed");
    let store = database.open();
    assert_eq!(end(store.as_ref(), OpenOperations::OwnedBy(producer(1))), 1);
    assert_eq!(end(store.as_ref(), OpenOperations::UnownedBefore(MUCH_LATER)), 1);
    assert_eq!(operations(&unknown(store.as_ref())), ["a", "b"]);
}
