//! The tree over the leaves, from the first to the last, held against the hashes that are stored above them and against every checkpoint on the way.

use std::collections::BTreeMap;
use std::ops::Range;

use annals_store::{Error, EvidenceStore};
use annals_tlog::{Frontier, Hash, Tile, TileHash};

use super::claims::Claims;
use super::span::{SpanRead, WIDTH};

/// So many wrong hashes are told apart.
const MOST: usize = 1_000;

/// The tree as far as it has come.
pub(super) struct Fold<'a> {
    store: &'a dyn EvidenceStore,
    size: u64,
    pub(super) frontier: Frontier,
    /// The stored tiles above the leaves that the next hashes are held against, by level.
    above: BTreeMap<u8, (u64, Vec<u8>)>,
    /// Events below a stored hash that is not theirs.
    pub(super) torn: Vec<Range<u64>>,
    /// Events for which the tree has no leaf.
    pub(super) without_leaf: u64,
}

impl<'a> Fold<'a> {
    /// Goes on from a frontier to a size.
    pub(super) fn new(store: &'a dyn EvidenceStore, size: u64, frontier: Frontier) -> Self {
        Self { store, size, frontier, above: BTreeMap::new(), torn: Vec::new(), without_leaf: 0 }
    }

    /// Takes the next span. Spans come in order.
    pub(super) fn take(&mut self, read: &SpanRead, claims: &mut Claims<'_>) -> Result<(), Error> {
        self.without_leaf += read.torn.count();
        let mut at = 0;
        while at < read.leaves.len() {
            let seq = read.first + at as u64;
            let tile = read.leaves.get(at..at + usize::from(Tile::FULL_WIDTH)).filter(|_| seq.is_multiple_of(WIDTH));
            let next = claims.next_size()?;
            match tile {
                Some(leaves) if next.is_none_or(|next| next > seq + WIDTH - 1) => {
                    let n = (seq - read.first.next_multiple_of(WIDTH)) / WIDTH;
                    let root = usize::try_from(n).ok().and_then(|n| read.roots.get(n).copied());
                    let root = root.unwrap_or_else(|| annals_tlog::root_of(leaves));
                    self.push(Tile::HEIGHT, root)?;
                    at += leaves.len();
                }
                _ => {
                    self.push(0, read.leaves[at])?;
                    at += 1;
                }
            }
            claims.meet(&self.frontier)?;
        }
        Ok(())
    }

    fn push(&mut self, height: u8, hash: Hash) -> Result<(), Error> {
        let mut hashes = Vec::new();
        let pushed = self.frontier.append_subtree_with(height, hash, |hash| hashes.push(hash));
        pushed.map_err(|error| Error::with_source(annals_store::ErrorKind::Corrupt, error.to_string(), error))?;
        for hash in hashes.iter().filter(|hash| hash.level > 0) {
            self.compare(hash)?;
        }
        Ok(())
    }

    /// Holds one hash against what is stored.
    fn compare(&mut self, hash: &TileHash) -> Result<(), Error> {
        let (n, place) = (hash.index / WIDTH, usize::try_from(hash.index % WIDTH).unwrap_or_default());
        if self.above.get(&hash.level).is_none_or(|(known, _)| *known != n) {
            let bytes = match Tile::in_tree(hash.level, n, self.size) {
                Some(tile) => self.store.tile(tile)?,
                None => Vec::new(),
            };
            self.above.insert(hash.level, (n, bytes));
        }
        let stored =
            self.above.get(&hash.level).and_then(|(_, bytes)| bytes.as_chunks::<{ Hash::BYTES }>().0.get(place));
        if stored != Some(hash.hash.as_bytes()) && self.torn.len() < MOST {
            let height = u32::from(hash.level) * u32::from(Tile::HEIGHT);
            self.torn.push(hash.index << height..(hash.index + 1) << height);
        }
        Ok(())
    }
}
