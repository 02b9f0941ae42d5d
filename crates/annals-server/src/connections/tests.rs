//! Places: who gets one, and at whose expense.

use std::time::Duration;

use super::{Connections, Overdue};

const LONG: Duration = Duration::from_hours(1);

#[test]
fn the_one_that_has_waited_longest_goes() {
    let connections = Connections::new(2);
    let (first, second) = (connections.admit().unwrap(), connections.admit().unwrap());
    // The first one works and waits again, so that the second has waited longer.
    drop(first.begin_work());
    let third = connections.admit().unwrap();
    assert!(second.seat.is(super::Phase::Leaving) && first.seat.is(super::Phase::Idle));
    assert_eq!(connections.n_open(), 3);
    drop(second);
    assert_eq!(connections.n_open(), 2);
    // The place of one that was told to go counts once.
    let _fourth = connections.admit().unwrap();
    assert!(first.seat.is(super::Phase::Leaving) && third.seat.is(super::Phase::Idle));
}

#[test]
fn nobody_at_work_goes() {
    let connections = Connections::new(2);
    let (first, second) = (connections.admit().unwrap(), connections.admit().unwrap());
    let (working, other) = (first.begin_work(), second.begin_work());
    assert!(connections.admit().is_none());
    assert!(!connections.evict_one());
    drop(working);
    assert!(connections.admit().is_some());
    assert!(first.seat.is(super::Phase::Leaving));
    drop(other);
}

#[test]
fn a_head_and_a_wait_have_times_of_their_own() {
    let connections = Connections::new(1);
    let place = connections.admit().unwrap();
    assert!(matches!(place.overdue(Duration::ZERO, LONG), Overdue::LookAgain(_)));
    assert_eq!(place.overdue(LONG, Duration::ZERO), Overdue::Idle);
    place.head_begins();
    assert_eq!(place.overdue(Duration::ZERO, LONG), Overdue::Head);
    assert!(matches!(place.overdue(LONG, Duration::ZERO), Overdue::LookAgain(_)));
    let working = place.begin_work();
    assert!(matches!(place.overdue(Duration::ZERO, Duration::ZERO), Overdue::LookAgain(_)));
    // The bytes of a body are no head.
    place.head_begins();
    assert!(place.seat.is(super::Phase::Working));
    drop(working);
    assert!(place.seat.is(super::Phase::Idle));
}

#[test]
fn a_place_that_is_given_up_can_be_had() {
    let connections = Connections::new(1);
    for _ in 0..3 {
        let place = connections.admit().unwrap();
        let working = place.begin_work();
        drop(place);
        assert!(connections.admit().is_none());
        drop(working);
        assert_eq!(connections.n_open(), 0);
    }
}
