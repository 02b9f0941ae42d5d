//! The log's files as <https://c2sp.org/tlog-tiles> names them, for whoever serves them to monitors and witnesses.
//!
//! Nothing beyond the newest checkpoint is handed out: what is not under a signature yet is no part of what the log has promised, and a cache may keep a tile for ever.
//! Entry bundles hold leaves, in which no content stands; those of a span whose rows were deleted are gone, while its tiles stay.

use std::fmt;

use annals_store::{EvidenceStore, SeqRange, StoredCheckpoint};
use annals_tlog::{Bundle, Hash, Resource, Tile};

use crate::proof::{Leaf, corrupt, newest_checkpoint, note_of};
use crate::{Audit, Error};

/// One file of the log's.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogFile {
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// What kind it is.
    pub kind: LogFileKind,
}

/// What kind of file it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LogFileKind {
    /// The newest signed note: text that changes.
    Checkpoint,
    /// Hashes, which never change.
    Tile,
    /// The leaves of these events, which never change.
    Entries(SeqRange),
}

impl fmt::Debug for LogFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogFile").field("kind", &self.kind).field("n_bytes", &self.bytes.len()).finish()
    }
}

impl Audit {
    /// The file at this path below the log's prefix: `checkpoint`, `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`. `None` where there is none of that name, or not yet.
    ///
    /// A partial tile is there as long as the log has it, also when the full one is. Errors: `Corrupt` where the log is not what its newest checkpoint says.
    pub fn log_file(&self, path: &str) -> Result<Option<LogFile>, Error> {
        let Ok(resource) = path.parse::<Resource>() else { return Ok(None) };
        let store = self.core().store.get()?;
        let Some(evidence) = store.evidence() else { return Ok(None) };
        let Some(newest) = newest_checkpoint(evidence, 1)? else { return Ok(None) };
        let found = match resource {
            Resource::Checkpoint => {
                Some(LogFile { bytes: note_of(&newest)?.to_string().into_bytes(), kind: LogFileKind::Checkpoint })
            }
            Resource::Tile(tile) => tile_of(evidence, tile, &newest)?,
            Resource::Bundle(bundle) => entries_of(evidence, bundle, &newest)?,
        };
        Ok(found)
    }
}

fn tile_of(evidence: &dyn EvidenceStore, tile: Tile, newest: &StoredCheckpoint) -> Result<Option<LogFile>, Error> {
    let is_there =
        Tile::in_tree(tile.level(), tile.index(), newest.size).is_some_and(|widest| tile.width() <= widest.width());
    if !is_there {
        return Ok(None);
    }
    let mut bytes = evidence.tile(tile)?;
    let n_bytes = usize::from(tile.width()) * Hash::BYTES;
    if bytes.len() < n_bytes {
        return Err(corrupt(format!("`{tile}` is shorter than the checkpoint of {} events says", newest.size)));
    }
    bytes.truncate(n_bytes);
    Ok(Some(LogFile { bytes, kind: LogFileKind::Tile }))
}

fn entries_of(
    evidence: &dyn EvidenceStore,
    bundle: Bundle,
    newest: &StoredCheckpoint,
) -> Result<Option<LogFile>, Error> {
    let widest = Bundle::in_tree(bundle.index(), newest.size);
    if widest.is_none_or(|widest| widest.width() < bundle.width()) {
        return Ok(None);
    }
    let first = bundle.index() * u64::from(Tile::FULL_WIDTH);
    let bound = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let mut entries = Vec::with_capacity(bundle.width().into());
    let mut failed = None;
    evidence.scan(bound(first), bound(first + u64::from(bundle.width()) - 1), &mut |row| {
        let entry = match (&row.content, u64::try_from(row.seq)) {
            (Ok(content), Ok(seq)) => Leaf::of(seq, content).map(|leaf| leaf.entry),
            (Err(problem), _) => Err(corrupt(format!("event {} can't be read: {problem}", row.seq))),
            (Ok(_), Err(_)) => Err(corrupt(format!("event {} has a number that no event has", row.seq))),
        };
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => failed = failed.take().or(Some(error)),
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if entries.len() < usize::from(bundle.width()) {
        return Ok(None);
    }
    let seqs = SeqRange { start: first, end: first + u64::from(bundle.width()) };
    let bytes = bundle.encode(&entries).map_err(|error| corrupt(error.to_string()))?;
    Ok(Some(LogFile { bytes, kind: LogFileKind::Entries(seqs) }))
}
