//! Who read which entry and who acted on it: rows made of the log's events, in the transaction that appends them.
//!
//! They are the log told by entry. They can be made anew from it, and go when their event is erased; they do not go with the entry.

use annals_event::Timestamp;

use super::EntryId;

/// What was done with an entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UsageKind {
    /// It was in an answer.
    Read,
    /// Somebody acted on it.
    Action,
}

/// One reading, or one action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Usage {
    /// Its number: greater than that of whatever was recorded before it.
    pub id: u64,
    /// Which of the two.
    pub kind: UsageKind,
    /// The entry, which need not be there any more.
    pub entry: EntryId,
    /// The event's place in the log.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The client's own name, where it is known.
    pub platform: Option<String>,
    /// The tool that gave the answer; empty where none is named.
    pub tool: String,
    /// What was done; empty for a reading.
    pub action: String,
    /// More about it.
    pub detail: Option<String>,
    /// The action's tags.
    pub tags: Vec<String>,
}

/// Which of them, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UsageWish {
    /// Only readings or only actions; `None` for both.
    pub kind: Option<UsageKind>,
    /// Of this entry.
    pub entry: Option<EntryId>,
    /// At this moment or later.
    pub since: Option<Timestamp>,
    /// By this client.
    pub platform: Option<String>,
    /// Actions with all of these tags.
    pub tags: Vec<String>,
    /// Those with a lesser number.
    pub before: Option<u64>,
    /// So many are passed over.
    pub offset: u64,
    /// No more than this.
    pub limit: u64,
}

/// How often an entry was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Readings {
    /// The entry.
    pub entry: EntryId,
    /// How often.
    pub n_reads: u64,
    /// When last.
    pub last: Option<Timestamp>,
}

impl UsageWish {
    /// What the wish means.
    pub fn fits(&self, usage: &Usage) -> bool {
        self.kind.is_none_or(|kind| kind == usage.kind)
            && self.entry.is_none_or(|entry| entry == usage.entry)
            && self.since.is_none_or(|since| since <= usage.at)
            && (self.platform.is_none() || self.platform == usage.platform)
            && self.tags.iter().all(|tag| usage.tags.contains(tag))
            && self.before.is_none_or(|before| usage.id < before)
    }
}
