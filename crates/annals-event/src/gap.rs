//! A declared loss: events of a producer that will never come.
//!
//! A trail that has lost something must say so itself, in a row of its own, or a reader can't tell loss from tampering.
//! This module only knows how a gap is written down as an event of type `audit.gap` and read back from its details;
//! who declares one, and when, is the writer's business.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::error::{Invalid, InvalidKind, quoted};
use crate::event::Event;
use crate::id::ProducerId;

#[cfg(test)]
mod tests;

/// Why events are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapReason {
    /// Dropped rather than waited with, when the queue was full or its disk was.
    Shed,
    /// Unreadable in a journal.
    Damaged,
    /// Refused by the database; kept in its dead-letter table.
    DeadLetter,
    /// In the database before it was rolled back.
    TargetLost,
}

impl GapReason {
    /// Every reason there is.
    pub const ALL: &[Self] = &[Self::Shed, Self::Damaged, Self::DeadLetter, Self::TargetLost];

    /// The word in the gap's details.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shed => "shed",
            Self::Damaged => "damaged",
            Self::DeadLetter => "dead_letter",
            Self::TargetLost => "target_lost",
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for GapReason {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| malformed("reason", format!("`{}` is no reason for a gap", quoted(text))))
    }
}

/// Which of a producer's numbers a gap covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapSpan {
    /// These, both included.
    Range {
        /// The first missing number.
        first: u64,
        /// The last missing number.
        last: u64,
    },
    /// Everything from here on that ever was: where it ended can't be told.
    From {
        /// The first missing number.
        first: u64,
    },
    /// None: shed events take no number. They lie after this one, or before the first.
    After {
        /// The last number given before the loss.
        pseq: Option<u64>,
    },
}

/// A declared loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose events are missing.
    pub producer: ProducerId,
    /// Why.
    pub reason: GapReason,
    /// Which.
    pub span: GapSpan,
    /// How many, where that is known.
    pub n_events: Option<u64>,
}

impl Gap {
    /// The type of the event that declares a gap.
    pub const EVENT_TYPE: &str = "audit.gap";

    /// The event that declares it, with the details `producer`, `reason`, `first_pseq` and `last_pseq` or `after_pseq`
    /// (`null` before the first), and `count` where it is known.
    pub fn event(&self) -> Event {
        let mut details = Map::new();
        details.insert("producer".into(), self.producer.to_string().into());
        details.insert("reason".into(), self.reason.as_str().into());
        match self.span {
            GapSpan::Range { first, last } => {
                details.insert("first_pseq".into(), first.into());
                details.insert("last_pseq".into(), last.into());
            }
            GapSpan::From { first } => {
                details.insert("first_pseq".into(), first.into());
            }
            GapSpan::After { pseq } => {
                details.insert("after_pseq".into(), pseq.into());
            }
        }
        if let Some(n_events) = self.n_events {
            details.insert("count".into(), n_events.into());
        }
        Event::new(Self::EVENT_TYPE).details(Value::Object(details))
    }

    /// Reads a gap back from the details of its event.
    pub fn from_details(text: &str) -> Result<Self, Invalid> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| malformed("details", format!("not JSON: {error}")))?;
        let word = |name: &'static str| {
            value.get(name).and_then(Value::as_str).ok_or_else(|| malformed(name, "must be a string".into()))
        };
        let count = |name: &'static str| match value.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(number) => match number.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(malformed(name, "must be a count".into())),
            },
        };
        let span = match (count("first_pseq")?, count("last_pseq")?, value.get("after_pseq")) {
            (Some(first), Some(last), None) if first <= last => GapSpan::Range { first, last },
            (Some(first), None, None) => GapSpan::From { first },
            (None, None, Some(_)) => GapSpan::After { pseq: count("after_pseq")? },
            _ => return Err(malformed("details", "must name either a range or what the gap lies after".into())),
        };
        Ok(Self {
            producer: word("producer")?.parse()?,
            reason: word("reason")?.parse()?,
            span,
            n_events: count("count")?,
        })
    }
}

fn malformed(field: &'static str, problem: String) -> Invalid {
    Invalid::new(field, InvalidKind::Malformed, problem)
}
