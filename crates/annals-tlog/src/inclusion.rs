//! That a leaf is in a tree: RFC 9162 section 2.1.3 (RFC 6962 section 2.1.1 calls it an audit path).

use crate::plan::Plan;
use crate::{Error, Hash, Tile, TreeHead};

#[cfg(test)]
mod tests;

/// The proof that a leaf stands at an index of a tree.
///
/// It binds leaf, index and root. The size only tells the shape of the path, and several sizes may have one shape for one
/// index, so a size counts for nothing unless it comes from where the root comes from: a signed
/// [`Checkpoint`](crate::Checkpoint) holds both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InclusionProof {
    index: u64,
    path: Vec<Hash>,
}

impl InclusionProof {
    /// A proof from its parts: the leaf's index, and the hashes from the leaf's sibling up to the root's child. Nothing is
    /// checked before [`verify`](Self::verify).
    pub fn new(index: u64, path: Vec<Hash>) -> Self {
        Self { index, path }
    }

    /// The proof for leaf `index` of the tree of `size` leaves, from its tiles.
    ///
    /// `read` gives the bytes of a tile: its hashes one behind another, at least as many as the tile is wide; a full tile
    /// may stand in for a partial one. Its errors are passed on. The error for an index that the tree doesn't have is
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange), for bytes that are no such tile [`Malformed`](crate::ErrorKind::Malformed).
    pub fn from_tiles<B, E>(index: u64, size: u64, read: impl FnMut(Tile) -> Result<B, E>) -> Result<Self, E>
    where
        B: AsRef<[u8]>,
        E: From<Error>,
    {
        let path = Plan::of_inclusion(index, size)?.read(read)?;
        Ok(Self { index, path })
    }

    /// The tiles that [`from_tiles`](Self::from_tiles) will ask for, for a caller who wants to fetch them at once.
    pub fn tiles(index: u64, size: u64) -> Result<Vec<Tile>, Error> {
        Plan::of_inclusion(index, size)?.tiles()
    }

    /// The leaf's index.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The hashes, from the leaf's sibling up to the root's child.
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// Checks that the proof leads from `leaf` to the root of `head`.
    ///
    /// The error is [`OutOfRange`](crate::ErrorKind::OutOfRange) when a tree of that size has no such index, else
    /// [`WrongProof`](crate::ErrorKind::WrongProof).
    pub fn verify(&self, leaf: &Hash, head: &TreeHead) -> Result<(), Error> {
        if self.index >= head.size {
            return Err(Error::out_of_range(format!("a tree of {} leaves has no leaf {}", head.size, self.index)));
        }
        if self.root(leaf, head.size) == Some(head.root) {
            Ok(())
        } else {
            Err(Error::wrong_proof(format!("the proof for leaf {} does not lead to the root", self.index)))
        }
    }

    /// Where the path leads, or nothing when it has the wrong length (RFC 9162 section 2.1.3.2, in its terms).
    fn root(&self, leaf: &Hash, size: u64) -> Option<Hash> {
        let (mut node, mut last) = (self.index, size - 1);
        let mut root = *leaf;
        for hash in &self.path {
            if last == 0 {
                return None;
            }
            if node & 1 == 1 || node == last {
                root = Hash::of_node(hash, &root);
                // Up to where the node is a right child: above that it has no sibling.
                let levels = node.trailing_zeros().min(u64::BITS - 1);
                (node, last) = (node >> levels, last >> levels);
            } else {
                root = Hash::of_node(&root, hash);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        (last == 0).then_some(root)
    }
}
