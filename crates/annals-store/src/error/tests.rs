//! What mends by waiting is said to, the rest is not; a cause is told once.

use std::error::Error as _;

use super::{Error, ErrorKind};

#[test]
fn only_what_may_mend_is_retryable() {
    for (kind, retryable) in [
        (ErrorKind::Busy, true),
        (ErrorKind::StorageFull, true),
        (ErrorKind::UnknownOutcome, true),
        (ErrorKind::Panicked, true),
        (ErrorKind::Closed, false),
        (ErrorKind::Corrupt, false),
        (ErrorKind::Invalid, false),
        (ErrorKind::Jump, false),
        (ErrorKind::NewerFormat, false),
        (ErrorKind::RowRefused, false),
    ] {
        assert_eq!(Error::new(kind, "x").is_retryable(), retryable, "{kind:?}");
    }
}

#[test]
fn the_cause_stands_beside_the_message_and_not_in_it() {
    let cause = std::io::Error::other("head crash");
    let error = Error::with_source(ErrorKind::Io, "cannot read `annals.db`", cause);
    assert_eq!(error.to_string(), "cannot read `annals.db`");
    assert_eq!(error.source().unwrap().to_string(), "head crash");
    assert_eq!(error.clone().kind(), ErrorKind::Io);
    assert!(format!("{error:?}").contains("head crash"));
}
