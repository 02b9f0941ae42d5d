//! When a briefing holds, and when it ends.

use annals_event::Timestamp;
use serde_json::json;

use super::*;

const MILLI: i64 = 1_000_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(1_700_000_000_000_000_000 + millis * MILLI)
}

#[test]
fn a_briefing_holds_for_its_revision_and_for_a_second() {
    let place = HeldBriefings::default().place("team", 20);
    assert_eq!(place.held(3, at(0)), None, "none was made");
    place.keep(3, at(0), None, &json!({"n": 1}));
    for (revision, millis, holds) in
        [(3, 0, true), (3, 999, true), (3, 1_000, false), (3, -1, false), (4, 0, false), (2, 0, false)]
    {
        assert_eq!(place.held(revision, at(millis)).is_some(), holds, "revision {revision} after {millis} ms");
    }
}

#[test]
fn it_ends_when_something_is_due() {
    let place = HeldBriefings::default().place("team", 20);
    place.keep(3, at(0), Some(at(300)), &json!({}));
    assert!(place.held(3, at(299)).is_some());
    assert!(place.held(3, at(300)).is_none());
}

#[test]
fn each_space_and_length_has_its_own() {
    let all = HeldBriefings::default();
    all.place("team", 20).keep(3, at(0), None, &json!({"n": 1}));
    assert_eq!(all.place("team", 20).held(3, at(1)), Some(json!({"n": 1})));
    assert_eq!(all.place("other", 20).held(3, at(1)), None);
    assert_eq!(all.place("team", 1).held(3, at(1)), None);
}

#[test]
fn no_more_are_kept_than_there_is_room_for() {
    let all = HeldBriefings::default();
    for n in 0..10 * MOST {
        all.place(&format!("space {n}"), 20).keep(1, at(0), None, &json!({}));
    }
    assert!(lock(&all.0).len() <= MOST);
    assert!(all.place(&format!("space {}", 10 * MOST - 1), 20).held(1, at(0)).is_some(), "the last is there");
}
