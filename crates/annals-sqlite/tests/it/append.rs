//! What a row holds, and how much one append takes.

use std::time::Duration;

use annals_event::{Column, Decision, Event, EventId, Outcome, Phase, Timestamp};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{Batch, BucketWidth, ErrorKind, EventStore, Filter, Mark, Origin, PageRequest, Refused, Sheds};
use serde_json::json;

use crate::support::{
    Place, SetClock, all, append, append_all_of, append_own, check_dense, payload, payloads, pending, plain, producer,
};

#[test]
fn every_column_comes_back_as_it_went_in() {
    let place = Place::new();
    let store = place.open();
    let event = Event::new("guard.denied")
        .operation("op-1")
        .user("ann")
        .on_behalf_of("bob")
        .actor("refactor-bot")
        .agent_version("1.2")
        .model("m-1")
        .client("cli")
        .project("shop")
        .plan("P-7")
        .root_plan("P-1")
        .session("s-1")
        .correlation("c-1")
        .parent("p-1")
        .traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .tool("write_file")
        .resource("src/cart.rs")
        .policy("no-writes")
        .decision(Decision::Deny)
        .approver("eve")
        .host("h-1")
        .phase(Phase::Outcome)
        .outcome(Outcome::Denied)
        .duration(Duration::from_millis(42))
        .occurred_at(Timestamp::from_nanos(-5))
        .details(json!({"lines": 12, "nested": {"text": "ü"}}));
    let bytes = payload(&event);
    let encoded = annals_event::Encoded::decode(&bytes).unwrap();
    let appended = append(&store, producer(1), 0, std::slice::from_ref(&bytes)).unwrap();
    assert_eq!((appended.n_taken, appended.seqs.as_slice(), appended.n_gaps), (1, &[Some(0)][..], 0));

    let row = store.get(encoded.id()).unwrap().unwrap();
    assert_eq!(row.seq, 0);
    assert_eq!(row.id, encoded.id());
    assert_eq!(row.event_type, "guard.denied");
    assert_eq!(row.created_at, encoded.created_at());
    assert_eq!(row.occurred_at, Some(Timestamp::from_nanos(-5)));
    assert_eq!(row.space, "default");
    assert_eq!(row.credential.as_deref(), Some("uid:1000"));
    assert_eq!((row.producer, row.pseq), (producer(1), 0));
    assert_eq!((row.phase, row.outcome, row.duration_ms), (Phase::Outcome, Some(Outcome::Denied), Some(42)));
    assert_eq!((row.n_redacted, row.erased_by), (0, None));
    assert_eq!(row.details.as_deref(), encoded.details());
    for column in Column::ALL {
        assert!(event.get(*column).is_some(), "the test sets every column, and leaves out {}", column.name());
        assert_eq!(row.get(*column), event.get(*column), "{}", column.name());
    }
}

#[test]
fn an_absent_value_is_null_and_stays_so_after_a_full_row() {
    let place = Place::new();
    let store = place.open();
    let full = Event::new("tool.invoked").actor("a").tool("t").details(json!({"k": 1})).outcome(Outcome::Success);
    append(&store, producer(1), 0, &payloads(&[full, Event::new("plan_applied")])).unwrap();
    let rows = all(&store);
    assert_eq!(rows[1].texts.iter().count(), 0);
    assert_eq!((rows[1].outcome, rows[1].details.as_deref()), (None, None));
}

#[test]
fn salts_are_there_and_differ() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(5_000));
    let (n_rows, n_salts, shortest): (i64, i64, i64) = place
        .connection()
        .query_row("SELECT count(*), count(DISTINCT salt), min(length(salt)) FROM event", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!((n_rows, n_salts, shortest), (5_000, 5_000, 32));
}

#[test]
fn a_long_batch_is_taken_in_prefixes() {
    let place = Place::new();
    let store = place.open();
    let many = plain(10_000);
    let first = append(&store, producer(1), 0, &many).unwrap();
    assert!((1..=4_096).contains(&first.n_taken), "took {}", first.n_taken);
    assert_eq!(first.seqs.len(), first.n_taken);
    append_all_of(&store, producer(1), 0, &many);
    let rows = all(&store);
    assert_eq!(rows.len(), 10_000);
    check_dense(&rows);
}

#[test]
fn what_comes_through_no_journal_is_counted_by_the_database() {
    let place = Place::new();
    let store = place.open();
    append_own(&store, &plain(2)).unwrap();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    append_own(&store, &plain(1)).unwrap();
    let rows = all(&store);
    let own = rows[0].producer;
    assert_ne!(own, producer(1));
    assert_eq!(
        rows.iter().map(|row| (row.producer, row.pseq)).collect::<Vec<_>>(),
        [(own, 0), (own, 1), (producer(1), 0), (own, 2)]
    );
    assert_eq!(store.mark(own).unwrap(), Mark { next_pseq: 3, n_shed: 0 });
}

#[test]
fn recorded_at_never_steps_back_with_the_clock() {
    let place = Place::new();
    let clock = SetClock::default();
    clock.set(1_000);
    let store = SqliteStore::open_with_clock(&place.database, OpenMode::ReadWriteCreate, clock.clock()).unwrap();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    clock.set(400);
    append(&store, producer(1), 1, &plain(1)).unwrap();
    clock.set(2_000);
    append(&store, producer(1), 2, &plain(1)).unwrap();
    let times: Vec<i64> = all(&store).iter().map(|row| row.recorded_at.as_nanos()).collect();
    assert_eq!(times, [1_000, 1_000, 2_000]);
    assert_eq!(store.head().unwrap().recorded_at, Some(Timestamp::from_nanos(2_000)));
}

#[test]
fn a_row_refused_for_itself_leaves_nothing_behind_and_is_found_by_halving() {
    let place = Place::new();
    let store = place.open();
    let mut many = plain(20);
    // The same id twice.
    many[13] = many[5].clone();
    let refused = append(&store, producer(1), 0, &many).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RowRefused, "{refused}");
    assert_eq!(store.head().unwrap().n_events, 0);

    let (mut taken, mut buried) = (0, Vec::new());
    while taken < many.len() {
        let events = pending(taken as u64, &many[taken..]);
        let batch = Batch {
            origin: Origin::Producer(producer(1)),
            events: &events,
            gaps: &[],
            sheds: Sheds::default(),
            credential: None,
        };
        let outcome = annals_store::append_all(&store, &batch).unwrap();
        assert!(outcome.appended.n_taken > 0);
        taken += outcome.appended.n_taken;
        buried.extend(outcome.buried);
    }
    assert_eq!(buried, [13]);
    assert_eq!(store.n_dead_letters().unwrap(), 1);
    let rows = all(&store);
    check_dense(&rows);
    assert_eq!(rows.len(), 20, "nineteen events and one gap");
    let gap = rows.iter().find(|row| row.event_type == "audit.gap").unwrap();
    let details = gap.details.as_deref().unwrap();
    assert!(details.contains("\"dead_letter\"") && details.contains("\"first_pseq\":13"), "{details}");
    assert_eq!(store.mark(producer(1)).unwrap().next_pseq, 20);
}

#[test]
fn bytes_that_are_no_event_are_refused_for_themselves_and_buried_once() {
    let place = Place::new();
    let store = place.open();
    let bytes = vec![b"no event at all".to_vec()];
    assert_eq!(append(&store, producer(1), 0, &bytes).unwrap_err().kind(), ErrorKind::RowRefused);
    let events = pending(0, &bytes);
    let refused =
        Refused { origin: Origin::Producer(producer(1)), event: events[0], reason: "unreadable", credential: None };
    assert_eq!(store.bury(&refused).unwrap(), Some(0));
    assert_eq!(store.bury(&refused).unwrap(), None);
    assert_eq!((store.n_dead_letters().unwrap(), store.head().unwrap().n_events), (1, 1));
    let kept: Vec<u8> = place.connection().query_row("SELECT payload FROM dead_letter", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, bytes[0]);
}

#[test]
fn burying_beyond_the_mark_is_a_jump() {
    let place = Place::new();
    let store = place.open();
    let bytes = plain(1);
    let events = pending(3, &bytes);
    let refused = Refused { origin: Origin::Producer(producer(1)), event: events[0], reason: "r", credential: None };
    let error = store.bury(&refused).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Jump);
    assert!(error.to_string().contains("expected is 0"), "{error}");
    assert_eq!(store.n_dead_letters().unwrap(), 0);
}

#[test]
fn after_close_every_call_says_so() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    store.close().unwrap();
    store.close().unwrap();
    let id = EventId::from_bytes([0; 16]);
    let kinds = [
        append(&store, producer(1), 1, &plain(1)).unwrap_err().kind(),
        store.head().unwrap_err().kind(),
        store.get(id).unwrap_err().kind(),
        store.query(&Filter::new(), &PageRequest::default()).unwrap_err().kind(),
        store.count(&Filter::new()).unwrap_err().kind(),
        store.stats(&Filter::new(), BucketWidth::HOUR).unwrap_err().kind(),
        store.sessions(&Filter::new(), &PageRequest::default()).unwrap_err().kind(),
        store.mark(producer(1)).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Closed; 8]);
}

#[test]
fn an_empty_batch_writes_nothing() {
    let place = Place::new();
    let store = place.open();
    let appended = append(&store, producer(1), 0, &[]).unwrap();
    assert_eq!((appended.n_taken, appended.n_gaps), (0, 0));
    let n_producers: i64 = place.connection().query_row("SELECT count(*) FROM producer", [], |row| row.get(0)).unwrap();
    assert_eq!(n_producers, 0);
}
