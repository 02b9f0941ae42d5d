//! One row's leaf, recomputed from what the row says, and what is to be thought of a row from which something was taken.
//!
//! Nothing that is stored beside a row is believed. Of an emptied one the commitments are taken as they stand, since the leaf made of them must be in the tree, and what is left of its
//! groups is held against them by the keys that were kept.

use annals_event::LeafGroup;
use annals_store::RowContent;
use annals_tlog::Hash;

/// Memory to work in, for one thread.
#[derive(Default)]
pub(super) struct Scratch {
    group: Vec<u8>,
    entry: Vec<u8>,
}

/// Some of the three groups.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Groups(u8);

impl Groups {
    pub(super) fn all() -> Self {
        Self(0b111)
    }

    pub(super) fn with(self, group: LeafGroup) -> Self {
        Self(self.0 | 1 << group as u8)
    }

    pub(super) fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// All of it is there.
    Whole,
    /// These groups were taken out, and their commitments kept.
    Emptied(Groups),
    /// All its groups and its salt are gone, and nothing was kept that its leaf could be made of.
    Bare,
    /// It can't be what an honest writer left, and why.
    Wrong(&'static str),
}

/// A row's leaf, where one can be made, and what the row is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looked {
    pub(super) leaf: Option<Hash>,
    pub(super) state: State,
}

/// Looks at a row.
pub(super) fn look(content: &RowContent<'_>, scratch: &mut Scratch) -> Looked {
    let row = &content.row;
    let mut there = Groups::default();
    for group in LeafGroup::ALL {
        scratch.group.clear();
        if row.group_bytes(group, &mut scratch.group) {
            there = there.with(group);
        }
    }
    let leaf = |commitments, entry: &mut Vec<u8>| {
        entry.clear();
        row.entry(commitments, entry);
        Some(Hash::of_leaf(entry))
    };
    match (&content.salt, &content.emptied) {
        (Some(salt), emptied) => {
            let commitments = row.commitments(salt, &mut scratch.group);
            let state = if content.erased_by.is_some() || emptied.is_some() {
                State::Wrong("says that it was emptied, and was not")
            } else {
                State::Whole
            };
            Looked { leaf: leaf(&commitments, &mut scratch.entry), state }
        }
        (None, Some(emptied)) => {
            let mut gone = Groups::default();
            let mut wrong = false;
            for group in LeafGroup::ALL {
                let key = match group {
                    LeafGroup::Who => emptied.who_key,
                    LeafGroup::Context => emptied.context_key,
                    LeafGroup::Details => None,
                };
                scratch.group.clear();
                let is_there = row.group_bytes(group, &mut scratch.group);
                match (emptied.commitments.get(group), is_there) {
                    (Some(_), false) => gone = gone.with(group),
                    (Some(commitment), true) => {
                        wrong |= key.is_none_or(|key| key.commit(&scratch.group) != commitment);
                    }
                    (None, true) => wrong = true,
                    (None, false) => {}
                }
            }
            let state = if wrong { State::Wrong("is not what its commitments say") } else { State::Emptied(gone) };
            Looked { leaf: leaf(&emptied.commitments, &mut scratch.entry), state }
        }
        (None, None) if there.is_empty() => Looked { leaf: None, state: State::Bare },
        (None, None) => Looked { leaf: None, state: State::Wrong("has no salt") },
    }
}

/// Whether nothing of any group is there.
pub(super) fn is_bare(content: &RowContent<'_>, scratch: &mut Scratch) -> bool {
    LeafGroup::ALL.into_iter().all(|group| {
        scratch.group.clear();
        !content.row.group_bytes(group, &mut scratch.group)
    })
}
