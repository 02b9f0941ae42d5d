//! What an import that only counts must remember of the batches before, which were undone: which keys and names its entries would hold by now, and which they would have let go.
//!
//! Keys are kept as digests, so that a rehearsal of a large file takes some bytes an entry. An import that is carried out remembers nothing, since the database does.

use std::collections::{HashMap, HashSet};

use annals_store::awareness::{Entry, EntryId};
use sha2::{Digest, Sha256};

/// A key or a name.
type Held = [u8; 16];

/// What the entries so far would hold.
#[derive(Clone, Default, Debug)]
pub(super) struct Rehearsal {
    held: HashMap<Held, EntryId>,
    let_go: HashSet<(Held, EntryId)>,
}

/// What one batch adds to it.
#[derive(Clone, Default, Debug)]
pub(super) struct Steps(Vec<(Option<Entry>, Entry)>);

impl Steps {
    /// An entry would stand so, in the place of that one.
    pub(super) fn put(&mut self, before: Option<&Entry>, after: &Entry) {
        self.0.push((before.cloned(), after.clone()));
    }
}

impl Rehearsal {
    /// Takes what a batch did that is undone now.
    pub(super) fn keep(&mut self, steps: &Steps) {
        for (before, after) in &steps.0 {
            for held in before.as_ref().map(holds).unwrap_or_default() {
                self.held.remove(&held);
                self.let_go.insert((held, before.as_ref().map_or(after.id, |before| before.id)));
            }
            for held in holds(after) {
                self.held.insert(held, after.id);
            }
        }
    }

    /// Another entry of the import that would hold a key or name of this one.
    pub(super) fn holder(&self, entry: &Entry) -> Option<EntryId> {
        holds(entry).into_iter().find_map(|held| self.held.get(&held).copied()).filter(|id| *id != entry.id)
    }

    /// Whether that entry, which has this one's key or name in the database, would have let it go.
    pub(super) fn has_let_go(&self, holder: EntryId, entry: &Entry) -> bool {
        holds(entry).into_iter().any(|held| self.let_go.contains(&(held, holder)) && !self.held.contains_key(&held))
    }
}

/// The key and the name that an entry takes for itself.
fn holds(entry: &Entry) -> Vec<Held> {
    if entry.deleted.is_some() {
        return Vec::new();
    }
    let key = entry.logical_key.as_ref().map(|key| digest(&["key", &entry.source, key]));
    let name = entry.facets().name.map(|name| digest(&["name", name.entry_type().as_str(), name.as_str()]));
    key.into_iter().chain(name).collect()
}

pub(super) fn digest(parts: &[&str]) -> Held {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    let mut held = [0; 16];
    held.copy_from_slice(&digest.finalize()[..16]);
    held
}
