//! The knowledge graph of the reference MCP memory server: a file of entities and relations, one a line.
//!
//! That server holds the whole graph in its memory, and so does this: a relation may come long after the entity that it belongs to, and becomes a part of that entity's note.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::line::{Bad, Members};

/// An entity with everything that the file says of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Entity {
    /// The line that it was first named in.
    pub(super) line: u64,
    pub(super) name: String,
    pub(super) types: Vec<String>,
    pub(super) observations: Vec<String>,
    /// The relations from it, by their type and where they go, none twice.
    pub(super) relations: BTreeSet<(String, String)>,
}

/// What was read so far.
#[derive(Default, Debug)]
pub(super) struct Graph {
    entities: Vec<Entity>,
    by_name: HashMap<String, usize>,
    /// Relations of entities that have not come yet.
    early: Vec<(u64, String, String, String)>,
    /// Members that nobody here knows, with how often.
    unknown: BTreeMap<String, u64>,
}

/// Whether this is a line of such a file.
pub(super) fn is_line(object: &Map<String, Value>) -> bool {
    object.get("type").is_some_and(|kind| kind == "entity" || kind == "relation")
}

impl Graph {
    /// Takes a line.
    pub(super) fn take(&mut self, number: u64, object: Map<String, Value>) -> Result<(), Bad> {
        let mut members = Members::new(object, "");
        match members.text("type")?.as_str() {
            "entity" => {
                let name = members.name("name")?;
                if name.trim().is_empty() {
                    return Err(Bad::field("name", "is empty"));
                }
                let kind = members.name("entityType")?;
                let observations = members.texts("observations")?;
                let at = *self.by_name.entry(name.clone()).or_insert_with(|| {
                    self.entities.push(Entity { line: number, name, ..Entity::default() });
                    self.entities.len() - 1
                });
                let entity = &mut self.entities[at];
                add(&mut entity.types, kind);
                for observation in observations {
                    add(&mut entity.observations, observation);
                }
            }
            "relation" => {
                let (from, to) = (members.name("from")?, members.name("to")?);
                let kind = members.name("relationType")?;
                match self.by_name.get(&from) {
                    Some(at) => {
                        self.entities[*at].relations.insert((kind, to));
                    }
                    None => self.early.push((number, from, kind, to)),
                }
            }
            other => {
                let problem = format!("is `{}`, neither `entity` nor `relation`", annals_ask::shortened(other));
                return Err(Bad::field("type", problem));
            }
        }
        for name in members.rest() {
            *self.unknown.entry(name.to_owned()).or_default() += 1;
        }
        Ok(())
    }

    /// Everything that was read. Relations from an entity that never came are bad lines.
    pub(super) fn done(mut self, bad: &mut dyn FnMut(u64, Bad)) -> (Vec<Entity>, BTreeMap<String, u64>) {
        for (number, from, kind, to) in std::mem::take(&mut self.early) {
            if let Some(at) = self.by_name.get(&from) {
                self.entities[*at].relations.insert((kind, to));
                continue;
            }
            let problem = format!("names the entity `{}`, which is not in the file", annals_ask::shortened(&from));
            bad(number, Bad::field("from", problem));
        }
        (self.entities, self.unknown)
    }
}

fn add(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
