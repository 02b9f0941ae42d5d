//! What several targets hold an event or a refusal to.

use std::sync::LazyLock;

use annals_event::{
    Column, Encoded, Event, EventId, Invalid, InvalidKind, ProducerId, Rules, Stamp, StoredEvent, Texts, Timestamp,
    encode, encode_forwarded, json,
};
use annals_forward::{read_line, write_event};
use serde_json::Value;

/// The rules of a service that was not configured.
pub(crate) static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);

/// The event's id and time: 2026-11-20T14:30:00Z.
const CREATED_AT: Timestamp = Timestamp::from_nanos(1_795_185_000_000_000_000);

/// The same stamp for every event.
pub(crate) fn stamp() -> Stamp<'static> {
    Stamp {
        id: EventId::v7(CREATED_AT, 5),
        created_at: CREATED_AT,
        space: "default",
        credential: "os:somebody",
        begun: false,
    }
}

/// A refusal names a field, says what is wrong, and does nothing to a terminal.
pub(crate) fn refused(invalid: &Invalid) {
    // A name that is unknown may be no name at all.
    let is_named = !invalid.field().is_empty() || invalid.kind() == InvalidKind::UnknownField;
    assert!(is_named && !invalid.problem().is_empty(), "a refusal says nothing: {invalid:?}");
    plain(&invalid.to_string());
}

/// A message on one line that does nothing to a terminal, and that a stranger's text makes no longer than it must be.
pub(crate) fn plain(message: &str) {
    assert!(!message.contains(char::is_control), "a message has control characters: {message:?}");
    assert!(message.len() < 4096, "a message has {} bytes", message.len());
}

/// An event that was read can be recorded or is refused; recorded, it goes through every form that events have.
pub(crate) fn recorded(event: &Event) {
    let mut bytes = Vec::new();
    match encode(event, &RULES, &stamp(), &mut bytes) {
        Err(invalid) => {
            assert!(bytes.is_empty(), "a refused event left {} bytes behind", bytes.len());
            refused(&invalid);
        }
        Ok(()) => encoded(&bytes),
    }
}

/// The same for an event that must not be refused.
pub(crate) fn accepted(event: &Event, rules: &Rules) {
    let mut bytes = Vec::new();
    encode(event, rules, &stamp(), &mut bytes).unwrap_or_else(|invalid| panic!("{invalid} in {event:?}"));
    let details = decoded(&bytes).details().map_or(0, str::len);
    assert!(details <= rules.max_details, "details of {details} bytes");
}

/// What `encode` wrote.
fn encoded(bytes: &[u8]) {
    let event = decoded(bytes);
    for column in Column::ALL {
        let text = event.get(*column);
        assert!(text.is_none_or(|text| !text.is_empty() && !text.contains('\0')), "`{column:?}` holds {text:?}");
    }
    if let Some(details) = event.details() {
        let value = json::parse_details(details).expect("what is recorded is read again");
        assert_eq!(value.to_string(), serde_json::from_str::<Value>(details).expect("JSON").to_string());
    }
    forwarded(&event);
    shown(&event);
}

/// Sent to another Annals it arrives as the same. Only where a secret was taken out may more go, since what is left of the text reads otherwise than before.
fn forwarded(event: &Encoded<'_>) {
    let mut line = String::new();
    write_event(event, 7, &mut line);
    assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "a line of a batch is one line: {line:?}");
    let read = read_line(line.trim_end()).expect("a line that was written is read");
    assert_eq!((read.pseq, read.id, read.created_at), (7, event.id(), event.created_at()));
    let sent = read.event.expect("an event that was accepted is no other one's refusal");
    let mut bytes = Vec::new();
    encode_forwarded(&sent, &RULES, &stamp(), read.n_redacted, &mut bytes).expect("what was accepted is accepted");
    let mut again = String::new();
    write_event(&decoded(&bytes), 7, &mut again);
    assert!(line == again || event.n_redacted() > 0, "the event changed on its way:\n{line}{again}");
}

/// Shown as a row of the log it is one line of JSON, and its columns are read again.
fn shown(event: &Encoded<'_>) {
    let mut line = String::new();
    json::write(&stored(event), &mut line);
    assert!(!line.contains(|c: char| c < ' '), "a row of the log is one line: {line:?}");
    let Ok(Value::Object(mut row)) = serde_json::from_str(&line) else { panic!("a row of the log is JSON: {line:?}") };
    for own in ["seq", "id", "created_at", "recorded_at", "space", "credential", "producer", "pseq", "n_redacted"] {
        assert!(row.remove(own).is_some(), "a row of the log has `{own}`");
    }
    json::from_object(&Value::Object(row).to_string()).expect("what an event shows can be given again");
}

/// An encoded event as a row of the log.
fn stored(event: &Encoded<'_>) -> StoredEvent {
    let mut texts = Texts::default();
    for column in Column::ALL {
        texts.set(*column, event.get(*column));
    }
    StoredEvent {
        seq: 3,
        id: event.id(),
        event_type: event.event_type().to_owned(),
        created_at: event.created_at(),
        recorded_at: event.created_at(),
        occurred_at: event.occurred_at(),
        space: event.space().to_owned(),
        credential: Some(event.credential().to_owned()),
        producer: ProducerId::from_bytes([7; 16]),
        pseq: 7,
        phase: event.phase(),
        outcome: event.outcome(),
        duration_ms: event.duration_ms(),
        n_redacted: event.n_redacted(),
        texts,
        details: event.details().map(str::to_owned),
        erased_by: None,
    }
}

fn decoded(bytes: &[u8]) -> Encoded<'_> {
    Encoded::decode(bytes).expect("what `encode` wrote is read")
}
