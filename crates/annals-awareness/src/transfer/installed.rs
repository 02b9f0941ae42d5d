//! A row of an installation of `mcp-awareness` 0.18 as an entry.
//!
//! Its owner is our space. What it keeps within an entry's data has its place beside it here: the changelog becomes the history, and what the trash hid of an end is the end again. The languages
//! of its words have names of PostgreSQL's there and codes here.

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry, EntryId, EntryType};
use serde_json::{Map, Value};

use super::line::Bad;
use super::rehearsal::digest;
use crate::moment;

/// Where an entry's own end waits while it is in the trash.
const END: &str = "_original_expires";
/// The space of an owner without a name, and whose entries name none.
const NAMELESS: &str = "default";
/// The scope of preferences that hold everywhere.
const EVERYWHERE: &str = "global";

/// What PostgreSQL calls languages, with their codes.
const LANGUAGES: [(&str, &str); 28] = [
    ("arabic", "ar"),
    ("armenian", "hy"),
    ("basque", "eu"),
    ("catalan", "ca"),
    ("danish", "da"),
    ("dutch", "nl"),
    ("english", "en"),
    ("finnish", "fi"),
    ("french", "fr"),
    ("german", "de"),
    ("greek", "el"),
    ("hindi", "hi"),
    ("hungarian", "hu"),
    ("indonesian", "id"),
    ("irish", "ga"),
    ("italian", "it"),
    ("lithuanian", "lt"),
    ("nepali", "ne"),
    ("norwegian", "no"),
    ("portuguese", "pt"),
    ("romanian", "ro"),
    ("russian", "ru"),
    ("serbian", "sr"),
    ("spanish", "es"),
    ("swedish", "sv"),
    ("tamil", "ta"),
    ("turkish", "tr"),
    ("yiddish", "yi"),
];

/// A row of its entries.
#[derive(Clone, Copy, Debug)]
pub struct InstalledEntry<'a> {
    /// A UUID as text.
    pub id: &'a str,
    /// One of the ten types.
    pub entry_type: &'a str,
    /// Its source.
    pub source: &'a str,
    /// A JSON array of texts.
    pub tags: &'a str,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Option<Timestamp>,
    /// When it ends; in the trash, when it is purged.
    pub expires: Option<Timestamp>,
    /// When it was put into the trash.
    pub deleted: Option<Timestamp>,
    /// Its key.
    pub logical_key: Option<&'a str>,
    /// What PostgreSQL calls the language of its words.
    pub language: Option<&'a str>,
    /// A JSON object.
    pub data: &'a str,
}

/// What it knows of a user.
#[derive(Clone, Copy, Debug)]
pub struct InstalledUser<'a> {
    /// The user's name, which owns its entries.
    pub name: &'a str,
    /// When it was made.
    pub created: Timestamp,
    /// The time zone by its IANA name.
    pub timezone: Option<&'a str>,
    /// A JSON object.
    pub preferences: &'a str,
}

/// The space that an owner's entries belong to.
pub fn space_of(owner: &str) -> &str {
    if owner.is_empty() { NAMELESS } else { owner }
}

/// The entry of a row, with what it was before. `space` is where it goes, for what is told of it.
pub(super) fn read(row: &InstalledEntry<'_>, space: &str) -> Result<(Entry, Vec<Change>), Bad> {
    let bad = |field: &str, problem: &str| {
        Bad::new(format!("`{}` of `{space}`: `{field}` {problem}", annals_ask::shortened(row.id)))
    };
    let id: EntryId = row.id.parse().map_err(|_| bad("id", "is no UUID"))?;
    let entry_type: EntryType = row.entry_type.parse().map_err(|_| bad("type", "is none of the ten types"))?;
    let Ok(Value::Object(mut data)) = serde_json::from_str(row.data) else { return Err(bad("data", "is no object")) };
    let mut entry = Entry::new(id, entry_type, row.source, row.created);
    entry.tags = serde_json::from_str(row.tags).map_err(|_| bad("tags", "is no list of texts"))?;
    (entry.updated, entry.expires, entry.deleted) = (row.updated, row.expires, row.deleted);
    if row.deleted.is_some() {
        entry.expires = match data.remove(END) {
            None | Some(Value::Null) => None,
            Some(Value::String(end)) => Some(moment::parsed(&end).ok_or_else(|| bad(END, "is no time"))?),
            Some(_) => return Err(bad(END, "is no time")),
        };
    }
    entry.logical_key = row.logical_key.filter(|key| !key.is_empty()).map(str::to_owned);
    entry.language = row.language.and_then(language).map(str::to_owned);
    space.clone_into(&mut entry.credential);
    let changes = match data.remove("changelog") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(log)) => log
            .into_iter()
            .map(|change| {
                change_of(change).ok_or_else(|| bad("data.changelog", "is no list of times and changed fields"))
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(bad("data.changelog", "is no list")),
    };
    entry.data = data;
    Ok((entry, changes))
}

/// What a user set without an entry, as the preferences that say it here.
pub(super) fn preferences(user: &InstalledUser<'_>, space: &str) -> Result<Vec<Entry>, Bad> {
    let mut set: Map<String, Value> = match serde_json::from_str(user.preferences) {
        Ok(Value::Object(set)) => set,
        _ if user.preferences.is_empty() => Map::new(),
        _ => return Err(Bad::new(format!("user `{}`: `preferences` is no object", annals_ask::shortened(user.name)))),
    };
    if let Some(zone) = user.timezone.filter(|zone| !zone.is_empty() && *zone != "UTC") {
        set.entry("timezone").or_insert_with(|| zone.into());
    }
    let preference = |(key, value): (String, Value)| {
        let id = EntryId::v4(digest(&["user", user.name, &key]));
        let mut entry = Entry::new(id, EntryType::Preference, EVERYWHERE, user.created);
        space.clone_into(&mut entry.credential);
        let value = if let Value::String(text) = value { text } else { value.to_string() };
        let fields = [("key", Value::from(key)), ("value", value.into()), ("scope", EVERYWHERE.into())];
        entry.data = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        entry
    };
    Ok(set.into_iter().map(preference).collect())
}

fn change_of(change: Value) -> Option<Change> {
    let Value::Object(mut change) = change else { return None };
    let at = moment::parsed(change.get("updated")?.as_str()?)?;
    let Some(Value::Object(changed)) = change.remove("changed") else { return None };
    Some(Change { at: moment::kept(at), changed })
}

/// The code of a language by what PostgreSQL calls it, with a schema before it or without.
fn language(name: &str) -> Option<&'static str> {
    let name = name.rsplit('.').next().unwrap_or(name);
    let (_, code) = LANGUAGES.iter().find(|(known, _)| *known == name)?;
    annals_words::known(code)
}

#[cfg(test)]
mod tests;
