//! What the writing tools have in common: the arguments of a described entry, and putting one there.

use annals::Stop;
use annals_store::awareness::{Action, Desk, Entry};
use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::awareness::{Halt, Told};
use crate::refusal::Refusal;
use crate::{changes, text};

/// Who taught it, where nobody says.
pub(super) const LEARNED_FROM: &str = "conversation";

/// The last moment that has four digits for its year, 9999 being out of a time's range: 2262-01-01. Whatever should end later ends then.
pub(super) const MOST_NANOS: i64 = 9_214_646_400_000_000_000;

/// Puts a new entry there. One with its id is there already when a call with an idempotency key is sent again: then nothing is written, and it is answered.
pub(super) fn put(desk: &mut dyn Desk, told: &mut Told, entry: Entry) -> Result<Entry, Halt> {
    if let Some(made) = desk.any_entry(entry.id)? {
        return Ok(made);
    }
    let terms = text::terms_of_entry(&entry);
    let entry = desk.put(entry, &terms, &[])?;
    told.change(Action::Created, &entry);
    Ok(entry)
}

/// Puts a changed entry in its place.
pub(super) fn replace(
    desk: &mut dyn Desk,
    told: &mut Told,
    entry: Entry,
    change: Option<&annals_store::awareness::Change>,
) -> Result<Entry, Halt> {
    let terms = text::terms_of_entry(&entry);
    let entry = desk.replace(entry, Some(&terms), change)?;
    told.change(Action::Updated, &entry);
    Ok(entry)
}

/// `related_ids`, if they are given.
pub(super) fn related(
    arguments: &Arguments,
    own: Option<annals_store::awareness::EntryId>,
) -> Result<Option<Value>, Refusal> {
    arguments.list("related_ids")?.map(|ids| changes::related(&ids, own)).transpose()
}

/// The key under which a call may be sent again; an empty one is none.
pub(super) fn key(arguments: &Arguments) -> Result<Option<String>, Refusal> {
    Ok(arguments.text("idempotency_key")?.filter(|key| !key.is_empty()))
}

/// Data with those of these members that are something.
pub(super) fn data<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The answer of most writing tools.
pub(super) fn done(entry: &Entry) -> Value {
    json!({ "status": "ok", "id": entry.id.to_string() })
}

/// A refusal inside a work.
pub(super) fn refuse<T>(refusal: Refusal) -> Result<T, Halt> {
    Err(Stop::Refused(refusal))
}
