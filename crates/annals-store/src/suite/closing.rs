//! An empty log, a closed one, and one that is opened again.

use annals_event::{Event, Timestamp};

use super::Database;
use super::writing::{damage, drain, id, of, own, payload, pending, plain, producer, rows, send, send_own};
use crate::{
    Batch, BucketWidth, Error, ErrorKind, Filter, Head, Mark, OpenOperations, Origin, Page, PageRequest, Pending,
    Refused, SessionPage, Sheds,
};

/// Nothing is an answer too.
pub fn an_empty_log_answers_everything(database: &dyn Database) {
    let store = database.open();
    let narrow = Filter { since: Some(Timestamp::from_nanos(5)), ..Filter::new().event_type("tool.*") };
    for filter in [Filter::new(), narrow] {
        for order in [crate::Order::Newest, crate::Order::Oldest] {
            let request = PageRequest { order, ..PageRequest::default() };
            assert_eq!(store.query(&filter, &request).expect("a page"), Page::default());
            assert_eq!(store.sessions(&filter, &request).expect("a page"), SessionPage::default());
        }
        assert_eq!(store.count(&filter).expect("a count"), 0);
        assert_eq!(store.stats(&filter, BucketWidth::HOUR).expect("statistics"), []);
    }
    assert_eq!(store.head().expect("a read"), Head::default());
    assert_eq!(store.mark(producer(1)).expect("a read"), Mark::default());
    assert_eq!(store.get(id(0)).expect("a read"), None);
    assert_eq!(store.ids_with_prefix("", 10).expect("a read"), []);
    assert_eq!(store.sessions_with_prefix("", 10).expect("a read"), [""; 0]);
    assert_eq!(store.n_dead_letters().expect("a read"), 0);
    assert_eq!(store.end_operations(OpenOperations::OwnedBy(producer(1))).expect("nothing to end"), 0);
    store.settle().expect("nothing to settle");
    assert_eq!(store.head().expect("a read"), Head::default(), "reading wrote nothing");
}

/// Rows, marks, drops, dead letters, the own count and the log's id outlive the store.
pub fn everything_is_there_after_closing_and_opening_again(database: &dyn Database) {
    let store = database.open();
    let (log, history) = store.log_ids();
    assert_eq!(history, []);
    send_own(store.as_ref(), &[payload(3, &Event::new("plan_applied").plan("P-7"))]);
    let payloads = plain(0..10);
    let events = pending(0, &payloads);
    let lost = [damage(producer(1), 10, 11)];
    let batch = Batch { gaps: &lost, sheds: Sheds { total: 5, after: Some(9) }, ..of(producer(1), &events) };
    assert_eq!(drain(store.as_ref(), &batch).buried, [3], "its id is taken");
    let before = (rows(store.as_ref()), store.head().expect("a read"), store.mark(producer(1)).expect("a read"));
    store.close().expect("closed");
    let store = database.open();
    let after = (rows(store.as_ref()), store.head().expect("a read"), store.mark(producer(1)).expect("a read"));
    assert_eq!(after, before);
    assert_eq!(after.2, Mark { next_pseq: 12, n_shed: 5 });
    assert_eq!(store.n_dead_letters().expect("a read"), 1);
    assert_eq!(store.log_ids(), (log, history));
    // What was written before is skipped, and numbers go on where they ended.
    let again = drain(store.as_ref(), &batch);
    assert_eq!((again.seqs, again.n_gaps), (vec![None; 10], 0));
    let next = send_own(store.as_ref(), &plain([20]));
    assert_eq!(next, [before.1.n_events]);
    let rows = rows(store.as_ref());
    let mut own: Vec<u64> = rows.iter().filter(|row| row.producer != producer(1)).map(|row| row.pseq).collect();
    own.dedup();
    assert_eq!(own, (0..own.len() as u64).collect::<Vec<_>>(), "one own producer, one count");
}

/// After `close` every call is an error of kind `Closed`, and another store on the database is untouched.
pub fn a_closed_store_says_so(database: &dyn Database) {
    let store = database.open();
    let beside = database.open();
    let payloads = plain(0..2);
    send(store.as_ref(), producer(1), 0, &payloads[..1]);
    store.close().expect("closed");
    let event = Pending { pseq: 1, payload: &payloads[1] };
    let refused = Refused { origin: Origin::Producer(producer(1)), event, reason: "none", credential: None };
    let request = PageRequest::default();
    let all = Filter::new();
    let answers: [(&str, Option<Error>); 15] = [
        ("append", store.append(&of(producer(1), &[event])).err()),
        ("append, own", store.append(&own(&[event])).err()),
        ("bury", store.bury(&refused).err()),
        ("end_operations", store.end_operations(OpenOperations::OwnedBy(producer(1))).err()),
        ("mark", store.mark(producer(1)).err()),
        ("head", store.head().err()),
        ("query", store.query(&all, &request).err()),
        ("get", store.get(id(0)).err()),
        ("ids_with_prefix", store.ids_with_prefix("0", 1).err()),
        ("sessions_with_prefix", store.sessions_with_prefix("s", 1).err()),
        ("count", store.count(&all).err()),
        ("sessions", store.sessions(&all, &request).err()),
        ("stats", store.stats(&all, BucketWidth::DAY).err()),
        ("n_dead_letters", store.n_dead_letters().err()),
        ("settle", store.settle().err()),
    ];
    for (call, error) in answers {
        let error = error.unwrap_or_else(|| panic!("`{call}` answered after `close`"));
        assert_eq!(error.kind(), ErrorKind::Closed, "`{call}`: {error}");
        assert!(!error.is_retryable());
    }
    assert_eq!(beside.head().expect("a read").n_events, 1, "nothing was written after `close`");
    assert_eq!(send(beside.as_ref(), producer(1), 1, &payloads[1..]), [1]);
}

/// Closing is idempotent, from any thread.
pub fn closing_twice_is_closing_once(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &plain(0..5));
    let works = (0..4)
        .map(|number| -> super::together::Work<Result<(), Error>> {
            let store = std::sync::Arc::clone(&store);
            (format!("closing {number}"), Box::new(move || store.close()))
        })
        .collect();
    for answer in super::together::together(works) {
        answer.expect("closed");
    }
    store.close().expect("closed already");
    assert_eq!(rows(database.open().as_ref()).len(), 5);
}
