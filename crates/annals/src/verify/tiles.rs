//! Frontiers and proofs out of a store's tiles, whose errors are of two kinds.

use annals_store::{Error, ErrorKind, EvidenceStore};
use annals_tlog::{Frontier, Hash, InclusionProof, TreeHead};

/// What may go wrong on the way from tiles to a proof.
enum Trouble {
    Store(Error),
    Tree(annals_tlog::Error),
}

impl From<annals_tlog::Error> for Trouble {
    fn from(error: annals_tlog::Error) -> Self {
        Self::Tree(error)
    }
}

impl Trouble {
    fn told(self) -> Error {
        match self {
            Self::Store(error) => error,
            Self::Tree(error) => Error::with_source(ErrorKind::Corrupt, format!("the log's tree: {error}"), error),
        }
    }
}

/// The right edge of the first `size` leaves.
pub(super) fn frontier(store: &dyn EvidenceStore, size: u64) -> Result<Frontier, Error> {
    Frontier::from_tiles(size, |tile| store.tile(tile).map_err(Trouble::Store)).map_err(Trouble::told)
}

/// Whether a leaf is in this tree at this place.
pub(super) fn is_in(store: &dyn EvidenceStore, seq: u64, leaf: &Hash, head: &TreeHead) -> Result<bool, Error> {
    let proof = InclusionProof::from_tiles(seq, head.size, |tile| store.tile(tile).map_err(Trouble::Store));
    Ok(proof.map_err(Trouble::told)?.verify(leaf, head).is_ok())
}
