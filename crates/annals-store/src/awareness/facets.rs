//! What is searched for in an entry's data, taken out of it once for all databases.
//!
//! A backend stores these beside the entry, in columns with indexes, and never looks into the data itself. They are not in an entry's digest, since they follow from it.

use std::collections::BTreeSet;

use annals_event::Timestamp;
use serde_json::Value;

use super::{Entry, EntryId, EntryType};

/// A name that one entry of a type has in its space: a status its source, an alert its source and `alert_id`, a preference its scope and key, a schema its family and version.
/// At most one entry outside the trash has it, expired ones included.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name {
    entry_type: EntryType,
    text: String,
}

/// What is searched for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facets {
    /// The entry's name, for the types that have one.
    pub name: Option<Name>,
    /// An intention's `state`; `active` or `resolved` of an alert.
    pub state: Option<String>,
    /// When a pending intention is to be delivered, or a snoozed one wakes.
    pub due: Option<Timestamp>,
    /// The data's `learned_from`.
    pub learned_from: Option<String>,
    /// A record's schema, by the schema's name.
    pub schema: Option<Name>,
    /// Whether a pattern has an effect.
    pub has_effect: bool,
    /// The entries in the data's `related_ids`, itself left out.
    pub related: BTreeSet<EntryId>,
}

impl Name {
    /// The status of a source.
    pub fn status(source: &str) -> Self {
        Self::of(EntryType::Status, &[source])
    }

    /// An alert of a source.
    pub fn alert(source: &str, alert_id: &str) -> Self {
        Self::of(EntryType::Alert, &[source, alert_id])
    }

    /// A preference.
    pub fn preference(scope: &str, key: &str) -> Self {
        Self::of(EntryType::Preference, &[scope, key])
    }

    /// A schema.
    pub fn schema(family: &str, version: &str) -> Self {
        Self::of(EntryType::Schema, &[family, version])
    }

    /// The type of the entry that has it.
    pub fn entry_type(&self) -> EntryType {
        self.entry_type
    }

    /// As a database keeps it: two names are one exactly when their texts are.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn of(entry_type: EntryType, parts: &[&str]) -> Self {
        Self { entry_type, text: serde_json::to_string(parts).expect("strings are always JSON") }
    }
}

impl Entry {
    /// What is searched for in it.
    pub fn facets(&self) -> Facets {
        let (mut name, mut schema, mut state, mut due) = (None, None, None, None);
        match self.entry_type {
            EntryType::Status => name = Some(Name::status(&self.source)),
            EntryType::Alert => {
                name = self.text("alert_id").map(|alert_id| Name::alert(&self.source, alert_id));
                let is_resolved = self.data.get("resolved") == Some(&Value::Bool(true));
                state = Some(if is_resolved { "resolved" } else { "active" }.to_owned());
            }
            EntryType::Preference => {
                name = self.text("scope").zip(self.text("key")).map(|(scope, key)| Name::preference(scope, key));
            }
            EntryType::Schema => {
                name = self
                    .text("family")
                    .zip(self.text("version"))
                    .map(|(family, version)| Name::schema(family, version));
            }
            EntryType::Record => {
                schema = self
                    .text("schema_ref")
                    .zip(self.text("schema_version"))
                    .map(|(family, version)| Name::schema(family, version));
            }
            EntryType::Intention => {
                state = self.text("state").map(str::to_owned);
                due = match state.as_deref() {
                    Some("pending") => self.text("deliver_at").and_then(moment),
                    Some("snoozed") => self.text("snooze_until").and_then(moment),
                    _ => None,
                };
            }
            EntryType::Pattern | EntryType::Suppression | EntryType::Context | EntryType::Note => {}
        }
        let related = self.data.get("related_ids").and_then(Value::as_array).into_iter().flatten();
        Facets {
            name,
            state,
            due,
            learned_from: self.text("learned_from").map(str::to_owned),
            schema,
            has_effect: self.entry_type == EntryType::Pattern
                && self.text("effect").is_some_and(|effect| !effect.trim().is_empty()),
            related: related.filter_map(|id| id.as_str()?.parse().ok()).filter(|id| *id != self.id).collect(),
        }
    }
}

/// A time as the service writes it into an entry's data: RFC 3339 with an offset.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
