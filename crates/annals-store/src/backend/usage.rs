//! What an event tells of entries, as rows: the one place that says so, for who writes them and who checks them.

use std::borrow::Cow;

use serde_json::Value;

use crate::awareness::{EntryId, Trace};

/// How many numbers an event has; more than it may name entries.
pub const NUMBERS: u64 = 1_024;

/// The kind of a reading…
pub const READ: i64 = 0;
/// … and of an action.
pub const ACTED: i64 = 1;

/// A row as an event tells it, but for the space and the time, which are the event's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line<'t> {
    /// Its number.
    pub number: i64,
    /// [`READ`] or [`ACTED`].
    pub kind: i64,
    /// The entry.
    pub entry: EntryId,
    /// The client's name.
    pub platform: Option<&'t str>,
    /// The tool.
    pub tool: &'t str,
    /// What was done; empty for a reading.
    pub action: &'t str,
    /// More about it.
    pub detail: Option<&'t str>,
    /// A JSON array.
    pub tags: Cow<'t, str>,
}

/// The rows of the event with this `seq`, by number: the one place that says what an event tells, for who writes them and who checks them.
pub fn lines(trace: &Trace, seq: u64) -> Vec<Line<'_>> {
    match trace {
        Trace::Read { entries, tool, platform } => (seq * NUMBERS..)
            .zip(entries)
            .map(|(number, entry)| Line {
                number: stored(number),
                kind: READ,
                entry: *entry,
                platform: platform.as_deref(),
                tool,
                action: "",
                detail: None,
                tags: Cow::Borrowed("[]"),
            })
            .collect(),
        Trace::Acted { entry, action, detail, tags, tool, platform } => vec![Line {
            number: first_number(seq),
            kind: ACTED,
            entry: *entry,
            platform: platform.as_deref(),
            tool,
            action,
            detail: detail.as_deref(),
            tags: Cow::Owned(Value::from(tags.as_slice()).to_string()),
        }],
        Trace::Changed { .. } | Trace::Purged { .. } => Vec::new(),
    }
}

/// The first number of an event's rows.
pub fn first_number(seq: u64) -> i64 {
    stored(seq.saturating_mul(NUMBERS))
}

/// The event that has this number; one below all is told for a number that no event has.
pub fn seq_of(number: i64) -> u64 {
    number.max(0).cast_unsigned() / NUMBERS
}

/// A number as databases keep it. None that Annals gives out comes near the sign.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
