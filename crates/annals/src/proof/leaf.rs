//! A row as its leaf: the entry, and what is left to open its commitments with.

use annals_event::{Commitments, GroupKey, LeafGroup};
use annals_store::{EvidenceStore, RowContent};

use crate::{Error, ErrorKind};

/// The leaf of one row.
pub(crate) struct Leaf {
    /// The entry's text.
    pub(crate) entry: String,
    seq: u64,
    commitments: Commitments,
    erased_by: Option<u64>,
    /// Of each group its key and bytes, as far as they are there.
    groups: [Option<(GroupKey, String)>; 3],
}

impl Leaf {
    /// Computes it from what the row says; that it opens its own commitments is checked here.
    pub(crate) fn of(seq: u64, content: &RowContent<'_>) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        let (commitments, keys) = match (&content.salt, &content.emptied) {
            (Some(salt), _) => {
                let keys = LeafGroup::ALL.map(|group| Some(GroupKey::derive(salt, group)));
                (content.row.commitments(salt, &mut bytes), keys)
            }
            (None, Some(kept)) => (kept.commitments, [kept.who_key, kept.context_key, None]),
            (None, None) => {
                return Err(corrupt(format!("event {seq} was emptied, and nothing was kept of its commitments")));
            }
        };
        let mut groups = [None, None, None];
        for (n, (group, key)) in LeafGroup::ALL.into_iter().zip(keys).enumerate() {
            bytes.clear();
            let (Some(key), true) = (key, content.row.group_bytes(group, &mut bytes)) else { continue };
            if Some(key.commit(&bytes)) != commitments.get(group) {
                return Err(corrupt(format!("`{group}` of event {seq} is not what its leaf commits to")));
            }
            groups[n] = Some((key, text(&bytes)));
        }
        bytes.clear();
        content.row.entry(&commitments, &mut bytes);
        Ok(Self { entry: text(&bytes), seq, commitments, erased_by: content.erased_by, groups })
    }

    /// Opens a group: its key and bytes; nothing where the event never had it. A group that is gone is an error of kind `Invalid`.
    pub(crate) fn open(&self, group: LeafGroup) -> Result<Option<(&GroupKey, &str)>, Error> {
        let n = LeafGroup::ALL.iter().position(|other| *other == group).unwrap_or_default();
        match &self.groups[n] {
            Some((key, bytes)) => Ok(Some((key, bytes))),
            None if self.commitments.get(group).is_none() => Ok(None),
            None => {
                let by = self.erased_by.map(|by| format!(" by event {by}")).unwrap_or_default();
                Err(Error::new(
                    ErrorKind::Invalid,
                    format!("`{group}` of event {} was erased{by} (hint: prove the event without `{group}`)", self.seq),
                ))
            }
        }
    }

    /// The groups that can be shown.
    pub(crate) fn open_groups(&self) -> Vec<LeafGroup> {
        LeafGroup::ALL.into_iter().filter(|group| matches!(self.open(*group), Ok(Some(_)))).collect()
    }
}

/// The leaf of the row with this number.
pub(crate) fn leaf_at(evidence: &dyn EvidenceStore, seq: u64) -> Result<Leaf, Error> {
    let mut found = None;
    let at = i64::try_from(seq).unwrap_or(i64::MAX);
    evidence.scan(at, at, &mut |row| {
        found = Some(match &row.content {
            Ok(content) => Leaf::of(seq, content),
            Err(problem) => Err(corrupt(format!("event {seq} can't be read: {problem}"))),
        });
    })?;
    found.unwrap_or_else(|| Err(corrupt(format!("event {seq} is not in the log any more"))))
}

/// Something is not as it was recorded.
pub(crate) fn corrupt(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{what} (hint: `annals verify` names what was changed)"))
}

/// Entries and groups are made of texts alone.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
