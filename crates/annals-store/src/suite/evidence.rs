//! What a store promises that makes its log provable: [`evidence_store_suite!`](crate::evidence_store_suite) runs it on each backend that keeps evidence.
//!
//! The tree is computed here a second time, recursively as RFC 6962 writes it down and from nothing but the rows as they are scanned, so that the suite shares no code with the trees of the
//! backends.

mod growing;
mod naming;
mod sealing;

use std::cell::RefCell;
use std::sync::Arc;

use annals_tlog::{Checkpoint, Hash, Note, Origin, SignerKey, Tile, TreeHead};

pub use growing::*;
pub use naming::*;
pub use sealing::*;

use crate::{Error, EventStore, EvidenceStore, Kept, SealWish, StoredCheckpoint};
use std::time::Duration;

/// One `#[test]` a behaviour for a backend that keeps evidence. The argument makes a fresh [`Database`](crate::suite::Database) at each call.
#[macro_export]
macro_rules! evidence_store_suite {
    ($make:expr) => {
        $crate::evidence_store_suite! { @each $make =>
            every_row_has_its_leaf
            a_tree_grows_over_its_tiles
            what_is_refused_leaves_rows_and_tree_alone
            two_stores_grow_one_tree
            the_tree_is_there_after_closing_and_opening_again
            only_a_pinned_key_seals
            a_checkpoint_is_signed_at_most_once_an_interval
            what_is_not_signed_is_not_stored
            named_checkpoints_are_kept
            a_key_is_pinned_once
            a_key_is_replaced_by_an_event_and_two_signatures
            a_log_goes_on_under_a_new_name
        }
    };
    (@each $make:expr => $($behaviour:ident)+) => {
        $(
            #[test]
            fn $behaviour() {
                $crate::suite::evidence::$behaviour(&($make)());
            }
        )+
    };
}

/// Holds rows, tiles and roots of a store against each other; public, so that a backend's own tests can ask it after whatever they did. Answers the size.
///
/// It panics where anything does not fit.
pub fn check_tree(store: &dyn EventStore) -> u64 {
    let evidence = store.evidence().expect("a store that keeps evidence");
    let leaves = leaves(evidence);
    let standing = evidence.standing().expect("a read");
    let size = leaves.len() as u64;
    assert_eq!(store.head().expect("a read").n_events, size, "the head and the rows");
    assert_eq!(standing.tree, TreeHead { size, root: root(&leaves) }, "the tree and the rows");
    assert_eq!(
        evidence.bounds().expect("a read"),
        size.checked_sub(1).map(|last| (0, i64::try_from(last).expect("few rows")))
    );
    for part in [0, size / 3, size / 2, size.saturating_sub(1), size, 1.min(size)] {
        let expected = root(&leaves[..usize::try_from(part).expect("few rows")]);
        assert_eq!(evidence.root_at(part).expect("a read"), Some(expected), "the root of {part} of {size}");
    }
    assert_eq!(evidence.root_at(size + 1).expect("a read"), None);
    let mut level_hashes = leaves;
    for level in 0..3 {
        let n_tiles = level_hashes.len().div_ceil(256) as u64;
        for (n, hashes) in (0..).zip(level_hashes.chunks(256)) {
            let tile = Tile::in_tree(level, n, size).expect("a tile of this tree");
            let expected: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
            assert_eq!(evidence.tile(tile).expect("a read"), expected, "{tile} of {size}");
        }
        if let Ok(beyond) = Tile::new(level, n_tiles, 1) {
            assert_eq!(evidence.tile(beyond).expect("a read"), [0; 0], "no tile beyond the tree");
        }
        level_hashes = level_hashes.chunks_exact(256).map(root).collect();
    }
    size
}

/// The leaves as the rows themselves give them.
fn leaves(evidence: &dyn EvidenceStore) -> Vec<Hash> {
    let mut leaves = Vec::new();
    let Some((first, last)) = evidence.bounds().expect("a read") else { return leaves };
    for from in (first..=last).step_by(100) {
        evidence
            .scan(from, last.min(from + 99), &mut |scanned| {
                assert_eq!(scanned.seq, i64::try_from(leaves.len()).expect("few rows"), "a hole in the rows");
                let content = scanned.content.expect("a row that can be read");
                let salt = content.salt.expect("a salt");
                let mut entry = Vec::new();
                content.row.entry(&content.row.commitments(&salt, &mut Vec::new()), &mut entry);
                leaves.push(Hash::of_leaf(&entry));
            })
            .expect("a read");
    }
    leaves
}

/// RFC 6962, section 2.1, as it is written there.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            Hash::of_node(&root(&leaves[..split]), &root(&leaves[split..]))
        }
    }
}

/// A key for this log.
fn signer(store: &dyn EventStore, seed: u8) -> SignerKey {
    let origin = crate::origin_of(store.log_ids().0);
    SignerKey::from_seed(origin.as_str().parse().expect("a name"), &[seed; 32])
}

/// Signs with these keys, and counts how often it was asked.
struct Signing<'a> {
    signers: Vec<&'a SignerKey>,
    n_asked: RefCell<u32>,
}

impl<'a> Signing<'a> {
    fn with(signers: &[&'a SignerKey]) -> Self {
        Self { signers: signers.to_vec(), n_asked: RefCell::new(0) }
    }

    fn sign(&self, origin: &Origin, head: TreeHead) -> Note {
        *self.n_asked.borrow_mut() += 1;
        Checkpoint::new(origin.clone(), head).and_then(|checkpoint| checkpoint.sign(&self.signers)).expect("a note")
    }
}

/// Seals whenever the tree has grown.
fn seal_now(store: &dyn EventStore, signing: &Signing<'_>, kept: Kept) -> Result<Option<StoredCheckpoint>, Error> {
    seal(store, signing, SealWish { interval: Duration::ZERO, kept })
}

fn seal(store: &dyn EventStore, signing: &Signing<'_>, wish: SealWish) -> Result<Option<StoredCheckpoint>, Error> {
    let evidence = store.evidence().expect("a store that keeps evidence");
    evidence.seal(wish, &mut |origin, head| Ok(signing.sign(origin, head)))
}

fn evidence(store: &Arc<dyn EventStore>) -> &dyn EvidenceStore {
    store.evidence().expect("a store that keeps evidence")
}
