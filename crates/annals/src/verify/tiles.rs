//! Frontiers and proofs out of a store's tiles. Tiles that can't be read are an error; such as make no tree are an answer, which accuses.

use annals_store::{Error, EvidenceStore};
use annals_tlog::{Frontier, Hash, InclusionProof, TreeHead};

/// What may go wrong on the way from tiles to a proof.
enum Trouble {
    Store(Error),
    Tree,
}

impl From<annals_tlog::Error> for Trouble {
    fn from(_: annals_tlog::Error) -> Self {
        Self::Tree
    }
}

/// What came of it; nothing where the tiles make no such thing.
fn made<T>(result: Result<T, Trouble>) -> Result<Option<T>, Error> {
    match result {
        Ok(made) => Ok(Some(made)),
        Err(Trouble::Tree) => Ok(None),
        Err(Trouble::Store(error)) => Err(error),
    }
}

/// The right edge of the first `size` leaves; nothing where the tiles don't have it.
pub(super) fn frontier(store: &dyn EvidenceStore, size: u64) -> Result<Option<Frontier>, Error> {
    made(Frontier::from_tiles(size, |tile| store.tile(tile).map_err(Trouble::Store)))
}

/// Whether a leaf is in this tree at this place, as the tiles say.
pub(super) fn is_in(store: &dyn EvidenceStore, seq: u64, leaf: &Hash, head: &TreeHead) -> Result<bool, Error> {
    let proof = InclusionProof::from_tiles(seq, head.size, |tile| store.tile(tile).map_err(Trouble::Store));
    Ok(made(proof)?.is_some_and(|proof| proof.verify(leaf, head).is_ok()))
}
