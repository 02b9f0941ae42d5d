//! What makes an append idempotent: marks, jumps, gaps and drops.

use annals_event::{Gap, GapReason, GapSpan};
use annals_store::{Batch, ErrorKind, EventStore, Mark, Origin, Sheds};

use crate::support::{Place, all, append, append_with, check_dense, pending, plain, producer, pseqs};

fn gap(reason: GapReason, span: GapSpan) -> Gap {
    Gap { producer: producer(1), reason, span, n_events: None }
}

#[test]
fn telling_a_batch_twice_records_it_once() {
    let place = Place::new();
    let store = place.open();
    let events = plain(5);
    append(&store, producer(1), 0, &events).unwrap();
    let again = append(&store, producer(1), 0, &events).unwrap();
    assert_eq!((again.n_taken, again.seqs), (5, vec![None; 5]));
    assert_eq!(pseqs(&all(&store), producer(1)), [0, 1, 2, 3, 4]);
}

#[test]
fn of_an_overlap_only_the_new_part_is_taken() {
    let place = Place::new();
    let store = place.open();
    let events = plain(6);
    append(&store, producer(1), 0, &events[..4]).unwrap();
    let more = append(&store, producer(1), 2, &events[2..]).unwrap();
    assert_eq!(more.seqs, [None, None, Some(4), Some(5)]);
    assert_eq!(pseqs(&all(&store), producer(1)), [0, 1, 2, 3, 4, 5]);
    assert_eq!(store.mark(producer(1)).unwrap(), Mark { next_pseq: 6, n_shed: 0 });
}

#[test]
fn a_jump_is_refused_with_the_expected_number() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(2)).unwrap();
    let error = append(&store, producer(1), 7, &plain(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Jump);
    assert!(error.to_string().contains("expected is 2"), "{error}");
    assert_eq!(store.head().unwrap().n_events, 2);
    assert_eq!(store.mark(producer(2)).unwrap(), Mark::default());
}

#[test]
fn what_precedes_a_jump_within_a_batch_is_taken_first() {
    let place = Place::new();
    let store = place.open();
    let payloads = plain(4);
    let mut events = pending(0, &payloads);
    events[3].pseq = 9;
    let batch = Batch {
        origin: Origin::Producer(producer(1)),
        events: &events,
        gaps: &[],
        sheds: Sheds::default(),
        credential: None,
    };
    assert_eq!(store.append(&batch).unwrap().n_taken, 3);
    let rest = Batch { events: &events[3..], ..batch };
    assert_eq!(store.append(&rest).unwrap_err().kind(), ErrorKind::Jump);
}

#[test]
fn a_gap_leads_over_a_hole_and_is_declared_once() {
    let place = Place::new();
    let store = place.open();
    let payloads = plain(4);
    let mut events = pending(0, &payloads);
    events[2].pseq = 5;
    events[3].pseq = 6;
    let gaps = [gap(GapReason::Damaged, GapSpan::Range { first: 2, last: 4 })];
    let batch = Batch {
        origin: Origin::Producer(producer(1)),
        events: &events,
        gaps: &gaps,
        sheds: Sheds::default(),
        credential: None,
    };
    let appended = store.append(&batch).unwrap();
    assert_eq!((appended.n_taken, appended.n_gaps), (4, 1));
    assert_eq!(appended.seqs, [Some(0), Some(1), Some(3), Some(4)]);
    let again = store.append(&batch).unwrap();
    assert_eq!((again.seqs, again.n_gaps), (vec![None; 4], 0));

    let rows = all(&store);
    check_dense(&rows);
    assert_eq!(pseqs(&rows, producer(1)), [0, 1, 5, 6]);
    assert_eq!(Gap::from_details(rows[2].details.as_deref().unwrap()).unwrap(), gaps[0]);
    assert_ne!(rows[2].producer, producer(1), "a gap belongs to the database's own producer");
}

#[test]
fn a_gap_that_covers_too_little_is_no_bridge() {
    let place = Place::new();
    let store = place.open();
    let payloads = plain(1);
    let events = pending(5, &payloads);
    let gaps = [gap(GapReason::Damaged, GapSpan::Range { first: 0, last: 3 })];
    let batch = Batch {
        origin: Origin::Producer(producer(1)),
        events: &events,
        gaps: &gaps,
        sheds: Sheds::default(),
        credential: None,
    };
    assert_eq!(store.append(&batch).unwrap_err().kind(), ErrorKind::Jump);
    assert_eq!(store.head().unwrap().n_events, 0, "nothing of a refused batch stays");
}

#[test]
fn of_a_gap_only_what_lies_above_the_mark_is_declared() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(3)).unwrap();
    let gaps = [Gap { n_events: Some(9), ..gap(GapReason::Damaged, GapSpan::Range { first: 1, last: 9 }) }];
    let appended = append_with(&store, producer(1), 0, &[], &gaps, Sheds::default()).unwrap();
    assert_eq!(appended.n_gaps, 1);
    let declared = Gap::from_details(all(&store)[3].details.as_deref().unwrap()).unwrap();
    assert_eq!((declared.span, declared.n_events), (GapSpan::Range { first: 3, last: 9 }, Some(7)));
    assert_eq!(store.mark(producer(1)).unwrap().next_pseq, 10);
}

#[test]
fn a_gap_without_an_end_is_declared_once() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(2)).unwrap();
    let gaps = [gap(GapReason::Damaged, GapSpan::From { first: 2 })];
    for expected in [1, 0, 0] {
        let appended = append_with(&store, producer(1), 0, &[], &gaps, Sheds::default()).unwrap();
        assert_eq!(appended.n_gaps, expected);
    }
    assert_eq!(store.mark(producer(1)).unwrap().next_pseq, 3);
}

#[test]
fn a_gap_beyond_the_mark_needs_the_events_before_it() {
    let place = Place::new();
    let store = place.open();
    let gaps = [gap(GapReason::Damaged, GapSpan::Range { first: 2, last: 4 })];
    let error = append_with(&store, producer(1), 0, &plain(1), &gaps, Sheds::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Jump);
    assert_eq!(store.head().unwrap().n_events, 0);
    assert_eq!(append_with(&store, producer(1), 0, &plain(2), &gaps, Sheds::default()).unwrap().n_gaps, 1);
    assert_eq!(store.mark(producer(1)).unwrap().next_pseq, 5);
}

#[test]
fn gaps_that_make_no_sense_are_refused() {
    let place = Place::new();
    let store = place.open();
    let foreign = [Gap { producer: producer(2), ..gap(GapReason::Damaged, GapSpan::From { first: 0 }) }];
    let shed = [gap(GapReason::Shed, GapSpan::After { pseq: None })];
    for gaps in [&foreign, &shed] {
        let error = append_with(&store, producer(1), 0, &plain(1), gaps, Sheds::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
}

#[test]
fn drops_are_declared_once_however_often_they_are_told() {
    let place = Place::new();
    let store = place.open();
    let first = Sheds { total: 3, after: None };
    let more = Sheds { total: 10, after: Some(1) };
    append_with(&store, producer(1), 0, &plain(2), &[], first).unwrap();
    append_with(&store, producer(1), 0, &[], &[], first).unwrap();
    append_with(&store, producer(1), 2, &plain(1), &[], more).unwrap();
    append_with(&store, producer(1), 0, &[], &[], more).unwrap();
    // An old count that arrives late says nothing new.
    append_with(&store, producer(1), 0, &[], &[], first).unwrap();

    let declared: Vec<Gap> = all(&store)
        .iter()
        .filter(|row| row.event_type == Gap::EVENT_TYPE)
        .map(|row| Gap::from_details(row.details.as_deref().unwrap()).unwrap())
        .collect();
    assert_eq!(
        declared,
        [
            Gap { n_events: Some(3), ..gap(GapReason::Shed, GapSpan::After { pseq: None }) },
            Gap { n_events: Some(7), ..gap(GapReason::Shed, GapSpan::After { pseq: Some(1) }) }
        ]
    );
    assert_eq!(store.mark(producer(1)).unwrap(), Mark { next_pseq: 3, n_shed: 10 });
    check_dense(&all(&store));
}

#[test]
fn marks_outlive_the_store() {
    let place = Place::new();
    let store = place.open();
    append_with(&store, producer(1), 0, &plain(2), &[], Sheds { total: 1, after: None }).unwrap();
    store.close().unwrap();
    let store = place.open();
    assert_eq!(store.mark(producer(1)).unwrap(), Mark { next_pseq: 2, n_shed: 1 });
    assert_eq!(append(&store, producer(1), 0, &plain(3)).unwrap().seqs, [None, None, Some(3)]);
}
