//! A tree that grows at its right edge: RFC 6962 section 2.1, kept as what is called a compact range.
//!
//! Of a tree of n leaves only the roots of its largest perfect subtrees are kept, one for each one in n written in binary.
//! That is enough to append and to give the root, in O(log n) each, and small enough to be read and written in every
//! transaction. The alternative, keeping the tree in memory, would have to be kept in step over all processes.

use crate::plan::Plan;
use crate::{Error, Hash, Tile, TreeHead, tree};

#[cfg(test)]
mod tests;

/// The right edge of a tree.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frontier {
    size: u64,
    /// The root of the perfect subtree for each bit of `size`, the largest first.
    subtrees: Vec<Hash>,
}

/// A hash that belongs into a tile, as soon as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TileHash {
    /// The level of the tile; 0 holds the leaves.
    pub level: u8,
    /// Which hash of the level this is, from 0. The tile has the index `index / 256`, and the hash the place
    /// `index % 256` in it; the last place means that the tile is full.
    pub index: u64,
    /// The hash.
    pub hash: Hash,
}

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves, in O(log n).
    pub fn root(&self) -> Hash {
        tree::fold(&self.subtrees)
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// Appends a leaf.
    ///
    /// The error is [`OutOfRange`](crate::ErrorKind::OutOfRange): the tree has 2^64 - 1 leaves.
    pub fn append(&mut self, leaf: Hash) -> Result<(), Error> {
        self.append_with(leaf, |_| ())
    }

    /// Appends a leaf and hands each hash that now belongs into a tile to `stored`: the leaf itself at level 0, after
    /// every 256th leaf the root of their tile at level 1, and so on, from the lowest level to the highest.
    pub fn append_with(&mut self, leaf: Hash, stored: impl FnMut(TileHash)) -> Result<(), Error> {
        self.push(0, leaf, stored)
    }

    /// Appends a perfect subtree of `2^height` leaves by its root.
    ///
    /// The error is [`OutOfRange`](crate::ErrorKind::OutOfRange): the size is no multiple of `2^height`, or the sum is too
    /// large.
    pub fn append_subtree(&mut self, height: u8, root: Hash) -> Result<(), Error> {
        self.append_subtree_with(height, root, |_| ())
    }

    /// Appends a perfect subtree, and hands the hashes that belong into tiles to `stored` as
    /// [`append_with`](Self::append_with) does. Those below the subtree's root are not among them: whoever hashed the
    /// subtree has them.
    pub fn append_subtree_with(&mut self, height: u8, root: Hash, stored: impl FnMut(TileHash)) -> Result<(), Error> {
        self.push(height, root, stored)
    }

    /// The frontier of the tree of `size` leaves, from its tiles, each of which `read` gives as
    /// [`InclusionProof::from_tiles`](crate::InclusionProof::from_tiles) says.
    ///
    /// What comes of tiles that were tampered with is a frontier with another root, so compare that with a checkpoint.
    pub fn from_tiles<B, E>(size: u64, read: impl FnMut(Tile) -> Result<B, E>) -> Result<Self, E>
    where
        B: AsRef<[u8]>,
        E: From<Error>,
    {
        let subtrees = Plan::of_frontier(size).read(read)?;
        Ok(Self { size, subtrees })
    }

    /// The state as bytes: the size in 8 bytes, big-endian, and 32 bytes for each one in it. At most 2 056 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(size_of::<u64>() + self.subtrees.len() * Hash::BYTES);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        for subtree in &self.subtrees {
            bytes.extend_from_slice(subtree.as_bytes());
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote. That the hashes are the right ones can't be seen from them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (size, hashes) = bytes.split_first_chunk().ok_or_else(|| Error::malformed("a frontier without a size"))?;
        let size = u64::from_be_bytes(*size);
        let subtrees = Hash::list(hashes)?;
        if subtrees.len() == size.count_ones() as usize {
            Ok(Self { size, subtrees })
        } else {
            Err(Error::malformed(format!("a frontier of {size} leaves with {} hashes", subtrees.len())))
        }
    }

    fn push(&mut self, height: u8, root: Hash, mut stored: impl FnMut(TileHash)) -> Result<(), Error> {
        let too_large = || Error::out_of_range("a tree has at most 2^64 - 1 leaves");
        let leaves = 1_u64.checked_shl(height.into()).ok_or_else(too_large)?;
        let size = self.size.checked_add(leaves).ok_or_else(too_large)?;
        if !self.size.is_multiple_of(leaves) {
            return Err(Error::out_of_range(format!("no subtree of height {height} begins at leaf {}", self.size)));
        }
        let mut hash = root;
        let mut height = height;
        loop {
            if height.is_multiple_of(Tile::HEIGHT) {
                stored(TileHash { level: height / Tile::HEIGHT, index: (size >> height) - 1, hash });
            }
            if self.size >> height & 1 == 0 {
                break;
            }
            let left = self.subtrees.pop().expect("a frontier has a subtree for each bit of its size");
            hash = Hash::of_node(&left, &hash);
            height += 1;
        }
        self.subtrees.push(hash);
        self.size = size;
        Ok(())
    }
}
