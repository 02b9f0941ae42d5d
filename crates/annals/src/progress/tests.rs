//! What the progress tells each of those who wait.

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_store::{Appended, Outcome};

use super::{Fate, MAX_SPANS, Progress, Stalled, Trouble};
use crate::ErrorKind;

fn outcome(seqs: &[Option<u64>]) -> Outcome {
    Outcome {
        appended: Appended { n_taken: seqs.len(), seqs: seqs.to_vec(), n_gaps: 0, buried: Vec::new() },
        buried: Vec::new(),
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[test]
fn each_event_gets_its_own_number_across_batches_and_foreign_events() {
    let progress = Progress::default();
    progress.advance(0, &outcome(&[Some(10), Some(11)]));
    // Another process wrote 12 to 19 between them.
    progress.advance(2, &outcome(&[Some(20), Some(22)]));
    let fates: Vec<_> = (0..5).map(|pseq| progress.fate(pseq)).collect();
    let durable = |seq| Some(Fate::Durable(Some(seq)));
    assert_eq!(fates, [durable(10), durable(11), durable(20), durable(22), None]);
}

#[test]
fn an_event_that_was_there_already_is_durable_without_a_number() {
    let progress = Progress::default();
    progress.advance(0, &outcome(&[None, Some(7)]));
    assert_eq!(progress.fate(0), Some(Fate::Durable(None)));
    assert_eq!(progress.fate(1), Some(Fate::Durable(Some(7))));
}

#[test]
fn a_buried_event_is_told_apart() {
    let progress = Progress::default();
    progress.advance(0, &Outcome { buried: vec![0], ..outcome(&[None]) });
    assert_eq!(progress.fate(0), Some(Fate::Buried));
}

#[test]
fn the_spans_stay_few_and_the_oldest_go_first() {
    let progress = Progress::default();
    let n_events = MAX_SPANS as u64 + 10;
    for pseq in 0..n_events {
        progress.advance(pseq, &outcome(&[Some(pseq * 2)]));
    }
    assert_eq!(progress.fate(0), Some(Fate::Durable(None)));
    assert_eq!(progress.fate(n_events - 1), Some(Fate::Durable(Some((n_events - 1) * 2))));
    assert_eq!(progress.lock().spans.len(), MAX_SPANS);
}

#[test]
fn waiting_ends_with_the_event_the_end_the_deadline_or_hopeless_trouble() {
    let progress = Arc::new(Progress::default());
    assert_eq!(progress.wait_below(1, Instant::now()), Err(Stalled::Deadline));
    let waiting = {
        let progress = Arc::clone(&progress);
        std::thread::spawn(move || progress.wait_below(1, soon()))
    };
    progress.advance(0, &outcome(&[Some(0)]));
    assert_eq!(waiting.join().unwrap(), Ok(()));
    let trouble = Trouble { kind: ErrorKind::Corrupt, message: "damaged".to_owned(), is_retryable: false };
    progress.report(trouble.clone());
    assert_eq!(progress.wait_below(2, soon()), Err(Stalled::Hopeless(trouble)));
    progress.advance(1, &outcome(&[Some(1)]));
    assert_eq!(progress.wait_below(2, soon()), Ok(()));
    progress.end();
    assert_eq!(progress.wait_below(3, soon()), Err(Stalled::Ended));
    assert_eq!(progress.wait_below(1, soon()), Ok(()));
}

#[test]
fn trouble_that_may_mend_does_not_end_a_wait() {
    let progress = Progress::default();
    progress.report(Trouble { kind: ErrorKind::Busy, message: "busy".to_owned(), is_retryable: true });
    assert_eq!(progress.wait_while_moving(1, Some(Duration::from_millis(1))), Err(Stalled::Deadline));
}
