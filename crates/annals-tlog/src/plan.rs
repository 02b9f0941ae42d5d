//! Which hashes a proof needs, in which tiles they are, and what they make together.
//!
//! It is done in three steps: the shape alone gives the ranges of leaves whose roots are wanted, each range falls into
//! perfect subtrees, and each of those lies within one tile. So the tiles are known before any is read, and a caller may
//! fetch them as it likes. Nothing is verified here; a proof made of wrong tiles does not verify.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::{Error, Hash, Tile, root_of, tree};

/// The hashes wanted of a tree of `size` leaves, in order.
pub(crate) struct Plan {
    size: u64,
    wanted: Vec<Vec<Subtree>>,
}

/// The perfect subtree over the leaves from `index << height` to `(index + 1) << height`.
#[derive(Clone, Copy)]
struct Subtree {
    height: u8,
    index: u64,
}

impl Plan {
    /// The path of an inclusion proof, from the leaf's sibling upwards (RFC 9162 section 2.1.3.1).
    pub(crate) fn of_inclusion(index: u64, size: u64) -> Result<Self, Error> {
        if index >= size {
            return Err(Error::out_of_range(format!("a tree of {size} leaves has no leaf {index}")));
        }
        let mut wanted = Vec::new();
        let (mut from, mut to) = (0, size);
        while to - from > 1 {
            let middle = from + tree::split(to - from);
            if index < middle {
                wanted.push(subtrees(middle..to));
                to = middle;
            } else {
                wanted.push(subtrees(from..middle));
                from = middle;
            }
        }
        wanted.reverse();
        Ok(Self { size, wanted })
    }

    /// The path of a consistency proof between two sizes (RFC 9162 section 2.1.4.1).
    pub(crate) fn of_consistency(older: u64, newer: u64) -> Result<Self, Error> {
        if older > newer {
            return Err(Error::out_of_range(format!("a tree of {newer} leaves never had {older}")));
        }
        let mut wanted = Vec::new();
        let (mut from, mut to) = (0, newer);
        // Every tree begins with the empty one, which needs no proof.
        while older != 0 && older != to {
            let middle = from + tree::split(to - from);
            if older <= middle {
                wanted.push(subtrees(middle..to));
                to = middle;
            } else {
                wanted.push(subtrees(from..middle));
                from = middle;
            }
        }
        // Where the old tree is itself the subtree on the left, its root is known to whoever verifies.
        if from != 0 {
            wanted.push(subtrees(from..to));
        }
        wanted.reverse();
        Ok(Self { size: newer, wanted })
    }

    /// The perfect subtrees of a tree, the largest first.
    pub(crate) fn of_frontier(size: u64) -> Self {
        Self { size, wanted: subtrees(0..size).into_iter().map(|subtree| vec![subtree]).collect() }
    }

    /// The tiles that hold the hashes, each once, with the width that it has in this tree.
    pub(crate) fn tiles(&self) -> Result<Vec<Tile>, Error> {
        let mut tiles: Vec<_> =
            self.wanted.iter().flatten().map(|subtree| subtree.tile(self.size)).collect::<Result<_, _>>()?;
        tiles.sort_unstable();
        tiles.dedup();
        Ok(tiles)
    }

    /// Reads the tiles and makes the hashes of them.
    pub(crate) fn read<B, E>(&self, mut read: impl FnMut(Tile) -> Result<B, E>) -> Result<Vec<Hash>, E>
    where
        B: AsRef<[u8]>,
        E: From<Error>,
    {
        let mut tiles = BTreeMap::new();
        for tile in self.tiles()? {
            tiles.insert(tile, tile.hashes(read(tile)?.as_ref())?);
        }
        let mut hashes = Vec::with_capacity(self.wanted.len());
        for subtrees in &self.wanted {
            let roots =
                subtrees.iter().map(|subtree| subtree.root(self.size, &tiles)).collect::<Result<Vec<_>, _>>()?;
            hashes.push(tree::fold(&roots));
        }
        Ok(hashes)
    }
}

impl Subtree {
    /// The tile that holds the hashes below this subtree's root, in a tree of `size` leaves.
    fn tile(self, size: u64) -> Result<Tile, Error> {
        let level = self.height / Tile::HEIGHT;
        let tile = Tile::in_tree(level, self.first_hash() / u64::from(Tile::FULL_WIDTH), size);
        tile.ok_or_else(|| Error::out_of_range(format!("a tree of {size} leaves lacks a tile of level {level}")))
    }

    fn root(self, size: u64, tiles: &BTreeMap<Tile, Vec<Hash>>) -> Result<Hash, Error> {
        let tile = self.tile(size)?;
        let hashes = tiles.get(&tile).and_then(|hashes| {
            let from = usize::try_from(self.first_hash() % u64::from(Tile::FULL_WIDTH)).ok()?;
            hashes.get(from..from + (1 << (self.height % Tile::HEIGHT)))
        });
        hashes.map(root_of).ok_or_else(|| Error::out_of_range(format!("`{tile}` lacks a hash")))
    }

    /// Its first hash among all of its tile level.
    fn first_hash(self) -> u64 {
        self.index << (self.height % Tile::HEIGHT)
    }
}

/// The perfect subtrees that make up a range, the largest first. The range begins at a multiple of a power of two that is
/// no smaller than its length, as all ranges of a tree do.
fn subtrees(range: Range<u64>) -> Vec<Subtree> {
    let length = range.end - range.start;
    let mut start = range.start;
    let heights = (0_u8..64).rev().filter(|height| length >> height & 1 == 1);
    let mut subtrees = Vec::with_capacity(length.count_ones() as usize);
    for height in heights {
        subtrees.push(Subtree { height, index: start >> height });
        start += 1 << height;
    }
    subtrees
}
