//! Reading an encoded event back: the mirror of [`encode`](crate::encode()), for bytes that nobody vouches for.
//!
//! A journal can be damaged and a neighbour can send anything, so nothing here is taken on trust and nothing panics:
//! every text is checked for UTF-8 once, when decoding, and borrowed from the bytes afterwards. The details' JSON is not
//! parsed; whoever wants the value parses it.

use std::fmt;

use crate::column::Column;
use crate::encode::{
    BEGUN, HEADER_BYTES, TAG_CREDENTIAL, TAG_DETAILS, TAG_DURATION_MS, TAG_EVENT_TYPE, TAG_OCCURRED_AT, TAG_SPACE,
    split_field,
};
use crate::id::EventId;
use crate::time::Timestamp;
use crate::words::{Outcome, Phase};

#[cfg(test)]
mod tests;

/// Why bytes are no encoded event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    problem: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an event of format {}: {}", crate::PAYLOAD_FORMAT, self.problem)
    }
}

impl std::error::Error for DecodeError {}

fn error(problem: impl Into<String>) -> DecodeError {
    DecodeError { problem: problem.into() }
}

/// An event's bytes, checked and taken apart.
#[derive(Clone, Debug)]
pub struct Encoded<'a> {
    id: EventId,
    created_at: Timestamp,
    phase: Phase,
    begun: bool,
    outcome: Option<Outcome>,
    n_redacted: u32,
    event_type: &'a str,
    space: &'a str,
    credential: &'a str,
    occurred_at: Option<Timestamp>,
    duration_ms: Option<u64>,
    details: Option<&'a str>,
    texts: [Option<&'a str>; Column::COUNT],
}

impl<'a> Encoded<'a> {
    /// Reads the bytes of one event; they hold nothing else.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (header, mut rest) =
            bytes.split_at_checked(HEADER_BYTES).ok_or_else(|| error("it is shorter than its header"))?;
        let mut event = Self::from_header(header)?;
        let mut seen = 0_u64;
        while !rest.is_empty() {
            let (tag, value, after) = split_field(rest).ok_or_else(|| error("a field is cut off"))?;
            rest = after;
            let bit = 1_u64.checked_shl(u32::from(tag)).unwrap_or(0);
            if seen & bit != 0 {
                return Err(error(format!("field {tag} is there twice")));
            }
            seen |= bit;
            event.take(tag, value)?;
        }
        for tag in [TAG_EVENT_TYPE, TAG_SPACE, TAG_CREDENTIAL] {
            if seen & (1 << tag) == 0 {
                return Err(error(format!("field {tag} is missing")));
            }
        }
        Ok(event)
    }

    /// The id.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// The type.
    pub fn event_type(&self) -> &'a str {
        self.event_type
    }

    /// The time of the call.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// The sender's own time.
    pub fn occurred_at(&self) -> Option<Timestamp> {
        self.occurred_at
    }

    /// The phase.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The outcome.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The duration in milliseconds.
    pub fn duration_ms(&self) -> Option<u64> {
        self.duration_ms
    }

    /// How many secrets were taken out.
    pub fn n_redacted(&self) -> u32 {
        self.n_redacted
    }

    /// Whose record it is.
    pub fn space(&self) -> &'a str {
        self.space
    }

    /// Who is behind the call.
    pub fn credential(&self) -> &'a str {
        self.credential
    }

    /// A text column.
    pub fn get(&self, column: Column) -> Option<&'a str> {
        self.texts[column.index()]
    }

    /// The details, one JSON object.
    pub fn details(&self) -> Option<&'a str> {
        self.details
    }

    /// Whether this is an intent made by `begin()`.
    pub fn begun(&self) -> bool {
        self.begun
    }

    fn from_header(header: &[u8]) -> Result<Self, DecodeError> {
        let (phase, outcome) = (header[24], header[25]);
        Ok(Self {
            id: EventId::from_bytes(array(&header[..16])?),
            created_at: Timestamp::from_nanos(i64::from_le_bytes(array(&header[16..24])?)),
            phase: match phase & !BEGUN {
                0 => Phase::Single,
                1 => Phase::Intent,
                2 => Phase::Outcome,
                other => return Err(error(format!("there is no phase {other}"))),
            },
            begun: phase & BEGUN != 0,
            outcome: match outcome {
                0 => None,
                1 => Some(Outcome::Success),
                2 => Some(Outcome::Failure),
                3 => Some(Outcome::Denied),
                4 => Some(Outcome::Timeout),
                5 => Some(Outcome::Cancelled),
                6 => Some(Outcome::Unknown),
                other => return Err(error(format!("there is no outcome {other}"))),
            },
            n_redacted: u32::from_le_bytes(array(&header[26..])?),
            event_type: "",
            space: "",
            credential: "",
            occurred_at: None,
            duration_ms: None,
            details: None,
            texts: [None; Column::COUNT],
        })
    }

    fn take(&mut self, tag: u8, value: &'a [u8]) -> Result<(), DecodeError> {
        let text = || std::str::from_utf8(value).map_err(|_| error(format!("field {tag} is not UTF-8")));
        match tag {
            TAG_EVENT_TYPE => self.event_type = text()?,
            TAG_SPACE => self.space = text()?,
            TAG_CREDENTIAL => self.credential = text()?,
            TAG_OCCURRED_AT => self.occurred_at = Some(Timestamp::from_nanos(i64::from_le_bytes(array(value)?))),
            TAG_DURATION_MS => self.duration_ms = Some(u64::from_le_bytes(array(value)?)),
            TAG_DETAILS => self.details = Some(text()?),
            _ => match Column::from_tag(tag) {
                Some(column) => self.texts[column.index()] = Some(text()?),
                None => return Err(error(format!("there is no field {tag}"))),
            },
        }
        Ok(())
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    bytes.try_into().map_err(|_| error(format!("a value of {N} bytes has {}", bytes.len())))
}
