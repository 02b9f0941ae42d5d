//! What an imported entry does to the one that is here: a decision over the two, and nothing else.
//!
//! An entry and its copy elsewhere are one history as long as what one of them was is the beginning of what the other was. Then the longer one is the newer, and of two of the same length the one
//! that was touched last. Two histories that went apart are nobody's to join: the import says so and leaves what is here.

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry};

/// What becomes of an imported entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It is here, just so.
    Same,
    /// What is here is newer and stays.
    Newer,
    /// It takes the place of what is here; so many of its changes are here already.
    Follows(usize),
    /// It does not fit what is here.
    Apart(&'static str),
}

/// Holds an entry, with what it was, against the one of its id that is here.
pub(super) fn settle(here: (&Entry, &[Change]), new: (&Entry, &[Change])) -> Verdict {
    if (here.0.entry_type, here.0.created) != (new.0.entry_type, new.0.created) {
        return Verdict::Apart("the entry of this id is another one here");
    }
    if here.1 == new.1 {
        return match moved(new.0).cmp(&moved(here.0)) {
            _ if is_same(here.0, new.0) => Verdict::Same,
            std::cmp::Ordering::Greater => Verdict::Follows(here.1.len()),
            std::cmp::Ordering::Less => Verdict::Newer,
            std::cmp::Ordering::Equal => {
                Verdict::Apart("it differs from the entry here, and nothing tells which is newer")
            }
        };
    }
    if new.1.starts_with(here.1) {
        return Verdict::Follows(here.1.len());
    }
    if here.1.starts_with(new.1) {
        return Verdict::Newer;
    }
    Verdict::Apart("it was changed here and there since they were one")
}

/// When somebody last did something to it.
fn moved(entry: &Entry) -> Timestamp {
    entry.deleted.map_or(entry.touched(), |deleted| deleted.max(entry.touched()))
}

/// Whether all of it is the same, but for what the store counts.
fn is_same(here: &Entry, new: &Entry) -> bool {
    let mut new = new.clone();
    (new.n_changes, new.changes_digest) = (here.n_changes, here.changes_digest);
    *here == new
}
