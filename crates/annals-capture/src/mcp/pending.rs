//! What waits for an answer, within bounds.

use std::collections::HashMap;

use super::Side;
use super::message::Id;
use super::operation::Operation;

/// So many calls wait at most.
const MAX_CALLS: usize = 1_024;
/// So many bytes of their arguments are held at most.
const MAX_HELD_BYTES: u64 = 32 << 20;

/// Something that was asked.
pub(super) enum Open {
    /// A call.
    Call(Box<Operation>),
    /// `initialize` or `server/discover`, whose answer names the server.
    Introduction,
}

/// What waits, by who asked and under which id.
pub(super) struct Pending {
    max_held_bytes: u64,
    open: HashMap<(Side, Id), (u64, Open)>,
    n_held_bytes: u64,
    n_seen: u64,
    /// The answers to calls up to this one may have been missed.
    n_in_doubt: u64,
}

impl Default for Pending {
    fn default() -> Self {
        Self::holding(MAX_HELD_BYTES)
    }
}

impl Pending {
    /// Nothing waits yet, and arguments of so many bytes may be held.
    pub(super) fn holding(max_held_bytes: u64) -> Self {
        Self { max_held_bytes, open: HashMap::new(), n_held_bytes: 0, n_seen: 0, n_in_doubt: 0 }
    }

    /// Whether there is room for one more.
    pub(super) fn has_room(&self) -> bool {
        self.open.len() < MAX_CALLS
    }

    /// Adds it. An older one of that id is handed back: nobody can tell any more whose answer comes.
    pub(super) fn add(&mut self, side: Side, id: Id, mut open: Open) -> Option<Open> {
        let older = self.take(side, &id);
        if let Open::Call(call) = &mut open {
            if self.max_held_bytes < self.n_held_bytes.saturating_add(call.n_held) {
                call.lighten();
            }
            self.n_held_bytes += call.n_held;
        }
        self.n_seen += 1;
        self.open.insert((side, id), (self.n_seen, open));
        older
    }

    /// Takes what waits under this id.
    pub(super) fn take(&mut self, side: Side, id: &Id) -> Option<Open> {
        let (_, open) = self.open.remove(&(side, id.clone()))?;
        if let Open::Call(call) = &open {
            self.n_held_bytes -= call.n_held;
        }
        Some(open)
    }

    /// Something was said that may have been the answer to any call that waits now.
    pub(super) fn doubt(&mut self) {
        self.n_in_doubt = self.n_seen;
    }

    /// Takes every call, the oldest first, and whether its answer may have been missed.
    pub(super) fn take_calls(&mut self) -> Vec<(Operation, bool)> {
        self.n_held_bytes = 0;
        let mut open: Vec<(u64, Open)> = self.open.drain().map(|(_, open)| open).collect();
        open.sort_unstable_by_key(|(number, _)| *number);
        let calls = open.into_iter().filter_map(|(number, open)| match open {
            Open::Call(call) => Some((*call, number <= self.n_in_doubt)),
            Open::Introduction => None,
        });
        calls.collect()
    }
}
