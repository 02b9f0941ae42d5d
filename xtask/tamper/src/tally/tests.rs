//! A tally holds only when every try had the verdict that it should have: one that was missed, or called something else, or not judged at all, is enough.

use super::{NO_VERDICT, SOUND, Tally};

fn tally(expected: &'static str, verdicts: &[&str]) -> Tally {
    let mut tally = Tally::new("attack", expected);
    for verdict in verdicts {
        tally.add(verdict, || "told".to_owned());
    }
    tally
}

#[test]
fn every_try_counts() {
    assert!(tally("edited", &["edited", "edited"]).holds());
    assert!(tally(SOUND, &[SOUND]).holds());
    for wrong in [&["edited", "missing"][..], &["edited", SOUND], &["edited", NO_VERDICT], &[]] {
        assert!(!tally("edited", wrong).holds(), "{wrong:?}");
    }
    assert!(!tally(SOUND, &[SOUND, "edited"]).holds());
}

#[test]
fn what_is_called_wrongly_is_caught_and_what_is_not_judged_is_not() {
    let tally = tally("edited", &["edited", "missing", SOUND, NO_VERDICT]);
    assert_eq!((tally.n_tried, tally.n_caught), (4, 2));
    assert_eq!(tally.wrong.len(), 3);
}
