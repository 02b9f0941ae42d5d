//! Merkle tree, proofs, checkpoints, signed notes and tiles, as pure functions over bytes.
//!
//! This crate is what makes a log provable to a stranger, so every format in it is published by somebody else and is
//! read by tools that nobody here wrote:
//!
//! | what | here | where it is written down |
//! | --- | --- | --- |
//! | hashes of leaves and nodes, roots | [`struct@Hash`], [`root_of`], [`Frontier`] | RFC 6962 section 2.1, RFC 9162 section 2.1.1 |
//! | inclusion proof | [`InclusionProof`] | RFC 9162 section 2.1.3 |
//! | consistency proof | [`ConsistencyProof`] | RFC 9162 section 2.1.4 |
//! | tiles and entry bundles | [`Tile`], [`Bundle`], [`Resource`] | <https://c2sp.org/tlog-tiles> |
//! | signed notes and their keys | [`Note`], [`VerifierKey`], [`SignerKey`] | <https://c2sp.org/signed-note> |
//! | checkpoints | [`Checkpoint`] | <https://c2sp.org/tlog-checkpoint> |
//! | a proof that travels alone | [`TlogProof`] | <https://c2sp.org/tlog-proof> |
//!
//! A writer keeps a [`Frontier`], a few hashes from which the tree grows without being read, and stores the hashes that
//! [`Frontier::append_with`] names as tiles. A prover asks for the handful of tiles that it needs and gets a proof. A
//! verifier needs neither: a proof, a leaf and a [`TreeHead`] are enough, and the head comes out of a signed
//! [`Checkpoint`].
//!
//! The decision behind all of it: one text has one meaning, and one meaning one text. Numbers with leading zeroes,
//! base64 with stray bits, a tile path with a superfluous element and a signature line with a second space are refused,
//! although some readers elsewhere let them pass. So whatever parses is printed again byte for byte, and no bit of a file
//! can be changed without being noticed.
//!
//! The crate does no I/O, reads no clock and makes no randomness: the seed of a key comes in from outside. It does not
//! know what an event is; what a leaf holds is decided elsewhere. No input makes it panic: whatever is wrong is an
//! [`Error`] with an [`ErrorKind`].

mod bundle;
mod checkpoint;
mod consistency;
mod error;
mod frontier;
mod hash;
mod inclusion;
mod key;
mod note;
mod plan;
mod resource;
mod signature;
mod text;
mod tile;
mod tlog_proof;
mod tree;

#[cfg(test)]
mod testing;

pub use bundle::Bundle;
pub use checkpoint::{Checkpoint, Origin};
pub use consistency::ConsistencyProof;
pub use error::{Error, ErrorKind};
pub use frontier::{Frontier, TileHash};
pub use hash::Hash;
pub use inclusion::InclusionProof;
pub use key::{KeyId, KeyName, SignerKey, VerifierKey};
pub use note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, Verified};
pub use resource::Resource;
pub use signature::Signature;
pub use tile::Tile;
pub use tlog_proof::TlogProof;
pub use tree::{TreeHead, root_of};
