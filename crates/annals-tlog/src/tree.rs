//! The shape of the tree: RFC 6962 section 2.1, RFC 9162 section 2.1.1.
//!
//! A tree of n leaves splits at the largest power of two below n. So everything to the left of the right edge consists of
//! perfect subtrees, which never change again; the rest of this crate lives off that.

use crate::Hash;

#[cfg(test)]
mod tests;

/// How large a tree is and what its root is: all that a proof is held against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TreeHead {
    /// The number of leaves.
    pub size: u64,
    /// The root over all of them.
    pub root: Hash,
}

impl TreeHead {
    /// The head of the tree without leaves.
    pub const EMPTY: Self = Self { size: 0, root: Hash::EMPTY_ROOT };
}

/// The root over `hashes`, which may be leaves or the roots of perfect subtrees of one height.
///
/// It takes one pass and memory for a hash a level. A program that checks a log on several cores hashes pieces of 256
/// leaves with this and puts them together with [`Frontier::append_subtree`](crate::Frontier::append_subtree).
pub fn root_of(hashes: &[Hash]) -> Hash {
    let mut edge = Vec::with_capacity(u64::BITS as usize);
    for (count, hash) in hashes.iter().enumerate() {
        let mut root = *hash;
        // One subtree on the left is complete for each one at the end of the count.
        for _ in 0..count.trailing_ones() {
            let left = edge.pop().expect("the edge has a node for each bit of the count");
            root = Hash::of_node(&left, &root);
        }
        edge.push(root);
    }
    fold(&edge)
}

/// The root over perfect subtrees that stand side by side, the largest first.
pub(crate) fn fold(subtrees: &[Hash]) -> Hash {
    let root = subtrees.iter().rev().copied().reduce(|right, left| Hash::of_node(&left, &right));
    root.unwrap_or(Hash::EMPTY_ROOT)
}

/// Where a tree of `size` leaves splits: the largest power of two below it. `size` is at least 2.
pub(crate) fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}
