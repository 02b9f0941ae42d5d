//! What a store promises that remembers named writes: [`keyed_store_suite!`](crate::keyed_store_suite) runs it on each backend that does.

use std::sync::{Arc, Barrier};

use super::Database;
use super::together::{Work, together};
use super::writing::{plain, rows};
use crate::{EventStore, KeyedOutcome, KeyedRow, KeyedWrite};

/// One `#[test]` a behaviour for a backend that remembers named writes. The argument makes a fresh [`Database`](crate::suite::Database) at each call.
#[macro_export]
macro_rules! keyed_store_suite {
    ($make:expr) => {
        $crate::keyed_store_suite! { @each $make =>
            a_named_write_sent_twice_is_made_once
            a_name_with_another_body_is_refused
            of_a_part_the_rest_is_written
            named_writes_sent_to_many_stores_at_once_are_made_once
            names_are_there_after_closing_and_opening_again
        }
    };
    (@each $make:expr => $($behaviour:ident)+) => {
        $(
            #[test]
            fn $behaviour() {
                $crate::suite::keyed::$behaviour(&($make)());
            }
        )+
    };
}

/// Sends a write until all of it is answered.
fn send(store: &dyn EventStore, key: u8, body: u8, events: &[Vec<u8>]) -> KeyedOutcome {
    let events: Vec<&[u8]> = events.iter().map(Vec::as_slice).collect();
    let write = KeyedWrite { key: [key; 32], body: [body; 32], events: &events };
    let keyed = store.keyed().expect("a store that remembers named writes");
    let mut n_before = None;
    loop {
        match keyed.append_keyed(&write).expect("appended") {
            KeyedOutcome::There(rows) if rows.len() < events.len() => {
                assert!(n_before < Some(rows.len()), "a call deals with something");
                n_before = Some(rows.len());
            }
            outcome => return outcome,
        }
    }
}

fn there(outcome: KeyedOutcome) -> Vec<KeyedRow> {
    match outcome {
        KeyedOutcome::There(rows) => rows,
        KeyedOutcome::OtherBody => panic!("the key was used for another body"),
    }
}

fn seqs(rows: &[KeyedRow]) -> Vec<u64> {
    rows.iter().map(|row| row.seq).collect()
}

/// The second sending answers what the first one wrote, under the ids of the first, and writes nothing.
pub fn a_named_write_sent_twice_is_made_once(database: &dyn Database) {
    let store = database.open();
    let first = there(send(store.as_ref(), 1, 1, &plain(0..3)));
    assert_eq!(seqs(&first), [0, 1, 2]);
    let again = there(send(store.as_ref(), 1, 1, &plain(10..13)));
    assert_eq!(seqs(&again), [0, 1, 2]);
    assert_eq!(again.iter().map(|row| row.id).collect::<Vec<_>>(), first.iter().map(|row| row.id).collect::<Vec<_>>());
    assert!(again.iter().all(|row| !row.is_new), "{again:?}");
    let written = rows(store.as_ref());
    assert_eq!(
        written.iter().map(|row| row.id).collect::<Vec<_>>(),
        first.iter().map(|row| row.id).collect::<Vec<_>>()
    );
    // Another name is another write.
    assert_eq!(seqs(&there(send(store.as_ref(), 2, 1, &plain(20..21)))), [3]);
}

/// The same name for something else writes nothing, and leaves what there is.
pub fn a_name_with_another_body_is_refused(database: &dyn Database) {
    let store = database.open();
    there(send(store.as_ref(), 1, 1, &plain(0..2)));
    assert_eq!(send(store.as_ref(), 1, 2, &plain(2..4)), KeyedOutcome::OtherBody);
    assert_eq!(rows(store.as_ref()).len(), 2);
    assert_eq!(seqs(&there(send(store.as_ref(), 1, 1, &plain(4..6)))), [0, 1]);
}

/// A write of which only a first part was made is made to its end, also when it is longer than one transaction takes.
pub fn of_a_part_the_rest_is_written(database: &dyn Database) {
    let store = database.open();
    // What a process leaves that is killed between two transactions of one write.
    there(send(store.as_ref(), 1, 1, &plain(0..2)));
    let all = there(send(store.as_ref(), 1, 1, &plain(0..5)));
    assert_eq!(seqs(&all), [0, 1, 2, 3, 4]);
    let long = there(send(store.as_ref(), 2, 1, &plain(5..3_005)));
    assert_eq!(seqs(&long), (5..3_005).collect::<Vec<_>>());
    assert_eq!(rows(store.as_ref()).len(), 3_005);
}

/// Of many stores on one database that are sent the same writes at the same moment, one makes each.
pub fn named_writes_sent_to_many_stores_at_once_are_made_once(database: &dyn Database) {
    const STORES: u8 = 4;
    const ROUNDS: u8 = 25;
    let barrier = Arc::new(Barrier::new(STORES.into()));
    let works = (0..STORES).map(|n| -> Work<Vec<Vec<KeyedRow>>> {
        let (store, barrier) = (database.open(), Arc::clone(&barrier));
        let work = move || {
            let round = |key| {
                let events =
                    plain(u64::from(n) * 1_000 + u64::from(key) * 2..u64::from(n) * 1_000 + u64::from(key) * 2 + 2);
                barrier.wait();
                there(send(store.as_ref(), key, 1, &events))
            };
            (0..ROUNDS).map(round).collect()
        };
        (format!("store {n}"), Box::new(work))
    });
    let answers = together(works.collect());
    for answer in &answers {
        for (one, other) in answer.iter().flatten().zip(answers[0].iter().flatten()) {
            assert_eq!((one.id, one.seq), (other.id, other.seq));
        }
    }
    let n_new: usize = answers.iter().flatten().flatten().filter(|row| row.is_new).count();
    assert_eq!(n_new, usize::from(ROUNDS) * 2);
    assert_eq!(rows(database.open().as_ref()).len(), n_new);
}

/// Names outlast the store that was told them.
pub fn names_are_there_after_closing_and_opening_again(database: &dyn Database) {
    let store = database.open();
    there(send(store.as_ref(), 1, 1, &plain(0..2)));
    store.close().expect("closed");
    let store = database.open();
    assert_eq!(seqs(&there(send(store.as_ref(), 1, 1, &plain(2..4)))), [0, 1]);
    assert_eq!(rows(store.as_ref()).len(), 2);
}
