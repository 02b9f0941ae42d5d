//! The small values that stand in fields, arguments and URLs: times, ids, cursors, spans, traces, keys of groups.

use annals_ask::{moment_at, seqs, width};
use annals_event::{Commitment, EventId, Gap, GroupKey, ProducerId, Timestamp, is_traceparent};
use annals_store::Cursor;
use jiff::{Zoned, tz::TimeZone};

use crate::check;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    time(text);
    words(text);
    match text.parse::<EventId>() {
        Ok(id) => assert_eq!(id.to_string(), text.to_ascii_lowercase()),
        Err(invalid) => check::refused(&invalid),
    }
    match text.parse::<ProducerId>() {
        Ok(id) => assert_eq!(id.to_string().parse(), Ok(id)),
        Err(invalid) => check::refused(&invalid),
    }
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse::<Cursor>().ok(), Some(cursor));
    }
    if let Ok(key) = text.parse::<GroupKey>() {
        assert_eq!(key.to_string(), text.to_ascii_lowercase());
        assert_eq!(text.parse::<Commitment>().map(|hash| hash.to_string()), Ok(text.to_ascii_lowercase()));
    }
    if is_traceparent(text) {
        assert!(text.len() >= 55 && text.is_ascii(), "no trace context: {text:?}");
    }
    if let Ok(gap) = Gap::from_details(text) {
        let details = gap.event().details_value().expect("a gap has details").to_string();
        assert_eq!(Gap::from_details(&details), Ok(gap));
    }
}

/// A time in RFC 3339 is the same to another reader, and is read again as it was written.
fn time(text: &str) {
    match text.parse::<Timestamp>() {
        Ok(time) => {
            assert_eq!(time.to_string().parse(), Ok(time));
            // Which second a leap second is, the two see differently; and more than nine digits the other one does not take.
            let is_plain = !text.contains(":60") && text.len() <= 35;
            if let Some(other) = is_plain.then(|| text.parse::<jiff::Timestamp>().ok()).flatten() {
                assert_eq!(other.as_nanosecond(), i128::from(time.as_nanos()), "`{text}` is two times");
            }
        }
        Err(invalid) => check::refused(&invalid),
    }
}

/// The words of a question.
fn words(text: &str) {
    let now = Zoned::new(jiff::Timestamp::UNIX_EPOCH, TimeZone::UTC);
    if let Err(problem) = moment_at(text, &now) {
        check::plain(&problem);
    }
    match seqs(text) {
        Ok(span) => {
            assert!(span.start <= span.end, "a span that ends before it begins: {span:?}");
            assert_eq!(seqs(&format!("{}..{}", span.start, span.end)), Ok(span));
        }
        Err(problem) => check::plain(&problem),
    }
    if let Err(problem) = width(text) {
        check::plain(&problem);
    }
}
