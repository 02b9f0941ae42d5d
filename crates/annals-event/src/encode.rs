//! The encoded event: what a journal record holds, in format 1.
//!
//! A journal outlives the program that wrote it, so this page is a specification: with it, a stranger can write a
//! reader. All integers are little endian. A text is UTF-8.
//!
//! | offset | bytes | holds |
//! | --- | --- | --- |
//! | 0 | 16 | `id`, in the order in which it is shown |
//! | 16 | 8 | `created_at`, signed nanoseconds since 1970 UTC |
//! | 24 | 1 | phase: 0 `single`, 1 `intent`, 2 `outcome`; plus 128 where the intent was made by `begin()` |
//! | 25 | 1 | outcome: 0 none, 1 `success`, 2 `failure`, 3 `denied`, 4 `timeout`, 5 `cancelled`, 6 `unknown` |
//! | 26 | 4 | `n_redacted`, unsigned |
//! | 30 | … | fields up to the end of the record |
//!
//! A field is a tag (1 byte), the length of its value, and the value. The length is an unsigned LEB128 number: seven
//! bits a byte, the lowest first, the highest bit set on all bytes but the last, at most five bytes. Fields come in any
//! order, each at most once; `event_type`, `space` and `credential` are always there, the others only where the event
//! has a value.
//!
//! | tag | value |
//! | --- | --- |
//! | 1 | `event_type`, text |
//! | 2 | `space`, text |
//! | 3 | `credential`, text |
//! | 4 | `occurred_at`, 8 bytes, signed nanoseconds since 1970 UTC |
//! | 5 | `duration_ms`, 8 bytes, unsigned |
//! | 6 | `details`, text: one JSON object |
//! | 16–35 | text: `operation_id` `user_identity` `on_behalf_of` `actor_name` `agent_version` `model` `client` `project_name` `plan_id` `root_plan_id` `session_id` `correlation_id` `parent_id` `traceparent` `tool` `resource` `policy` `decision` `approver` `host`, in this order |
//!
//! The format has no number of its own: it stands in the header of the file ([`PAYLOAD_FORMAT`]). A reader refuses a
//! tag that it doesn't know, because skipping it would lose what somebody recorded; a new tag is a new format.
//!
//! Why not JSON or a serialisation library: the caller waits for this, so it must be a few hundred nanoseconds and one
//! copy; and it must be readable in ten years, so it must be describable on a page.

use crate::column::Column;
use crate::decode::Encoded;
use crate::details::{self, Details, Secrets, nul};
use crate::error::{Invalid, InvalidKind, quoted};
use crate::event::Event;
use crate::id::EventId;
use crate::redact::Redactor;
use crate::time::Timestamp;
use crate::types::Types;
use crate::wide;
use crate::words::{Decision, Outcome, Phase};

pub(crate) use crate::details::MAX_DEPTH;

mod traceparent;

pub use self::traceparent::is_traceparent;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

/// The version of the format above.
pub const PAYLOAD_FORMAT: u16 = 1;

/// The longest text of a column, in bytes, as the caller gives it.
pub const MAX_TEXT_BYTES: usize = 8 * 1024;

/// The most bytes of details unless a service sets another limit.
pub const DEFAULT_MAX_DETAILS: usize = 64 * 1024;

pub(crate) const HEADER_BYTES: usize = 30;
pub(crate) const TAG_EVENT_TYPE: u8 = 1;
pub(crate) const TAG_SPACE: u8 = 2;
pub(crate) const TAG_CREDENTIAL: u8 = 3;
pub(crate) const TAG_OCCURRED_AT: u8 = 4;
pub(crate) const TAG_DURATION_MS: u8 = 5;
pub(crate) const TAG_DETAILS: u8 = 6;
pub(crate) const BEGUN: u8 = 0x80;

/// What events are checked against: compiled once, shared by all callers.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The types that may be recorded.
    pub types: Types,
    /// What takes the secrets out.
    pub redactor: Redactor,
    /// The most bytes that details may have once encoded.
    pub max_details: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self { types: Types::standard(), redactor: Redactor::standard(), max_details: DEFAULT_MAX_DETAILS }
    }
}

/// What Annals adds to an event at the call.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// The event's id.
    pub id: EventId,
    /// The time of the call.
    pub created_at: Timestamp,
    /// Whose record it is.
    pub space: &'a str,
    /// The authenticated token or OS user behind the call.
    pub credential: &'a str,
    /// Whether this is an intent made by `begin()`, which its process answers for.
    pub begun: bool,
}

/// Checks an event, takes its secrets out and appends its bytes.
///
/// After an error `out` is as it was before.
pub fn encode(event: &Event, rules: &Rules, stamp: &Stamp<'_>, out: &mut Vec<u8>) -> Result<(), Invalid> {
    let start = out.len();
    let result = check(event, rules).and_then(|()| {
        put_fixed(event, stamp, out);
        let given = out.len();
        out.extend_from_slice(event.texts());
        let mut n_redacted = put_details(event, Secrets::ByKey(&rules.redactor), out)?;
        // What is far too large even before is refused without the slow look for secrets.
        check_details_size(&out[given..], rules.max_details.saturating_mul(2), rules)?;
        if rules.redactor.suspects(&out[given..]) {
            out.truncate(given);
            n_redacted = put_clean_texts(event, &rules.redactor, out);
            n_redacted += put_details(event, Secrets::Everywhere(&rules.redactor), out)?;
        }
        check_details_size(&out[given..], rules.max_details, rules)?;
        put_n_redacted(out, start, n_redacted);
        Ok(())
    });
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// The same for an event of another Annals, which has taken so many secrets out already: they are counted with those that are found here.
pub fn encode_forwarded(
    event: &Event,
    rules: &Rules,
    stamp: &Stamp<'_>,
    n_redacted: u32,
    out: &mut Vec<u8>,
) -> Result<(), Invalid> {
    let start = out.len();
    encode(event, rules, stamp, out)?;
    let found = Encoded::decode(&out[start..]).map_or(0, |event| event.n_redacted());
    put_n_redacted(out, start, found.saturating_add(n_redacted));
    Ok(())
}

/// Appends the bytes of one of Annals' own events, which needs no check and holds no secret.
pub fn encode_own(event: &Event, stamp: &Stamp<'_>, out: &mut Vec<u8>) {
    put_fixed(event, stamp, out);
    out.extend_from_slice(event.texts());
    let written = put_details(event, Secrets::Keep, out);
    debug_assert!(written.is_ok(), "Annals' own details are an object without NUL: {written:?}");
}

/// Everything that doesn't need the details' bytes.
fn check(event: &Event, rules: &Rules) -> Result<(), Invalid> {
    for (tag, text) in fields(event.texts()) {
        match Column::from_tag(tag) {
            Some(column) => check_text(column, text)?,
            None if rules.types.knows(text) => {}
            None => rules.types.check(event.event_type())?,
        }
    }
    check_operation(event)?;
    if event.duration_ms_value().is_some_and(|millis| millis > details::MAX_INTEGER.unsigned_abs()) {
        return Err(Invalid::new("duration_ms", InvalidKind::OutOfRange, "is more than 2^53−1 milliseconds"));
    }
    Ok(())
}

fn check_text(column: Column, text: &[u8]) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(column.invalid(InvalidKind::Malformed, "is empty").with_hint("leave the field out"));
    }
    if text.len() > MAX_TEXT_BYTES {
        let problem = format!("has {} bytes, more than the {MAX_TEXT_BYTES} a column takes", text.len());
        return Err(column.invalid(InvalidKind::TooLarge, problem).with_hint("put long texts into `details`"));
    }
    if wide::has_nul(text) {
        return Err(nul(column.name()));
    }
    match column {
        Column::Traceparent if !traceparent::is_valid(text) => {
            let problem = format!("`{}` is no W3C trace context", quoted(&String::from_utf8_lossy(text)));
            Err(column
                .invalid(InvalidKind::Malformed, problem)
                .with_hint("it looks like 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
        }
        Column::Decision => String::from_utf8_lossy(text).parse::<Decision>().map(|_| ()),
        _ => Ok(()),
    }
}

/// An intent is matched to its outcome by the operation's id: without it, or with an outcome already, it is neither.
fn check_operation(event: &Event) -> Result<(), Invalid> {
    let (phase, outcome) = (event.phase_value(), event.outcome_value());
    if phase != Phase::Single && !event.has(Column::OperationId) {
        let problem = format!("must be set where `phase` is `{phase}`");
        return Err(Column::OperationId.invalid(InvalidKind::Missing, problem));
    }
    match (phase, outcome) {
        (Phase::Intent, Some(_)) => {
            Err(Invalid::new("outcome", InvalidKind::Malformed, "can't be set where `phase` is `intent`"))
        }
        (Phase::Outcome, None) => {
            Err(Invalid::new("outcome", InvalidKind::Missing, "must be set where `phase` is `outcome`"))
        }
        _ => Ok(()),
    }
}

/// The header and the fields that hold nothing of the caller's text.
fn put_fixed(event: &Event, stamp: &Stamp<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(stamp.id.as_bytes());
    out.extend_from_slice(&stamp.created_at.as_nanos().to_le_bytes());
    out.push(phase_code(event.phase_value()) | if stamp.begun { BEGUN } else { 0 });
    out.push(event.outcome_value().map_or(0, outcome_code));
    out.extend_from_slice(&[0; 4]);
    put_field(out, TAG_SPACE, stamp.space.as_bytes());
    put_field(out, TAG_CREDENTIAL, stamp.credential.as_bytes());
    if let Some(at) = event.occurred_at_value() {
        put_field(out, TAG_OCCURRED_AT, &at.as_nanos().to_le_bytes());
    }
    if let Some(millis) = event.duration_ms_value() {
        put_field(out, TAG_DURATION_MS, &millis.to_le_bytes());
    }
}

/// Appends the details, last of all, so that their length can be put in front of them when it is known.
fn put_details(event: &Event, secrets: Secrets<'_>, out: &mut Vec<u8>) -> Result<u32, Invalid> {
    let value = match event.details_slot() {
        Details::Absent => return Ok(0),
        Details::TooDeep => {
            let problem = format!("are nested deeper than {MAX_DEPTH} levels");
            return Err(Invalid::new("details", InvalidKind::TooDeep, problem));
        }
        Details::Given(value) => value,
    };
    out.push(TAG_DETAILS);
    let length_at = out.len();
    // Two bytes hold every length from 128 to 16 383, which is nearly all of them; the others move the value.
    out.extend_from_slice(&[0, 0]);
    let n_redacted = details::write(value, secrets, out)?;
    let (length, n_bytes) = varint(out.len() - length_at - 2);
    out.splice(length_at..length_at + 2, length[..n_bytes].iter().copied());
    Ok(n_redacted)
}

/// The texts with the secrets taken out, and how many those were.
fn put_clean_texts(event: &Event, redactor: &Redactor, out: &mut Vec<u8>) -> u32 {
    let mut n_redacted = 0;
    for (tag, bytes) in fields(event.texts()) {
        let text = std::str::from_utf8(bytes).expect("an event's buffer holds text only");
        // A known type is a word of ours.
        if tag == TAG_EVENT_TYPE {
            put_field(out, tag, bytes);
            continue;
        }
        let (clean, n) = redactor.clean(text);
        n_redacted += n;
        put_field(out, tag, clean.as_bytes());
    }
    n_redacted
}

fn check_details_size(fields_written: &[u8], most: usize, rules: &Rules) -> Result<(), Invalid> {
    // The record as a whole is at most so long only where the details are: the common case needs no second look.
    if fields_written.len() <= most {
        return Ok(());
    }
    match fields(fields_written).find(|(tag, _)| *tag == TAG_DETAILS) {
        Some((_, bytes)) if bytes.len() > most => {
            let problem = format!("have {} bytes as JSON, more than the {} allowed", bytes.len(), rules.max_details);
            Err(Invalid::new("details", InvalidKind::TooLarge, problem).with_hint(
                "keep the size and a digest instead of the content, or raise the setting `audit_max_details`",
            ))
        }
        _ => Ok(()),
    }
}

fn put_n_redacted(out: &mut [u8], start: usize, n_redacted: u32) {
    out[start + HEADER_BYTES - 4..start + HEADER_BYTES].copy_from_slice(&n_redacted.to_le_bytes());
}

fn phase_code(phase: Phase) -> u8 {
    match phase {
        Phase::Single => 0,
        Phase::Intent => 1,
        Phase::Outcome => 2,
    }
}

fn outcome_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Success => 1,
        Outcome::Failure => 2,
        Outcome::Denied => 3,
        Outcome::Timeout => 4,
        Outcome::Cancelled => 5,
        Outcome::Unknown => 6,
    }
}

/// Appends a field.
#[inline]
pub(crate) fn put_field(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    if let Ok(length) = u8::try_from(value.len())
        && length < 0x80
    {
        out.extend_from_slice(&[tag, length]);
    } else {
        let (length, n_bytes) = varint(value.len());
        out.push(tag);
        out.extend_from_slice(&length[..n_bytes]);
    }
    out.extend_from_slice(value);
}

/// An LEB128 number and how many of the bytes it takes.
fn varint(number: usize) -> ([u8; 10], usize) {
    let (mut bytes, mut rest, mut n_bytes) = ([0; 10], number, 0);
    loop {
        bytes[n_bytes] = (rest & 0x7f).to_le_bytes()[0];
        rest >>= 7;
        if rest == 0 {
            return (bytes, n_bytes + 1);
        }
        bytes[n_bytes] |= 0x80;
        n_bytes += 1;
    }
}

/// The fields of bytes that this crate has written itself, up to their end or the first malformed one.
pub(crate) fn fields(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (tag, value, after) = split_field(rest)?;
        rest = after;
        Some((tag, value))
    })
}

/// The first field and what follows it, or nothing where there is no whole one.
pub(crate) fn split_field(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, mut rest) = bytes.split_first()?;
    let mut length = 0_u64;
    for place in 0..5 {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        length |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            let (value, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            return Some((tag, value, after));
        }
    }
    None
}
