//! An entry as it stands, and one change of it.
//!
//! What an entry was before is not in it but beside it, as [`Change`]s that are only ever added: an entry that fifty agents have changed is read and written as fast as a new one. The entry keeps
//! how many there are and a digest over all of them, so that none can be altered without the entry saying so.

use annals_event::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{EntryId, EntryType, canonical};

/// One thing that is known.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// What it is; never changed.
    pub entry_type: EntryType,
    /// Who or what it is about or from, as its writer says.
    pub source: String,
    /// Words it is found by, in the writer's order.
    pub tags: Vec<String>,
    /// When it was made; never changed.
    pub created: Timestamp,
    /// When it was last changed; `None` until then.
    pub updated: Option<Timestamp>,
    /// From when on no read shows it.
    pub expires: Option<Timestamp>,
    /// When it was put into the trash; `None` outside.
    pub deleted: Option<Timestamp>,
    /// A name that its writer gave it: one entry outside the trash has it in its space and source.
    pub logical_key: Option<String>,
    /// The language of its text, ISO 639-1; `None` where that is not known.
    pub language: Option<String>,
    /// The credential that made it.
    pub credential: String,
    /// What it says, by its type. Holds no changelog: that is beside it.
    pub data: Map<String, Value>,
    /// How many changes are kept beside it. Set by the store.
    pub n_changes: u64,
    /// The digest over them, in order; zeros without any. Set by the store.
    pub changes_digest: [u8; 32],
}

/// What an entry was before one change of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// When it was changed.
    pub at: Timestamp,
    /// The fields that were changed, with what they held before.
    pub changed: Map<String, Value>,
}

impl Entry {
    /// A new entry without text, tags, key or end.
    pub fn new(id: EntryId, entry_type: EntryType, source: impl Into<String>, created: Timestamp) -> Self {
        Self {
            id,
            entry_type,
            source: source.into(),
            tags: Vec::new(),
            created,
            updated: None,
            expires: None,
            deleted: None,
            logical_key: None,
            language: None,
            credential: String::new(),
            data: Map::new(),
            n_changes: 0,
            changes_digest: [0; 32],
        }
    }

    /// When it was last touched by a writer, by which the newest come first.
    pub fn touched(&self) -> Timestamp {
        self.updated.unwrap_or(self.created)
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether it lay in the trash, or outside it had expired, before this moment.
    pub fn is_stale(&self, before: Timestamp) -> bool {
        self.deleted.or(self.expires).is_some_and(|since| since < before)
    }

    /// Whether reads show it: it is neither in the trash nor expired.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.deleted.is_none() && !self.is_expired(now)
    }

    /// A text of its data.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.data.get(field).and_then(Value::as_str)
    }

    /// About how many bytes it takes on a wire: what a limit of bytes counts.
    pub fn weight(&self) -> usize {
        let tags: usize = self.tags.iter().map(|tag| tag.len() + 4).sum();
        canonical::length(&self.data)
            + tags
            + self.source.len()
            + self.logical_key.as_ref().map_or(0, String::len)
            + 256
    }

    /// The one text of the entry as it stands in its space: JSON with sorted keys and without blanks, the same for the same entry in every database.
    pub fn canonical(&self, space: &str) -> String {
        canonical::entry(self, space)
    }

    /// The SHA-256 of that text.
    pub fn digest(&self, space: &str) -> [u8; 32] {
        Sha256::digest(self.canonical(space).as_bytes()).into()
    }

    /// Counts one more change beside it.
    pub fn add_change(&mut self, change: &Change) {
        let mut digest = Sha256::new();
        digest.update(self.changes_digest);
        digest.update(change.canonical().as_bytes());
        self.changes_digest = digest.finalize().into();
        self.n_changes += 1;
    }
}

impl Change {
    /// The one text of a change.
    pub fn canonical(&self) -> String {
        canonical::change(self)
    }
}
