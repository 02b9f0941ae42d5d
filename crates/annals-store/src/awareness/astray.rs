//! What stands beside the entries and does not follow from them and the log, as a verification is told of it.
//!
//! One of each kind with how many there are, so that what is told stays small whatever somebody has written. Nothing of an entry's content is in it, and no space's name: whoever verifies may be
//! of another space.

use super::EntryId;

/// What is kept beside the entries so that questions about them are answered fast.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Beside {
    /// Who read entries and acted on them, which is the log told by entry.
    Usage,
    /// How often each entry was read, and when last.
    Readings,
    /// Whether an entry was ever read.
    Unread,
    /// Whether an entry is among those that are counted.
    Counted,
    /// How many entries there are by source and type, and by tag.
    Counts,
    /// The words by which an entry is found.
    Words,
    /// The index over the words.
    Index,
}

/// Something beside the entries that does not follow from them and the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Astray {
    /// What it is.
    pub what: Beside,
    /// The entry that the first of them is about, where it is about one.
    pub entry: Option<EntryId>,
    /// The `seq` that the first of them names, where it names one; an event need not be there.
    pub seq: Option<u64>,
    /// How many of this kind there are, at least 1.
    pub n: u64,
}

impl Astray {
    /// Adds one to a list that has each kind once.
    pub fn add(list: &mut Vec<Self>, what: Beside, entry: Option<EntryId>, seq: Option<u64>) {
        match list.iter_mut().find(|known| known.what == what) {
            Some(known) => known.n += 1,
            None => list.push(Self { what, entry, seq, n: 1 }),
        }
    }
}
