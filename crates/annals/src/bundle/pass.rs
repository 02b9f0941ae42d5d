//! The one pass over the covered range: bundles, tiles, events and disclosures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use annals_event::{Timestamp, json};
use annals_store::{EventStore, EvidenceStore, Filter, StoredCheckpoint};
use annals_tlog::{Bundle, Hash, InclusionProof, Tile};

use super::declared::Declared;
use super::folder::{Folder, Lines};
use super::leaves::event_of;
use super::report::Uncovered;
use crate::Error;
use crate::proof::{Leaf, corrupt, write_members};

/// How many leaves a bundle holds.
const WIDTH: u64 = Tile::FULL_WIDTH as u64;

/// What is read from.
pub(super) struct Sources<'a> {
    pub(super) store: &'a dyn EventStore,
    pub(super) evidence: &'a dyn EvidenceStore,
    pub(super) checkpoint: &'a StoredCheckpoint,
}

/// What the pass saw.
#[derive(Default)]
pub(super) struct Told {
    pub(super) n_shown: u64,
    pub(super) n_pruned: u64,
    pub(super) n_emptied: u64,
    /// When the first row of the range was recorded, and the last.
    pub(super) recorded: Option<(Timestamp, Timestamp)>,
    /// Of each type how many are in the range, and how many of them are shown.
    pub(super) types: BTreeMap<String, (u64, u64)>,
    pub(super) outcomes: BTreeMap<&'static str, u64>,
    pub(super) uncovered: Uncovered,
}

/// The files that grow during the pass.
struct Growing {
    events: Lines,
    disclosures: Lines,
}

/// Writes the leaves and tiles of the range, and what is shown of it.
pub(super) fn write(
    sources: &Sources<'_>,
    range: &Range<u64>,
    filter: &Filter,
    declared: &[Declared],
    folder: &mut Folder,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Told, Error> {
    let mut told = Told { uncovered: Uncovered::begin(range.start), ..Told::default() };
    let mut growing =
        Growing { events: folder.lines("events.ndjson")?, disclosures: folder.lines("disclosures.ndjson")? };
    let blocks = range.start / WIDTH..=(range.end - 1) / WIDTH;
    let n_leaves = range.end - range.start;
    for index in blocks.clone() {
        block(sources, index, range, filter, declared, folder, &mut growing, &mut told)?;
        progress(((index + 1) * WIDTH).min(range.end).saturating_sub(range.start), n_leaves);
    }
    growing.events.end()?;
    growing.disclosures.end()?;
    for tile in tiles_above(range, sources.checkpoint.size)? {
        // Those of the blocks are there already.
        if tile.level() != 0 || !blocks.contains(&tile.index()) {
            folder.write(&tile.to_string(), &hashes(sources.evidence, tile)?)?;
        }
    }
    told.uncovered.end();
    Ok(told)
}

/// The tiles on the ways from both ends of the range to the root: every subtree that the range doesn't touch hangs on one of them.
fn tiles_above(range: &Range<u64>, size: u64) -> Result<BTreeSet<Tile>, Error> {
    let mut tiles = BTreeSet::new();
    for leaf in [range.start, range.end - 1] {
        tiles.extend(InclusionProof::tiles(leaf, size).map_err(corrupt)?);
    }
    Ok(tiles)
}

/// The bytes of a tile, exactly as many hashes as it is wide.
fn hashes(evidence: &dyn EvidenceStore, tile: Tile) -> Result<Vec<u8>, Error> {
    let mut bytes = evidence.tile(tile)?;
    let n_bytes = usize::from(tile.width()) * Hash::BYTES;
    if bytes.len() < n_bytes {
        return Err(corrupt(format!("`{tile}` is not whole")));
    }
    bytes.truncate(n_bytes);
    Ok(bytes)
}

/// One bundle and its tile.
#[expect(clippy::too_many_arguments, reason = "the parts of one pass, which have one caller and nothing in common")]
fn block(
    sources: &Sources<'_>,
    index: u64,
    range: &Range<u64>,
    filter: &Filter,
    declared: &[Declared],
    folder: &Folder,
    growing: &mut Growing,
    told: &mut Told,
) -> Result<(), Error> {
    let size = sources.checkpoint.size;
    let beyond = || corrupt(format!("the tree has no leaf {}", index * WIDTH));
    let bundle = Bundle::in_tree(index, size).ok_or_else(beyond)?;
    let tile = Tile::in_tree(0, index, size).ok_or_else(beyond)?;
    let start = index * WIDTH;
    let mut entries = vec![String::new(); usize::from(bundle.width())];
    let mut times = Vec::new();
    let mut result: Result<(), Error> = Ok(());
    let (first, last) =
        annals_store::bounds_of(annals_store::SeqRange { start, end: start + u64::from(bundle.width()) });
    sources.evidence.scan(first, last, &mut |row| {
        if result.is_err() {
            return;
        }
        result = (|| {
            let seq = row.seq.cast_unsigned();
            let content =
                row.content.as_ref().map_err(|problem| corrupt(format!("event {seq} can't be read: {problem}")))?;
            let leaf = Leaf::of(seq, content)?;
            if range.contains(&seq) {
                let event = event_of(seq, &content.row, content.erased_by);
                let is_shown = filter.fits(&event);
                told.see(&event, is_shown);
                times.push((seq, event.recorded_at));
                if is_shown {
                    growing.show(&event, &leaf)?;
                }
            }
            let place = usize::try_from(seq - start).unwrap_or(usize::MAX);
            *entries.get_mut(place).ok_or_else(|| corrupt(format!("event {seq} lies where it can't")))? = leaf.entry;
            Ok(())
        })();
    })?;
    result?;
    // Asked once the rows are let go, since a visitor asks nothing of the store that it is called by.
    for (seq, recorded_at) in times {
        told.uncovered.see(sources.evidence, seq, recorded_at)?;
    }
    let hashes = hashes(sources.evidence, tile)?;
    for (seq, (entry, hash)) in (start..).zip(entries.iter().zip(hashes.as_chunks::<{ Hash::BYTES }>().0)) {
        if entry.is_empty() {
            if !declared.iter().any(|declared| declared.prunes(seq)) && range.contains(&seq) {
                return Err(corrupt(format!("event {seq} is missing, and no pruning covers it")));
            }
            told.n_pruned += u64::from(range.contains(&seq));
        } else if Hash::of_leaf(entry.as_bytes()).as_bytes() != hash {
            return Err(corrupt(format!("the row of event {seq} is not what the tree holds")));
        }
    }
    folder.write(&bundle.to_string(), &bundle.encode(&entries).map_err(corrupt)?)?;
    folder.write(&tile.to_string(), &hashes)
}

impl Growing {
    fn show(&mut self, event: &annals_event::StoredEvent, leaf: &Leaf) -> Result<(), Error> {
        let mut line = String::with_capacity(512);
        json::write(event, &mut line);
        self.events.line(&line)?;
        line.clear();
        let _ = write!(line, "{{\"seq\":{},", event.seq);
        write_members(leaf, &leaf.open_groups(), &mut line)?;
        line.push('}');
        self.disclosures.line(&line)
    }
}

impl Told {
    /// Counts a row of the range.
    fn see(&mut self, event: &annals_event::StoredEvent, is_shown: bool) {
        self.n_shown += u64::from(is_shown);
        self.n_emptied += u64::from(event.erased_by.is_some());
        let first = self.recorded.map_or(event.recorded_at, |(first, _)| first);
        self.recorded = Some((first, event.recorded_at));
        if !self.types.contains_key(&event.event_type) {
            self.types.insert(event.event_type.clone(), (0, 0));
        }
        if let Some((n_all, n_shown)) = self.types.get_mut(&event.event_type) {
            *n_all += 1;
            *n_shown += u64::from(is_shown);
        }
        if let Some(outcome) = event.outcome.filter(|_| is_shown) {
            *self.outcomes.entry(outcome.as_str()).or_default() += 1;
        }
    }
}
