//! An entity of the reference memory server as a note.
//!
//! The note's key is the entity's name, its one tag the entity's type, and its content the observations, a line each. Relations become `related_ids`, by which `get_related` walks them both ways, and
//! stand with their types in `relations`, also where the entity that they go to is nowhere.
//!
//! What was imported is remembered in the note by its digest: importing the same file again changes nothing, even where somebody has worked on the note since. An entity that changed in its file is a
//! change of its note like any other, with what the note was before in its history.

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry, EntryId, EntryType};
use serde_json::{Value, json};

use super::GRAPH_SOURCE;
use super::graph::Entity;
use super::rehearsal::digest;
use crate::changes::Wished;
use annals_words::language_of;

/// Where a note remembers what it was made of.
const MADE_OF: &str = "imported";

/// What is wished of a note.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) entity: Entity,
}

impl Note {
    /// The id that a note of this name gets in a space.
    pub(super) fn id(space: &str, name: &str) -> EntryId {
        EntryId::v4(digest(&["entity", space, GRAPH_SOURCE, name]))
    }

    /// The names of the entities that it is related to, none twice.
    pub(super) fn targets(&self) -> Vec<&str> {
        let mut targets: Vec<&str> = self.entity.relations.iter().map(|(_, to)| to.as_str()).collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }

    /// A new note.
    pub(super) fn entry(&self, space: &str, credential: &str, related: &[EntryId], now: Timestamp) -> Entry {
        let now = crate::moment::kept(now);
        let mut entry = Entry::new(Self::id(space, &self.entity.name), EntryType::Note, GRAPH_SOURCE, now);
        entry.logical_key = Some(self.entity.name.clone());
        credential.clone_into(&mut entry.credential);
        let content = self.content();
        let text = format!("{}\n{content}", self.entity.name);
        entry.language = language_of(None, &text).map(str::to_owned);
        entry.data.insert("description".to_owned(), self.entity.name.as_str().into());
        entry.data.insert("learned_from".to_owned(), GRAPH_SOURCE.into());
        let _ = self.wished(related).apply(&mut entry, now);
        entry.updated = None;
        entry
    }

    /// Whether the note that is here was made of just this, whatever became of it since.
    pub(super) fn is_source_of(&self, here: &Entry) -> bool {
        here.text(MADE_OF) == Some(self.made_of().as_str())
    }

    /// Changes the note that is here.
    pub(super) fn change(&self, here: &mut Entry, related: &[EntryId], now: Timestamp) -> Option<Change> {
        let mut wished = self.wished(related);
        // What the file has no more is no relation any more.
        for field in ["related_ids", "relations"] {
            if here.data.contains_key(field) && !wished.data.contains_key(field) {
                wished = wished.with(field, Some(Value::Array(Vec::new())));
            }
        }
        wished.apply(here, now)
    }

    fn wished(&self, related: &[EntryId]) -> Wished {
        let relations: Vec<Value> =
            self.entity.relations.iter().map(|(kind, to)| json!({ "type": kind, "to": to })).collect();
        let related: Vec<String> = related.iter().map(EntryId::to_string).collect();
        let is_related = !relations.is_empty();
        Wished { tags: Some(self.entity.types.clone()), ..Wished::default() }
            .with("content", Some(self.content()))
            .with("content_type", Some("text/plain"))
            .with("related_ids", is_related.then_some(Value::from(related)))
            .with("relations", is_related.then_some(Value::from(relations)))
            .with(MADE_OF, Some(self.made_of()))
    }

    fn content(&self) -> String {
        self.entity.observations.join("\n")
    }

    fn made_of(&self) -> String {
        let entity = &self.entity;
        let mut parts: Vec<&str> = vec!["entity", &entity.name];
        let numbers = [&entity.types, &entity.observations].map(|group| group.len().to_string());
        for (number, group) in numbers.iter().zip([&entity.types, &entity.observations]) {
            parts.push(number);
            parts.extend(group.iter().map(String::as_str));
        }
        for (kind, to) in &entity.relations {
            parts.extend([kind.as_str(), to.as_str()]);
        }
        super::hex(&digest(&parts))
    }
}
