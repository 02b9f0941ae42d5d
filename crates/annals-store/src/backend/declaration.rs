//! What an event of type `audit.erased` or `audit.pruned` says, written and read back.

use annals_event::{Event, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Selection, TypePattern, Wording};

/// What a declaration does to the rows that it covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// All groups go.
    Emptied,
    /// `details` goes.
    WithoutDetails,
    /// The rows go.
    Deleted,
}

/// A declaration as it stands in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declaration {
    /// What it does.
    pub effect: Effect,
    /// How many rows it covers.
    pub count: u64,
    /// The digest of their numbers.
    pub digest: String,
}

/// The event that declares that these rows go, and so many dead letters.
pub fn event(selection: &Selection, wording: Wording<'_>, covered: &[u64], n_dead_letters: u64) -> Event {
    let mut details = Map::new();
    details.insert("reason".into(), wording.reason.into());
    let event_type = match selection {
        Selection::User(_) | Selection::Events(_) => {
            details.insert("groups".into(), json!(["who", "context", "details"]));
            "audit.erased"
        }
        Selection::Details { before, types } => {
            details.insert("groups".into(), json!(["details"]));
            put_before(&mut details, *before);
            if !types.is_empty() {
                details.insert("types".into(), types.iter().map(shown).collect());
            }
            "audit.pruned"
        }
        Selection::Rows { before } => {
            details.insert("rows".into(), true.into());
            put_before(&mut details, *before);
            "audit.pruned"
        }
    };
    details.insert("count".into(), covered.len().into());
    if let (Some(first), Some(last)) = (covered.first(), covered.last()) {
        details.insert("first".into(), (*first).into());
        details.insert("last".into(), (*last).into());
    }
    details.insert("sha256".into(), digest(covered).into());
    if n_dead_letters > 0 {
        details.insert("dead_letters".into(), n_dead_letters.into());
    }
    Event::new(event_type).details(Value::Object(details))
}

/// Reads one back.
pub fn read(seq: u64, details: Option<&str>) -> Result<Declaration, Error> {
    let read = || {
        let value: Value = serde_json::from_str(details?).ok()?;
        let groups = value.get("groups").and_then(Value::as_array);
        let effect = match (groups, value.get("rows")) {
            (Some(groups), None) if groups.len() == 1 && groups[0] == "details" => Effect::WithoutDetails,
            (Some(groups), None) if groups.len() == 3 => Effect::Emptied,
            (None, Some(Value::Bool(true))) => Effect::Deleted,
            _ => return None,
        };
        let digest = value.get("sha256")?.as_str()?.to_owned();
        Some(Declaration { effect, count: value.get("count")?.as_u64()?, digest })
    };
    read().ok_or_else(|| unbelievable(seq, "can't be read"))
}

/// The SHA-256 over sequence numbers in order, in hex.
pub fn digest(covered: &[u64]) -> String {
    let mut digest = Sha256::new();
    for seq in covered {
        digest.update(seq.to_be_bytes());
    }
    digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The error for a declaration that nobody of ours wrote.
pub fn unbelievable(seq: u64, problem: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "the erasure that event {seq} declares {problem}, so it is not carried out (hint: `annals verify` tells what was changed)"
        ),
    )
}

fn put_before(details: &mut Map<String, Value>, before: Timestamp) {
    details.insert("before".into(), before.to_string().into());
}

fn shown(pattern: &TypePattern) -> Value {
    match pattern {
        TypePattern::Exact(exact) => exact.clone().into(),
        TypePattern::Family(family) => format!("{family}*").into(),
    }
}
