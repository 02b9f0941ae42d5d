//! That a tree begins with an older one: RFC 9162 section 2.1.4 (RFC 6962 section 2.1.2).

use crate::plan::Plan;
use crate::{Error, Hash, Tile, TreeHead};

#[cfg(test)]
mod tests;

/// The proof that the leaves of an older tree are the first leaves of a newer one, in the same order.
///
/// Both sizes must come from where the roots come from, as with [`InclusionProof`](crate::InclusionProof).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsistencyProof {
    path: Vec<Hash>,
}

impl ConsistencyProof {
    /// A proof from its hashes, in the order of the RFC. Nothing is checked before [`verify`](Self::verify).
    pub fn new(path: Vec<Hash>) -> Self {
        Self { path }
    }

    /// The proof between the trees of `older` and of `newer` leaves, from the tiles of the newer one, which `read` gives
    /// as [`InclusionProof::from_tiles`](crate::InclusionProof::from_tiles) says.
    pub fn from_tiles<B, E>(older: u64, newer: u64, read: impl FnMut(Tile) -> Result<B, E>) -> Result<Self, E>
    where
        B: AsRef<[u8]>,
        E: From<Error>,
    {
        let path = Plan::of_consistency(older, newer)?.read(read)?;
        Ok(Self { path })
    }

    /// The tiles that [`from_tiles`](Self::from_tiles) will ask for.
    pub fn tiles(older: u64, newer: u64) -> Result<Vec<Tile>, Error> {
        Plan::of_consistency(older, newer)?.tiles()
    }

    /// The hashes, in the order of the RFC.
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// Checks that the tree of `newer` begins with that of `older`.
    ///
    /// The same size and root twice, and anything after the empty tree, is consistent by an empty proof. The error is
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) when the older tree is the larger one, else
    /// [`WrongProof`](crate::ErrorKind::WrongProof).
    pub fn verify(&self, older: &TreeHead, newer: &TreeHead) -> Result<(), Error> {
        if older.size > newer.size {
            return Err(Error::out_of_range(format!("a tree of {} leaves never had {}", newer.size, older.size)));
        }
        let is_consistent = if older.size == 0 {
            self.path.is_empty() && older.root == Hash::EMPTY_ROOT
        } else if older.size == newer.size {
            self.path.is_empty() && older.root == newer.root
        } else {
            self.roots(older, newer.size) == Some((older.root, newer.root))
        };
        if is_consistent {
            Ok(())
        } else {
            let message = format!("the tree of {} leaves does not begin with that of {}", newer.size, older.size);
            Err(Error::wrong_proof(message))
        }
    }

    /// Where the path leads for the older and for the newer tree, or nothing when it has the wrong length
    /// (RFC 9162 section 2.1.4.2, in its terms).
    fn roots(&self, older: &TreeHead, newer: u64) -> Option<(Hash, Hash)> {
        let (mut node, mut last) = (older.size - 1, newer - 1);
        let levels = node.trailing_ones();
        (node, last) = (node >> levels, last >> levels);

        let mut path = self.path.iter();
        // An older tree that is itself a subtree of the newer one stands in no proof: the verifier knows its root.
        let start = if older.size.is_power_of_two() { older.root } else { *path.next()? };
        let (mut older_root, mut newer_root) = (start, start);
        for hash in path {
            if last == 0 {
                return None;
            }
            if node & 1 == 1 || node == last {
                older_root = Hash::of_node(hash, &older_root);
                newer_root = Hash::of_node(hash, &newer_root);
                let levels = node.trailing_zeros().min(u64::BITS - 1);
                (node, last) = (node >> levels, last >> levels);
            } else {
                newer_root = Hash::of_node(&newer_root, hash);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        (last == 0).then_some((older_root, newer_root))
    }
}
