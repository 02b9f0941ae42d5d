//! What the writing tools have in common: the arguments of a described entry, and putting one there.

use annals::Stop;
use annals_store::awareness::{Action, Desk, Entry, EntryType, Name};
use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::awareness::{Context, Halt, Told};
use crate::refusal::Refusal;
use crate::{changes, text};

/// Who taught it, where nobody says.
pub(super) const LEARNED_FROM: &str = "conversation";

/// Of which source alerts about languages are: the contract's.
const LANGUAGE_SOURCE: &str = "mcp-awareness";

/// The last moment that has four digits for its year, 9999 being out of a time's range: 2262-01-01. Whatever should end later ends then.
pub(super) const MOST_NANOS: i64 = 9_214_646_400_000_000_000;

/// Puts a new entry there.
pub(super) fn put(desk: &mut dyn Desk, told: &mut Told, entry: Entry) -> Result<Entry, Halt> {
    let terms = text::terms_of_entry(&entry);
    let entry = desk.put(entry, &terms, &[])?;
    told.change(Action::Created, &entry);
    Ok(entry)
}

/// Raises the alert that a text is in a language of which we have no words, once for each of them.
///
/// The entry is kept all the same; what is raised tells why it is found by whole words alone.
pub(super) fn tell_of_language(
    desk: &mut dyn Desk,
    told: &mut Told,
    context: &Context,
    entry: &Entry,
    text: &str,
) -> Result<(), Halt> {
    let Some(code) = annals_words::unsupported(text).filter(|_| entry.language.is_none()) else { return Ok(()) };
    let alert_id = format!("unsupported-language-{code}");
    if desk.named_for_change(&Name::alert(LANGUAGE_SOURCE, &alert_id))?.is_some() {
        return Ok(());
    }
    let made = context.entry(EntryType::Alert, LANGUAGE_SOURCE, desk.now());
    let mut alert = made.or_else(refuse)?;
    alert.tags = vec!["language".to_owned(), "unsupported".to_owned()];
    alert.data = data([
        ("alert_id", Some(alert_id.into())),
        ("level", Some("info".into())),
        ("alert_type", Some("structural".into())),
        ("message", Some(format!("text in the language `{code}` is found by whole words alone").into())),
        ("resolved", Some(false.into())),
        ("detected_iso", Some(code.into())),
    ]);
    put(desk, told, alert)?;
    Ok(())
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
