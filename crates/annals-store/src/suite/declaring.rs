//! Losses: gaps, drops and refused events, each declared once.

use annals_event::{Column, Event, Gap, GapReason, GapSpan};

use super::Database;
use super::writing::{damage, drain, gaps, id, of, own, payload, pending, plain, producer, rows, send, send_own};
use crate::{Batch, ErrorKind, EventStore, Filter, Mark, Origin, Pending, Refused, Sheds};

/// A batch of one producer with gaps.
fn with_gaps<'a>(number: u8, events: &'a [Pending<'a>], gaps: &'a [Gap]) -> Batch<'a> {
    Batch { gaps, ..of(producer(number), events) }
}

fn with_sheds<'a>(events: &'a [Pending<'a>], total: u64, after: Option<u64>) -> Batch<'a> {
    Batch { sheds: Sheds { total, after }, ..of(producer(1), events) }
}

fn declared(store: &dyn EventStore) -> Vec<Gap> {
    gaps(store).into_iter().map(|(_, gap)| gap).collect()
}

fn dead_letter(pseq: u64) -> Gap {
    Gap { reason: GapReason::DeadLetter, ..damage(producer(1), pseq, pseq) }
}

/// A declared range moves the mark, so that the next event is no jump; the declaration is a row of the database's own producer.
pub fn a_gap_lets_the_next_event_follow(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..10);
    send(store.as_ref(), producer(1), 0, &payloads[..4]);
    let events = pending(7, &payloads[7..]);
    let written = drain(store.as_ref(), &with_gaps(1, &events, &[damage(producer(1), 4, 6)]));
    assert_eq!((written.seqs.len(), written.n_gaps), (3, 1));
    assert!(written.seqs.iter().all(Option::is_some));
    assert_eq!(declared(store.as_ref()), [damage(producer(1), 4, 6)]);
    let rows = rows(store.as_ref());
    assert_eq!(rows.len(), 8);
    let gap = rows.iter().find(|row| row.event_type == Gap::EVENT_TYPE).expect("a row declares the gap");
    assert_ne!(gap.producer, producer(1), "the declaration is Annals' own event");
    assert_eq!(gap.pseq, 0);
    assert_eq!(store.mark(producer(1)).expect("a read"), Mark { next_pseq: 10, n_shed: 0 });
    // The own producer's count goes on behind it, without a hole.
    let own = send_own(store.as_ref(), &plain([20]));
    let row = store.query(&Filter::new(), &crate::PageRequest::default()).expect("a read").events.remove(0);
    assert_eq!((vec![row.seq], row.producer, row.pseq), (own, gap.producer, 1));
}

/// The declaration stands where the loss was: behind the events before it and before those behind it.
pub fn a_gap_has_its_place_among_the_events(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..6);
    let events: Vec<Pending<'_>> =
        [0, 1, 5, 6, 9, 10].into_iter().zip(&payloads).map(|(pseq, payload)| Pending { pseq, payload }).collect();
    let lost = [damage(producer(1), 2, 4), damage(producer(1), 7, 8), damage(producer(1), 11, 12)];
    let written = drain(store.as_ref(), &with_gaps(1, &events, &lost));
    assert_eq!(written.n_gaps, 3);
    let order: Vec<Option<u64>> =
        rows(store.as_ref()).iter().map(|row| (row.producer == producer(1)).then_some(row.pseq)).collect();
    assert_eq!(order, [Some(0), Some(1), None, Some(5), Some(6), None, Some(9), Some(10), None]);
    assert_eq!(declared(store.as_ref()), lost);
    assert_eq!(store.mark(producer(1)).expect("a read").next_pseq, 13);
}

/// A gap below the mark is skipped, and one that begins below it is declared from the mark on.
pub fn a_gap_told_twice_or_late_is_declared_once(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..10);
    let lost = [damage(producer(1), 4, 6)];
    let events = pending(0, &payloads[..4]);
    for n_gaps in [1, 0, 0] {
        assert_eq!(drain(store.as_ref(), &with_gaps(1, &events, &lost)).n_gaps, n_gaps);
    }
    assert_eq!(store.mark(producer(1)).expect("a read").next_pseq, 7);
    let late = [damage(producer(1), 5, 8)];
    assert_eq!(drain(store.as_ref(), &with_gaps(1, &[], &late)).n_gaps, 1);
    assert_eq!(declared(store.as_ref()), [damage(producer(1), 4, 6), damage(producer(1), 7, 8)]);
    assert_eq!(store.mark(producer(1)).expect("a read").next_pseq, 9);
}

/// Where the end of a loss can't be told, it is declared once and covers its first `pseq`.
pub fn a_gap_without_an_end_is_declared_once(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..3);
    let events = pending(0, &payloads);
    let lost =
        [Gap { producer: producer(1), reason: GapReason::Damaged, span: GapSpan::From { first: 3 }, n_events: None }];
    for n_gaps in [1, 0] {
        assert_eq!(drain(store.as_ref(), &with_gaps(1, &events, &lost)).n_gaps, n_gaps);
    }
    assert_eq!(declared(store.as_ref()), lost);
    assert_eq!(store.mark(producer(1)).expect("a read").next_pseq, 4);
}

/// A gap that leaves a hole before it covers nothing.
pub fn a_gap_beyond_the_mark_is_a_jump(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..9);
    send(store.as_ref(), producer(1), 0, &payloads[..2]);
    let lost = [damage(producer(1), 5, 6)];
    let error = store.append(&with_gaps(1, &pending(7, &payloads[7..]), &lost)).expect_err("a jump");
    assert_eq!(error.kind(), ErrorKind::Jump);
    assert!(error.to_string().contains('2'), "`{error}` does not name the expected `pseq`");
    // Without an event behind it the hole is no smaller: answering well would lose the declaration.
    assert_eq!(store.append(&with_gaps(1, &[], &lost)).expect_err("a jump").kind(), ErrorKind::Jump);
    assert_eq!(declared(store.as_ref()), []);
    assert_eq!(store.head().expect("a read").n_events, 2);
    assert_eq!(store.mark(producer(1)).expect("a read").next_pseq, 2);
}

/// Drops are told as a growing total; each is declared once, with events or without, and takes no `pseq`.
pub fn drops_are_declared_once_however_often_they_are_told(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..3);
    let events = pending(0, &payloads);
    let shed = |after, n_events| Gap {
        producer: producer(1),
        reason: GapReason::Shed,
        span: GapSpan::After { pseq: after },
        n_events: Some(n_events),
    };
    assert_eq!(drain(store.as_ref(), &with_sheds(&[], 2, None)).n_gaps, 1);
    assert_eq!(store.mark(producer(1)).expect("a read"), Mark { next_pseq: 0, n_shed: 2 });
    for n_gaps in [1, 0] {
        assert_eq!(drain(store.as_ref(), &with_sheds(&events, 7, Some(1))).n_gaps, n_gaps);
    }
    // An older total, from a header that was read before, takes nothing back.
    assert_eq!(drain(store.as_ref(), &with_sheds(&events, 3, None)).n_gaps, 0);
    assert_eq!(drain(store.as_ref(), &with_sheds(&[], 8, Some(2))).n_gaps, 1);
    assert_eq!(declared(store.as_ref()), [shed(None, 2), shed(Some(1), 5), shed(Some(2), 1)]);
    assert_eq!(store.mark(producer(1)).expect("a read"), Mark { next_pseq: 3, n_shed: 8 });
    assert_eq!(rows(store.as_ref()).iter().filter(|row| row.producer == producer(1)).count(), 3);
}

/// An event that the log can't take for itself (here: another producer's event had its id) goes to the dead letters, a gap says so, and the rest is numbered without a hole.
pub fn a_refused_event_is_put_aside_and_declared(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(2), 0, &plain([5, 11]));
    let payloads = plain(0..16);
    let events = pending(0, &payloads);
    let written = drain(store.as_ref(), &of(producer(1), &events));
    assert_eq!(written.buried, [5, 11]);
    assert_eq!(written.n_gaps, 2);
    assert_eq!(written.seqs.iter().filter(|seq| seq.is_none()).count(), 2);
    assert_eq!(store.n_dead_letters().expect("a read"), 2);
    assert_eq!(declared(store.as_ref()), [dead_letter(5), dead_letter(11)]);
    let rows = rows(store.as_ref());
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), (0..18).collect::<Vec<_>>());
    let kept: Vec<u64> = rows.iter().filter(|row| row.producer == producer(1)).map(|row| row.pseq).collect();
    assert_eq!(kept, (0..16).filter(|pseq| ![5, 11].contains(pseq)).collect::<Vec<_>>());
    assert_eq!(store.mark(producer(1)).expect("a read").next_pseq, 16);
    // Told again it is skipped like all the others.
    let again = drain(store.as_ref(), &of(producer(1), &events));
    assert_eq!((again.n_gaps, again.buried.len()), (0, 0));
    assert_eq!(store.n_dead_letters().expect("a read"), 2);
    // The first owner of the id keeps it.
    let first = store.get(id(5)).expect("a read").expect("it is there");
    assert_eq!(first.producer, producer(2));
}

/// When a row is refused nothing of that call is there, mark and gaps included.
pub fn a_refused_batch_writes_nothing(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(2), 0, &plain([3]));
    let payloads = plain(0..6);
    let events = pending(0, &payloads);
    let batch = with_sheds(&events, 4, None);
    let error = store.append(&batch).expect_err("the id is taken");
    assert_eq!(error.kind(), ErrorKind::RowRefused);
    assert!(!error.is_retryable());
    assert_eq!(store.head().expect("a read").n_events, 1);
    assert_eq!(store.mark(producer(1)).expect("a read"), Mark::default());
    assert_eq!(store.n_dead_letters().expect("a read"), 0);
    // Bytes that are no event are refused in the same way.
    let torn = [Pending { pseq: 0, payload: &[1, 2, 3] }];
    assert_eq!(store.append(&of(producer(1), &torn)).expect_err("no event").kind(), ErrorKind::RowRefused);
    assert_eq!(drain(store.as_ref(), &of(producer(1), &torn)).buried, [0]);
    assert_eq!(declared(store.as_ref()), [dead_letter(0)]);
}

/// A lost answer makes a writer put an event aside again: nothing happens the second time.
pub fn putting_aside_twice_declares_once(database: &dyn Database) {
    let store = database.open();
    let payloads = plain(0..3);
    send(store.as_ref(), producer(1), 0, &payloads[..1]);
    let refused = Refused {
        origin: Origin::Producer(producer(1)),
        event: Pending { pseq: 1, payload: &payloads[1] },
        reason: "the test says so",
        credential: None,
    };
    assert_eq!(store.bury(&refused).expect("put aside"), Some(1));
    assert_eq!(store.bury(&refused).expect("put aside already"), None);
    assert_eq!(store.n_dead_letters().expect("a read"), 1);
    assert_eq!(declared(store.as_ref()), [dead_letter(1)]);
    assert_eq!(store.get(id(1)).expect("a read"), None, "a dead letter is no row");
    assert_eq!(send(store.as_ref(), producer(1), 2, &payloads[2..]), [2]);
}

/// Through no journal there is no mark, and the own count takes the refused event's place.
pub fn an_own_event_that_is_refused_is_put_aside(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(1, &Event::new("plan_applied").plan("P-1"))]);
    let doubled = plain([0, 1, 2]);
    let written = drain(store.as_ref(), &own(&pending(0, &doubled)));
    assert_eq!((written.seqs.len(), written.n_gaps, written.buried.len()), (3, 1, 1));
    assert_eq!((written.seqs[0].is_some(), written.seqs[1], written.seqs[2].is_some()), (true, None, true));
    assert_eq!(store.n_dead_letters().expect("a read"), 1);
    let rows = rows(store.as_ref());
    assert_eq!(rows.len(), 4);
    let first = rows.iter().find(|row| row.id == id(1)).expect("the first of that id stays");
    assert_eq!(first.get(Column::PlanId), Some("P-1"));
    let gap = declared(store.as_ref()).remove(0);
    assert_eq!((gap.producer, gap.reason), (rows[0].producer, GapReason::DeadLetter));
    // Every number of the own producer is a row or lies under the gap.
    let GapSpan::Range { first, last } = gap.span else { panic!("`{gap:?}` names no range") };
    let mut pseqs: Vec<u64> = rows.iter().map(|row| row.pseq).chain(first..=last).collect();
    pseqs.sort_unstable();
    assert_eq!(pseqs, (0..5).collect::<Vec<_>>());
}
