//! The sentences, for logs with and without losses.

use annals::WaitingState;

use super::{Gaps, answer};

fn gaps(lost: &[(&'static str, u64, bool)]) -> Gaps {
    Gaps {
        n_gaps: lost.len() as u64,
        lost: lost.iter().map(|(what, n_lost, is_uncounted)| (*what, (*n_lost, *is_uncounted))).collect(),
    }
}

#[test]
fn the_answer_is_a_sentence() {
    let hint = " (hint: `annals query --type audit.gap` lists the losses).";
    for (lost, n_left, is_unread, expected) in [
        (&[][..], 0, false, "Nothing is missing: 7 events on record, no gaps, 9 events on the way.".to_owned()),
        (&[("dropped", 1, false)], 0, false, format!("Something is missing: 1 event dropped{hint}")),
        (
            &[("damaged", 0, true), ("dropped", 3, true)],
            2,
            false,
            format!(
                "Something is missing: an unknown number of events damaged, at least 3 events dropped and 2 events still in the journal of a process that is gone{hint}"
            ),
        ),
        (
            &[],
            1,
            false,
            "Nothing is lost, but not everything is here yet: 1 event still in the journal of a process that is gone."
                .to_owned(),
        ),
        (
            &[],
            0,
            true,
            "Nothing is lost, but not everything is here yet: a journal that this program can't read.".to_owned(),
        ),
    ] {
        let mut waiting = vec![(WaitingState::Live, 9), (WaitingState::Dead, n_left), (WaitingState::Foreign, 9)];
        waiting.extend(is_unread.then_some((WaitingState::Newer(9), 0)));
        let answer = answer(7, &gaps(lost), None, &waiting, false);
        assert_eq!(answer.sentence, expected);
        assert_eq!(answer.is_whole, expected.starts_with("Nothing is missing"));
    }
    let recent = answer(7, &gaps(&[]), None, &[], true).sentence;
    assert!(recent.starts_with("Nothing is missing since then: ") && recent.ends_with("nothing waits."), "{recent}");
}
