//! Held, failed, lost, panicked and mended appends, over a store in memory.

use std::panic::{AssertUnwindSafe, catch_unwind};

use annals_event::{EventId, Stamp, Timestamp, encode_own};
use annals_store::{Appended, Batch, Error, ErrorKind, EventStore, Origin, Pending, Sheds};

use super::HeldStore;
use crate::{Memory, Samples, Threads};

fn append(store: &dyn EventStore, number: u64) -> Result<Appended, Error> {
    let at = Timestamp::from_nanos(1_700_000_000_000_000_000);
    let mut payload = Vec::new();
    let stamp =
        Stamp { id: EventId::v7(at, number), created_at: at, space: "default", credential: "uid:0", begun: false };
    encode_own(&Samples::seeded(number).event(), &stamp, &mut payload);
    let events = [Pending { pseq: 0, payload: &payload }];
    store.append(&Batch {
        origin: Origin::Own { owner: None },
        events: &events,
        gaps: &[],
        sheds: Sheds::default(),
        credential: None,
    })
}

#[test]
fn a_held_append_waits_and_reads_do_not() {
    let store = HeldStore::over(Memory::new().store());
    store.hold();
    let mut threads = Threads::new();
    for number in 0..2 {
        let store = std::sync::Arc::clone(&store);
        threads.spawn(format!("writer {number}"), move || append(store.as_ref(), number).unwrap().n_taken);
    }
    store.wait_until_held(2);
    assert_eq!(store.head().unwrap().n_events, 0);
    assert_eq!(store.count(&annals_store::Filter::new()).unwrap(), 0);
    store.release();
    assert_eq!(threads.join(), [1, 1]);
    assert_eq!((store.n_appends(), store.n_reads()), (2, 1));
    assert_eq!(store.head().unwrap().n_events, 2);
}

#[test]
fn faults_come_as_often_as_asked_and_write_what_they_say() {
    let store = HeldStore::over(Memory::new().store());
    store.fail_next(2, ErrorKind::StorageFull);
    store.lose_next_answers(1);
    store.panic_next(1);
    for _ in 0..2 {
        assert_eq!(append(store.as_ref(), 1).unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(store.head().unwrap().n_events, 0);
    }
    assert_eq!(append(store.as_ref(), 1).unwrap_err().kind(), ErrorKind::UnknownOutcome);
    assert_eq!(store.head().unwrap().n_events, 1, "only the answer was lost");
    assert!(catch_unwind(AssertUnwindSafe(|| append(store.as_ref(), 2))).is_err());
    append(store.as_ref(), 2).unwrap();
    store.break_down(ErrorKind::Busy);
    for _ in 0..3 {
        assert_eq!(append(store.as_ref(), 3).unwrap_err().kind(), ErrorKind::Busy);
    }
    assert_eq!(store.settle().unwrap_err().kind(), ErrorKind::Busy);
    store.mend();
    store.settle().unwrap();
    assert_eq!(store.n_settles(), 2);
    append(store.as_ref(), 3).unwrap();
    assert_eq!((store.head().unwrap().n_events, store.n_appends()), (3, 9));
}
