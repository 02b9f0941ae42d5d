//! One event with the proof that the log holds it, for somebody who has neither the log nor Annals.
//!
//! A proof is a file of <https://c2sp.org/tlog-proof>: the leaf's index, its path to the root, and a signed checkpoint with that root. Its `extra`, which that format leaves to
//! the log, is one JSON object:
//!
//! ```json
//! {"entry":"{\"created_at\":…}","disclosed":{"who":{"key":"64 hexadecimal digits","bytes":"{\"actor_name\":…}"}}}
//! ```
//!
//! `entry` is the exact text of the leaf's entry, whose hash `SHA-256(0x00 ‖ entry)` the path begins with. `disclosed` holds the groups that are shown, `who`, `context`,
//! `details`, any or none of them; `bytes` is the exact text that the entry commits to, so that `SHA-256(key ‖ bytes)` is the entry's value of that name. Keys that this page
//! does not name are no part of the format and are refused, since no signature covers them.
//!
//! The entry is computed from the row, as everywhere, and held against the checkpoint before it is handed out: a log that was tampered with gives no proof of what it says now.
//! The newest checkpoint that covers the event is taken, since it is signed by the key that is in force; it is then kept for ever.

mod check;
mod cover;
mod leaf;
#[cfg(test)]
mod tests;

use std::fmt;

use annals_event::{EventId, LeafGroup, json::write_string};
use annals_store::{EvidenceStore, StoredCheckpoint};
use annals_tlog::{Checkpoint, Hash, InclusionProof, Note, TlogProof};

pub use check::{NotProven, Proven, verify_proof};
pub(crate) use cover::{cover, cover_all, newest_checkpoint};
pub(crate) use leaf::{Leaf, corrupt, leaf_at};

use crate::{Audit, Error, ErrorKind};

/// An event's proof.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct EventProof {
    /// The file: a tlog-proof, line breaks and all.
    pub text: String,
    /// The event's place in the log, which is the leaf's index.
    pub seq: u64,
    /// The size of the checkpoint that it names.
    pub size: u64,
    /// What could not be done on the way and takes nothing from the proof: the log is read only, so that its checkpoint may be thinned out later.
    pub remark: Option<String>,
}

impl fmt::Display for EventProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Audit {
    /// Proves that the log holds this event, and shows these groups of it; a group that the event never had is left out.
    ///
    /// A checkpoint is signed first where none covers the event yet and this service may write. Errors: `NotFound` without such an event or where no checkpoint covers it and
    /// none can be signed, `Invalid` for a group that was erased, `Corrupt` where the row is not what the log recorded.
    pub fn prove(&self, id: EventId, disclose: &[LeafGroup]) -> Result<EventProof, Error> {
        let store = self.core().store.get()?;
        let event = store.get(id)?;
        let seq = event.map(|event| event.seq).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("`{id}` is no event of this log (hint: `annals query` prints ids)"))
        })?;
        let evidence = store.evidence().ok_or_else(no_evidence)?;
        let checkpoint = cover(self.core(), evidence, seq)?;
        let leaf = leaf_at(evidence, seq)?;
        let text = proof_of(evidence, &leaf, seq, &checkpoint, disclose)?.to_string();
        let remark = evidence.keep_checkpoint(checkpoint.size).err().map(|error| {
            format!("the checkpoint of {} events could not be marked as one to keep: {error}", checkpoint.size)
        });
        Ok(EventProof { text, seq, size: checkpoint.size, remark })
    }
}

/// The proof of one leaf against a checkpoint, held against it.
pub(crate) fn proof_of(
    evidence: &dyn EvidenceStore,
    leaf: &Leaf,
    seq: u64,
    checkpoint: &StoredCheckpoint,
    disclose: &[LeafGroup],
) -> Result<TlogProof, Error> {
    let note = note_of(checkpoint)?;
    let head = *Checkpoint::unverified(&note).map_err(|error| corrupt(error.to_string()))?.head();
    let inclusion = InclusionProof::from_tiles(seq, head.size, |tile| Ok::<_, Broken>(evidence.tile(tile)?))
        .map_err(|Broken(error)| error)?;
    inclusion.verify(&Hash::of_leaf(leaf.entry.as_bytes()), &head).map_err(|_| {
        corrupt(format!("the row of event {seq} is not what the checkpoint of {} events holds", head.size))
    })?;
    let extra = extra(leaf, disclose)?;
    Ok(TlogProof::new(inclusion, note).map_err(|error| corrupt(error.to_string()))?.with_extra(extra))
}

/// The checkpoint's note; what is stored is no secret and may be wrong.
pub(crate) fn note_of(checkpoint: &StoredCheckpoint) -> Result<Note, Error> {
    Note::parse(checkpoint.note.as_bytes())
        .map_err(|error| corrupt(format!("the checkpoint of {} events is damaged: {error}", checkpoint.size)))
}

/// An error on the way through the tiles.
pub(crate) struct Broken(pub(crate) Error);

impl From<annals_tlog::Error> for Broken {
    fn from(error: annals_tlog::Error) -> Self {
        Self(corrupt(format!("the log's tree is damaged: {error}")))
    }
}

impl From<annals_store::Error> for Broken {
    fn from(error: annals_store::Error) -> Self {
        Self(error.into())
    }
}

/// The object of an entry and the groups that are shown.
pub(crate) fn extra(leaf: &Leaf, disclose: &[LeafGroup]) -> Result<String, Error> {
    let mut object = String::with_capacity(2 * leaf.entry.len() + 256);
    object.push('{');
    write_members(leaf, disclose, &mut object)?;
    object.push('}');
    Ok(object)
}

/// The members `entry` and `disclosed`.
pub(crate) fn write_members(leaf: &Leaf, disclose: &[LeafGroup], out: &mut String) -> Result<(), Error> {
    out.push_str("\"entry\":");
    write_string(&leaf.entry, out);
    out.push_str(",\"disclosed\":{");
    let mut is_first = true;
    for group in LeafGroup::ALL.into_iter().filter(|group| disclose.contains(group)) {
        let Some((key, bytes)) = leaf.open(group)? else { continue };
        if !is_first {
            out.push(',');
        }
        is_first = false;
        write_string(group.name(), out);
        out.push_str(":{\"key\":\"");
        out.push_str(&key.to_string());
        out.push_str("\",\"bytes\":");
        write_string(bytes, out);
        out.push('}');
    }
    out.push('}');
    Ok(())
}

pub(crate) fn no_evidence() -> Error {
    Error::new(ErrorKind::NotFound, "this store keeps no evidence, so nothing in it can be proved")
}
