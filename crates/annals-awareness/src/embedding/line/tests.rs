//! When a provider is asked again.

use super::*;

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, message: "a test".to_owned() }
}

#[test]
fn a_provider_that_does_not_answer_is_left_alone_for_longer_each_time() {
    let line = Line::new(Duration::from_secs(10));
    assert_eq!((line.trouble(), line.pause()), (None, Duration::ZERO));
    let mut before = Duration::ZERO;
    for _ in 0..3 {
        line.failed(&failure(FailureKind::Unavailable));
        assert!(before < line.pause() && line.pause() <= LONGEST);
        before = line.pause();
    }
    assert!(Duration::from_secs(30) < before, "ten, twenty, forty: {before:?}");
    assert_eq!(line.trouble(), Some("the provider does not answer"));
    line.answered();
    assert_eq!((line.trouble(), line.pause()), (None, Duration::ZERO));
    line.failed(&failure(FailureKind::Malformed));
    assert!(line.pause() <= Duration::from_secs(10), "it begins anew");
}

#[test]
fn a_provider_that_says_how_long_is_believed() {
    let line = Line::new(Duration::from_secs(1));
    line.failed(&failure(FailureKind::Busy { retry_after: Some(Duration::from_mins(10)) }));
    assert!(Duration::from_secs(500) < line.pause());
    for _ in 0..100 {
        line.failed(&failure(FailureKind::Unavailable));
    }
    assert!(line.pause() <= LONGEST, "and otherwise a minute at most");
}
