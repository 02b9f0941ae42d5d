//! What an address shows, and which addresses a change concerns.
//!
//! Reading a resource is recorded like the tool that answers the same. Whoever follows one asks [`touched`] what changes were about; that tells nobody what an entry
//! says, so it is no reading.

use std::collections::BTreeSet;

use annals_store::awareness::{Amount, By, Choice, Entry, EntryId, EntryType, Name, Wish};
use serde_json::{Map, Value};

use super::{Resource, list, status};
use crate::awareness::{Awareness, Context};
use crate::briefing::MAX_SOURCES;
use crate::prompts;
use crate::refusal::Refusal;
use crate::tools::{KNOWLEDGE, MOST_BYTES, briefing};

/// The name under which it is recorded.
const READ: &str = "resources/read";

/// As many as there are, the last touched first, until it is too long: a resource has no pages.
const ALL: Amount = Amount { limit: u32::MAX as u64, max_bytes: Some(MOST_BYTES) };

/// What is at an address, as JSON. Blocks.
pub fn answer(service: &Awareness, context: &Context, address: &str, resource: &Resource) -> Result<Value, Refusal> {
    let page = |choice: Choice| -> Result<Vec<Entry>, Refusal> {
        let wish = Wish { amount: ALL, ..Wish::first(By::Touched, 0) };
        service.look(context, |shelf| Ok(shelf.page(&choice, &wish)?.entries))
    };
    let of = |entries: Vec<Entry>| {
        let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
        (list(&entries), ids)
    };
    let (answer, ids) = match resource {
        Resource::Briefing => (briefing(service, context, MAX_SOURCES)?, Vec::new()),
        Resource::Alerts(source) => {
            let active = Choice { state: Some("active".to_owned()), ..Choice::of([EntryType::Alert]) };
            of(page(Choice { source: source.clone(), ..active })?)
        }
        Resource::Knowledge => of(page(Choice::of(KNOWLEDGE))?),
        Resource::Suppressions => of(page(Choice::of([EntryType::Suppression]))?),
        Resource::Status(source) => {
            let found = service.look(context, |shelf| shelf.named(&Name::status(source)))?;
            (status(source, found.as_ref()), found.iter().map(|entry| entry.id).collect())
        }
    };
    let mut question = Map::new();
    question.insert("uri".to_owned(), annals_ask::without_secrets(address).into());
    service.record_reading(context, READ, &question, &ids)?;
    Ok(answer)
}

/// What changes were about: types of entries and their sources.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Touched(BTreeSet<(&'static str, String)>);

/// What changes of these entries were about, by their ids. Blocks.
///
/// An entry that was moved counts for the source that it left as well. One that is gone for good was out of sight before.
pub fn touched<'a>(
    service: &Awareness,
    context: &Context,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<Touched, Refusal> {
    let ids: BTreeSet<EntryId> = ids.into_iter().filter_map(|id| id.parse().ok()).collect();
    let ids: Vec<EntryId> = ids.into_iter().collect();
    service.look(context, |shelf| {
        let mut touched = BTreeSet::new();
        let mut types = std::collections::HashMap::new();
        for id in &ids {
            let Some(entry) = shelf.any_entry(*id)? else { continue };
            types.insert(*id, entry.entry_type);
            touched.insert((entry.entry_type.as_str(), entry.source));
        }
        for (id, changes) in shelf.changes(&ids)? {
            let before = changes.last().and_then(|change| change.changed.get("source")?.as_str().map(str::to_owned));
            if let (Some(source), Some(entry_type)) = (before, types.get(&id)) {
                touched.insert((entry_type.as_str(), source));
            }
        }
        Ok(Touched(touched))
    })
}

impl Touched {
    /// Whether what is at an address may be another now.
    pub fn concerns(&self, resource: &Resource) -> bool {
        let any = |types: &[EntryType], source: Option<&str>| {
            self.0.iter().any(|(entry_type, of)| {
                types.iter().any(|known| known.as_str() == *entry_type) && source.is_none_or(|source| source == of)
            })
        };
        match resource {
            Resource::Briefing => any(
                &[
                    EntryType::Status,
                    EntryType::Alert,
                    EntryType::Suppression,
                    EntryType::Pattern,
                    EntryType::Intention,
                    EntryType::Preference,
                ],
                None,
            ),
            Resource::Alerts(source) => any(&[EntryType::Alert], source.as_deref()),
            Resource::Status(source) => any(&[EntryType::Status], Some(source)),
            Resource::Knowledge => any(&KNOWLEDGE, None),
            Resource::Suppressions => any(&[EntryType::Suppression], None),
        }
    }

    /// Whether the list of prompts may be another now.
    pub fn concerns_prompts(&self) -> bool {
        self.0.iter().any(|(_, source)| source == prompts::CUSTOM)
    }
}
