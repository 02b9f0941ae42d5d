//! Rows and tree: whatever is written, by whomever, they fit each other.

use std::thread;

use annals_event::Event;

use super::{check_tree, evidence};
use crate::suite::writing::{begun, damage, id, of, own, payload, pending, plain, producer, send, send_own};
use crate::suite::{Database, Samples};
use crate::{Batch, OpenOperations, Origin, Pending, Refused, Sheds};

/// Events of every kind, gaps, drops, put-aside events and outcomes that the store writes itself.
pub fn every_row_has_its_leaf(database: &dyn Database) {
    let store = database.open();
    assert_eq!(check_tree(store.as_ref()), 0);
    assert_eq!(evidence(&store).standing().expect("a read").n_before_tree, Some(0));
    send(store.as_ref(), producer(1), 0, &plain(0..3));
    send_own(store.as_ref(), &plain(3..5));
    let mut samples = Samples::seeded(7);
    let varied: Vec<_> = (10..60).map(|number| payload(number, &samples.event())).collect();
    send(store.as_ref(), producer(2), 0, &varied);

    let events = [Pending { pseq: 6, payload: &payload(100, &Event::new("tool.invoked")) }];
    let gaps = [damage(producer(1), 3, 5)];
    let sheds = Sheds { total: 4, after: Some(2) };
    store.append(&Batch { gaps: &gaps, sheds, ..of(producer(1), &events) }).expect("an append");

    let session = |event: Event| event.session("s-1");
    let operation = session(Event::new("tool.invoked").operation("op-1").phase(annals_event::Phase::Intent));
    send_own(store.as_ref(), &[payload(200, &session(Event::new("session.created"))), payload(201, &operation)]);
    send_own(store.as_ref(), &[payload(202, &session(Event::new("session.ended")))]);
    let intent = Event::new("tool.invoked").operation("op-2").phase(annals_event::Phase::Intent);
    let owner = producer(9);
    let begun = begun(203, &intent);
    let events = [Pending { pseq: 0, payload: &begun }];
    store.append(&Batch { origin: Origin::Own { owner: Some(owner) }, ..own(&events) }).expect("an append");
    assert_eq!(store.end_operations(OpenOperations::OwnedBy(owner)).expect("an ending"), 1);
    let refused = payload(300, &Event::new("tool.invoked"));
    let event = Pending { pseq: 7, payload: &refused };
    store
        .bury(&Refused { origin: Origin::Producer(producer(1)), event, reason: "broken", credential: None })
        .expect("a burial");
    assert!(check_tree(store.as_ref()) > 60);
}

/// Over a full tile of leaves and on, one event at a time and many at once.
pub fn a_tree_grows_over_its_tiles(database: &dyn Database) {
    let store = database.open();
    let mut next = 0;
    for n in [1_u64, 1, 252, 1, 1, 1, 300, 211, 1] {
        send(store.as_ref(), producer(1), next, &plain(next..next + n));
        next += n;
        assert_eq!(check_tree(store.as_ref()), next);
    }
    assert!(next > 3 * 256);
}

/// A batch that is refused as a whole, and an event that is no event.
pub fn what_is_refused_leaves_rows_and_tree_alone(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &plain(0..5));
    let before = evidence(&store).standing().expect("a read");
    let twice = [plain([6]), plain([0])].concat();
    for events in [pending(5, &twice), pending(9, &plain([9]))] {
        store.append(&of(producer(1), &events)).expect_err("the same id twice, or a jump");
        assert_eq!(evidence(&store).standing().expect("a read"), before);
    }
    send(store.as_ref(), producer(1), 5, &plain([6]));
    assert_eq!(check_tree(store.as_ref()), 6);
    assert_eq!(store.get(id(6)).expect("a read").map(|event| event.seq), Some(5));
}

/// As two processes would, each going on where the other one left the tree.
pub fn two_stores_grow_one_tree(database: &dyn Database) {
    let (one, other) = (database.open(), database.open());
    for n in 0..20 {
        send(one.as_ref(), producer(1), n * 3, &plain(n * 3..n * 3 + 3));
        send(other.as_ref(), producer(2), n, &plain([1_000 + n]));
    }
    assert_eq!(check_tree(one.as_ref()), 80);
    thread::scope(|scope| {
        for (number, store) in [(3, &one), (4, &other)] {
            scope.spawn(move || {
                for n in 0..30 {
                    let first = u64::from(number) * 10_000 + n * 7;
                    send(store.as_ref(), producer(number), n * 7, &plain(first..first + 7));
                }
            });
        }
    });
    assert_eq!(check_tree(one.as_ref()), 500);
    assert_eq!(check_tree(other.as_ref()), 500);
}

/// The tree goes on where it was.
pub fn the_tree_is_there_after_closing_and_opening_again(database: &dyn Database) {
    let store = database.open();
    send(store.as_ref(), producer(1), 0, &plain(0..300));
    let before = evidence(&store).standing().expect("a read");
    store.close().expect("a close");
    evidence(&store).standing().expect_err("a closed store");
    let store = database.open();
    assert_eq!(evidence(&store).standing().expect("a read"), before);
    send(store.as_ref(), producer(1), 300, &plain(300..301));
    assert_eq!(check_tree(store.as_ref()), 301);
}
