//! Order, counts and idempotence of `append`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use annals_event::{Column, Decision, Event, Outcome, Phase, StoredEvent, Timestamp};
use serde_json::json;

use super::Database;
use super::together::{Work, together};
use super::writing::{created_at, damage, drain, id, of, own, payload, pending, plain, producer, rows, send, send_own};
use crate::{Appended, Batch, ErrorKind, Head, Mark, Origin, Refused, Sheds};

/// `seq` starts at 0, has no hole, and follows `pseq`.
pub fn a_batch_is_numbered_densely_in_its_order(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..10);
    assert_eq!(send(store.as_ref(), producer(1), 0, &payloads[..4]), [0, 1, 2, 3]);
    assert_eq!(send(store.as_ref(), producer(1), 4, &payloads[4..]), [4, 5, 6, 7, 8, 9]);
    let rows = rows(store.as_ref());
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    assert_eq!(rows.iter().map(|row| row.pseq).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row.producer == producer(1)));
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), (0..10).map(id).collect::<Vec<_>>());
    let head = Head { n_events: 10, recorded_at: rows.last().map(|row| row.recorded_at) };
    assert_eq!(store.head().unwrap_or_default(), head);
}

/// Every column comes back as it was handed in, the details byte for byte, and what was not set is absent.
pub fn an_event_is_given_back_as_it_was_handed_in(database: &dyn Database) {
    let store = database.open();
    let mut full = Event::new("tool.completed")
        .phase(Phase::Outcome)
        .outcome(Outcome::Timeout)
        .duration(Duration::from_millis(1_234))
        .occurred_at(Timestamp::from_nanos(-5))
        .details(
            json!({"text": "größe \u{1f980} \" \\ \n", "n": 9_007_199_254_740_991_u64, "z": [], "a": {"b": null}}),
        );
    for column in Column::ALL {
        full = full.text(*column, format!("{} größe", column.name()));
    }
    full = full.decision(Decision::Ask);
    let details = full.details_value().map(ToString::to_string);
    send(store.as_ref(), producer(1), 0, &[payload(0, &full), payload(1, &Event::new("plan_applied"))]);
    let rows = rows(store.as_ref());
    let [stored, bare] = rows.as_slice() else { panic!("two rows, not {}", rows.len()) };
    assert_eq!(
        (stored.event_type.as_str(), stored.phase, stored.outcome),
        ("tool.completed", Phase::Outcome, Some(Outcome::Timeout))
    );
    assert_eq!((stored.duration_ms, stored.occurred_at), (Some(1_234), Some(Timestamp::from_nanos(-5))));
    assert_eq!((stored.id, stored.created_at), (id(0), created_at(0)));
    assert_eq!((stored.space.as_str(), stored.credential.as_deref()), ("default", Some("uid:1000")));
    assert_eq!((stored.n_redacted, stored.erased_by), (0, None));
    assert_eq!(stored.details, details);
    for column in Column::ALL {
        assert_eq!(stored.get(*column), full.get(*column), "{}", column.name());
        assert_eq!(bare.get(*column), None, "{}", column.name());
    }
    assert_eq!((bare.phase, bare.outcome, bare.duration_ms, bare.occurred_at), (Phase::Single, None, None, None));
    assert_eq!(bare.details, None);
    assert_eq!(store.get(id(0)).expect("a read").as_ref(), Some(stored));
}

/// Handing the same batch in again, as after a lost answer, writes nothing.
pub fn a_batch_told_twice_is_written_once(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..20);
    let events = pending(0, &payloads);
    let first = drain(store.as_ref(), &of(producer(1), &events));
    assert!(first.seqs.iter().all(Option::is_some));
    let before = rows(store.as_ref());
    for _ in 0..2 {
        let again = drain(store.as_ref(), &of(producer(1), &events));
        assert_eq!(again.seqs, vec![None; 20]);
        assert_eq!(again.n_gaps, 0);
    }
    assert_eq!(rows(store.as_ref()), before);
    assert_eq!(store.mark(producer(1)).expect("a read"), Mark { next_pseq: 20, n_shed: 0 });
}

/// A producer belongs to the credential that first used it: nobody else adds to it, skips something of it, or buries a part. This machine's own batches are not asked.
pub fn a_producer_belongs_to_whom_first_used_it(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..6);
    let events = pending(0, &payloads);
    let by = |credential, events| Batch { credential: Some(credential), ..of(producer(1), events) };
    // An empty batch belongs to nobody, and makes nothing anybody's.
    assert_eq!(store.append(&by("mallory", &[])).expect("nobody's yet"), Appended::default());
    assert_eq!(drain(store.as_ref(), &by("ann", &events[..2])).seqs, [Some(0), Some(1)]);
    let foreign = |batch: &Batch<'_>| store.append(batch).expect_err("another's").kind();
    for events in [&events[..0], &events[..2], &events[2..4]] {
        assert_eq!(foreign(&by("mallory", events)), ErrorKind::Foreign);
    }
    let lost = [damage(producer(1), 2, 3)];
    assert_eq!(foreign(&Batch { gaps: &lost, ..by("mallory", &[]) }), ErrorKind::Foreign);
    assert_eq!(foreign(&Batch { sheds: Sheds { total: 1, after: None }, ..by("mallory", &[]) }), ErrorKind::Foreign);
    let refused =
        Refused { origin: Origin::Producer(producer(1)), event: events[2], reason: "no", credential: Some("mallory") };
    assert_eq!(store.bury(&refused).expect_err("another's").kind(), ErrorKind::Foreign);
    assert_eq!(rows(store.as_ref()).len(), 2, "nothing was written");
    // What is buried first binds as well.
    let first =
        Refused { origin: Origin::Producer(producer(2)), event: events[0], reason: "no", credential: Some("bob") };
    assert_eq!(store.bury(&first).expect("bob's now"), Some(2));
    assert_eq!(foreign(&Batch { credential: Some("ann"), ..of(producer(2), &events[1..2]) }), ErrorKind::Foreign);
    // So does what was dropped, and it holds after the store was opened again.
    let dropped = Batch { sheds: Sheds { total: 1, after: None }, credential: Some("cleo"), ..of(producer(3), &[]) };
    store.append(&dropped).expect("cleo's now");
    store.close().expect("closed");
    let store = database.open();
    let of_three = Batch { credential: Some("ann"), ..of(producer(3), &events[..1]) };
    assert_eq!(store.append(&of_three).expect_err("cleo's").kind(), ErrorKind::Foreign);
    assert_eq!(drain(store.as_ref(), &by("ann", &events[2..4])).seqs, [Some(4), Some(5)]);
    assert_eq!(drain(store.as_ref(), &of(producer(1), &events[4..])).seqs, [Some(6), Some(7)]);
    // What this machine began is not a stranger's to go on with.
    send(store.as_ref(), producer(4), 0, &plain(10..11));
    let next = plain(11..12);
    let guessed = pending(1, &next);
    let of_four = Batch { credential: Some("mallory"), ..of(producer(4), &guessed) };
    assert_eq!(store.append(&of_four).expect_err("this machine's").kind(), ErrorKind::Foreign);
}

/// A batch that overlaps with what is there adds only what is new, and says which was which.
pub fn what_lies_below_the_mark_is_skipped_and_the_rest_taken(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..10);
    send(store.as_ref(), producer(1), 0, &payloads[..6]);
    let events = pending(3, &payloads[3..]);
    let written = drain(store.as_ref(), &of(producer(1), &events));
    assert_eq!(written.seqs, [None, None, None, Some(6), Some(7), Some(8), Some(9)]);
    assert_eq!(rows(store.as_ref()).len(), 10);
    assert_eq!(store.mark(producer(1)).expect("a read").next_pseq, 10);
    assert_eq!(store.mark(producer(2)).expect("a read"), Mark::default(), "another producer has a mark of its own");
}

/// A hole that nothing covers is an error, names the expected `pseq`, and what lies behind it is not written.
pub fn a_jump_is_refused_and_names_what_is_expected(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..60);
    send(store.as_ref(), producer(1), 0, &payloads[..41]);
    let error = store.append(&of(producer(1), &pending(57, &payloads[57..]))).expect_err("a jump");
    assert_eq!(error.kind(), ErrorKind::Jump);
    assert!(error.to_string().contains("41"), "`{error}` does not name the expected `pseq`");
    assert!(!error.is_retryable());
    // Behind events that can be taken, the jump shows at the latest when it is their turn.
    let mut events = pending(41, &payloads[41..44]);
    events.extend(pending(50, &payloads[50..52]));
    let mut rest = events.as_slice();
    let error = loop {
        match store.append(&of(producer(1), rest)) {
            Ok(appended) => {
                assert!((1..=3).contains(&appended.n_taken), "took {} of 3", appended.n_taken);
                rest = &rest[appended.n_taken..];
            }
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Jump);
    let rows = rows(store.as_ref());
    assert!(rows.iter().all(|row| row.pseq < 44), "something behind the jump was written");
    let next = store.mark(producer(1)).expect("a read").next_pseq;
    assert_eq!(rows.len() as u64, next);
    assert!(error.to_string().contains("44"), "`{error}` does not name the expected `pseq`");
    // A first event that is not 0 is a jump as well.
    let error = store.append(&of(producer(2), &pending(1, &payloads[58..59]))).expect_err("a jump");
    assert_eq!(error.kind(), ErrorKind::Jump);
}

/// A store may take a prefix; coming again with the rest writes each event once and in order.
pub fn a_taken_prefix_can_be_continued_to_the_end(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..10_000);
    let events = pending(0, &payloads);
    let mut rest = events.as_slice();
    let mut seqs = Vec::new();
    while !rest.is_empty() {
        let Appended { n_taken, seqs: new, n_gaps, .. } = store.append(&of(producer(1), rest)).expect("appended");
        assert!(n_taken > 0, "it must come forward");
        assert_eq!((new.len(), n_gaps), (n_taken, 0));
        seqs.extend(new);
        let n_events = store.head().expect("a read").n_events;
        assert_eq!(n_events, seqs.len() as u64, "what was answered is there, and no more");
        rest = &rest[n_taken..];
    }
    assert_eq!(seqs, (0..10_000).map(Some).collect::<Vec<_>>());
}

/// Neither events nor news of a loss: nothing is written, and no producer made up.
pub fn nothing_at_all_writes_nothing(database: &dyn Database) {
    let store = database.open();
    let nothing = Appended::default();
    assert_eq!(store.append(&of(producer(1), &[])).expect("nothing to do"), nothing);
    assert_eq!(store.append(&own(&[])).expect("nothing to do"), nothing);
    assert_eq!(store.head().expect("a read"), Head::default());
}

/// Events through no journal get the database's own producer and its dense count, whatever `pseq` they say, also over several stores.
pub fn own_events_are_counted_by_the_database(database: &dyn Database) {
    let store = database.open();
    let beside = database.open();
    send_own(store.as_ref(), &plain(0..3));
    send(store.as_ref(), producer(1), 0, &plain(3..5));
    send_own(beside.as_ref(), &plain(5..7));
    send_own(store.as_ref(), &plain(7..8));
    let rows = rows(store.as_ref());
    let own: Vec<&StoredEvent> = rows.iter().filter(|row| row.producer != producer(1)).collect();
    assert_eq!(own.iter().map(|row| row.pseq).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(own.iter().map(|row| row.seq).collect::<Vec<_>>(), [0, 1, 2, 5, 6, 7]);
    assert!(own.iter().all(|row| row.producer == own[0].producer), "one own producer");
}

/// Four producers and two threads without a journal at once: dense `seq`, each event once, each producer in order.
pub fn many_threads_and_producers_keep_their_order(database: &dyn Database) {
    let store = database.open();
    let mut works: Vec<Work<()>> = Vec::new();
    for number in 1..=4_u8 {
        let store = Arc::clone(&store);
        works.push((
            format!("producer {number}"),
            Box::new(move || {
                let payloads = plain((0..200).map(|event| u64::from(number) * 1_000 + event));
                for first in (0..200).step_by(20) {
                    send(store.as_ref(), producer(number), first as u64, &payloads[first..first + 20]);
                }
            }),
        ));
    }
    for number in 5..=6_u64 {
        let store = Arc::clone(&store);
        works.push((
            format!("caller {number}"),
            Box::new(move || {
                for event in 0..50 {
                    send_own(store.as_ref(), &plain([number * 1_000 + event]));
                }
            }),
        ));
    }
    together(works);
    let rows = rows(store.as_ref());
    check_order(&rows, 900);
    let ids: std::collections::HashSet<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), 900, "each event once");
}

/// Checks that a log is dense, and each producer's count too and in the same order.
#[track_caller]
fn check_order(rows: &[StoredEvent], n_events: usize) {
    assert_eq!(rows.len(), n_events);
    let mut next: HashMap<_, u64> = HashMap::new();
    for (seq, row) in (0..).zip(rows) {
        assert_eq!(row.seq, seq, "`seq` is dense");
        let next = next.entry(row.producer).or_default();
        assert_eq!(row.pseq, *next, "`pseq` of {} at `seq` {seq}", row.producer);
        *next += 1;
    }
    for pair in rows.windows(2) {
        assert!(pair[0].recorded_at <= pair[1].recorded_at, "`recorded_at` decreases at `seq` {}", pair[1].seq);
    }
}

/// However many batches, threads and stores: the recording time follows `seq`.
pub fn recorded_at_never_decreases(database: &dyn Database) {
    let store = database.open();
    let works = (0..4_u64)
        .map(|number| -> Work<()> {
            let store = Arc::clone(&store);
            (
                format!("caller {number}"),
                Box::new(move || {
                    for event in 0..50 {
                        send_own(store.as_ref(), &plain([number * 1_000 + event]));
                    }
                }),
            )
        })
        .collect();
    together(works);
    let rows = rows(store.as_ref());
    check_order(&rows, 200);
    let head = store.head().expect("a read");
    assert_eq!(head.recorded_at, rows.last().map(|row| row.recorded_at));
    assert!(rows[0].recorded_at > created_at(0), "it is the writer's clock, not the caller's");
    assert!(rows[0].recorded_at < rows[199].recorded_at, "a clock goes on");
}

/// Two stores on one database, as two processes have it, write at once into one log without a lost or doubled number.
pub fn two_stores_on_one_database_share_one_order(database: &dyn Database) {
    let stores = [database.open(), database.open()];
    let works = (0..4_u8)
        .map(|number| -> Work<()> {
            let store = Arc::clone(&stores[usize::from(number % 2)]);
            (
                format!("writer {number}"),
                Box::new(move || {
                    let payloads = plain((0..100).map(|event| u64::from(number) * 1_000 + event));
                    for pseq in 0..100 {
                        // The busy kind is the one error that a writer beside another may meet: it comes again.
                        let batch = Batch {
                            origin: Origin::Producer(producer(number)),
                            events: &pending(pseq as u64, &payloads[pseq..=pseq]),
                            gaps: &[],
                            sheds: Sheds::default(),
                            credential: None,
                        };
                        loop {
                            match store.append(&batch) {
                                Ok(appended) => break assert_eq!(appended.n_taken, 1),
                                Err(error) => assert_eq!(error.kind(), ErrorKind::Busy, "{error}"),
                            }
                        }
                    }
                }),
            )
        })
        .collect();
    together(works);
    let seen = stores.each_ref().map(|store| rows(store.as_ref()));
    check_order(&seen[0], 400);
    assert_eq!(seen[0], seen[1], "both see one log");
    assert_eq!(stores[0].log_ids(), stores[1].log_ids());
}
