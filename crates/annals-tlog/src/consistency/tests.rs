//! Consistency proofs against the vectors, the definition, and another implementation; and what must not verify.

use proptest::prelude::*;
use tlog_tiles::check_tree;

use super::ConsistencyProof;
use crate::testing::{CT_ROOTS, ct_leaves, flipped_hashes, hash, leaves, mth, proof, tile_bytes};
use crate::{Error, ErrorKind, Hash, TreeHead};

fn made(older: usize, leaves: &[Hash]) -> ConsistencyProof {
    let read = |tile| Ok::<_, Error>(tile_bytes(leaves, tile));
    ConsistencyProof::from_tiles(older as u64, leaves.len() as u64, read).expect("the tiles are all there")
}

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead { size: leaves.len() as u64, root: mth(leaves) }
}

fn others(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.as_bytes())
}

/// What a proof between two sizes is made of: whether it begins with the older root, and of each hash after the first
/// node whether it lies on the left. Sizes of the same shape are the same sizes to a proof.
fn shape(older: u64, newer: u64) -> Option<(bool, Vec<bool>)> {
    fn below(older: u64, newer: u64, is_whole: bool) -> (bool, Vec<bool>) {
        if older == newer {
            return (is_whole, Vec::new());
        }
        let left = 1 << (newer - 1).ilog2();
        let is_left = older > left;
        let (start, mut sides) =
            if is_left { below(older - left, newer - left, false) } else { below(older, left, is_whole) };
        sides.push(is_left);
        (start, sides)
    }
    (0 < older && older < newer).then(|| below(older, newer, true))
}

#[test]
fn the_proofs_are_those_of_certificate_transparency() {
    let vectors: [(usize, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (
            2,
            8,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (older, newer, path) in vectors {
        let path: Vec<_> = path.iter().map(|hex| hash(hex)).collect();
        let proof = made(older, &ct_leaves()[..newer]);
        assert_eq!(proof.path(), path, "from {older} to {newer}");
        let head = |size: usize| TreeHead { size: size as u64, root: hash(CT_ROOTS[size]) };
        assert_eq!(proof.verify(&head(older), &head(newer)), Ok(()));
    }
}

#[test]
fn the_proofs_are_those_of_the_example_in_the_rfc() {
    // RFC 9162 section 2.1.5: the tree of seven leaves, and its letters for the nodes.
    let d = leaves(7);
    let node = |left, right| Hash::of_node(&left, &right);
    let (g, h, i) = (node(d[0], d[1]), node(d[2], d[3]), node(d[4], d[5]));
    // There they are called j, k and l.
    let (last, left, right) = (d[6], node(g, h), node(i, d[6]));
    assert_eq!(made(3, &d).path(), [d[2], d[3], g, right]);
    assert_eq!(made(4, &d).path(), [right]);
    assert_eq!(made(6, &d).path(), [i, last, left]);
}

#[test]
fn every_tree_begins_with_every_older_one() {
    let all = leaves(260);
    for newer in 0..=all.len() {
        let leaves = &all[..newer];
        for older in 0..=newer {
            let made = made(older, leaves);
            let (before, after) = (head(&leaves[..older]), head(leaves));
            assert_eq!(made.verify(&before, &after), Ok(()), "from {older} to {newer}");
            if older > 0 {
                assert_eq!(made.path(), proof(older, leaves), "from {older} to {newer}");
                let theirs = made.path().iter().map(others).collect();
                let checked = check_tree(&theirs, after.size, others(&after.root), before.size, others(&before.root));
                checked.expect("theirs agrees");
            }
        }
    }
}

#[test]
fn no_bit_of_it_may_change() {
    let all = leaves(18);
    for newer in 1..=all.len() {
        for older in 1..=newer {
            let proof = made(older, &all[..newer]);
            let (before, after) = (head(&all[..older]), head(&all[..newer]));
            let refused = |proof: &ConsistencyProof, before: &TreeHead, after: &TreeHead| {
                assert!(proof.verify(before, after).is_err(), "{older} to {newer}: {proof:?}, {before:?}, {after:?}");
            };
            for root in flipped_hashes(before.root) {
                refused(&proof, &TreeHead { root, ..before }, &after);
            }
            for root in flipped_hashes(after.root) {
                refused(&proof, &before, &TreeHead { root, ..after });
            }
            for place in 0..proof.path().len() {
                for hash in flipped_hashes(proof.path()[place]) {
                    let mut path = proof.path().to_vec();
                    path[place] = hash;
                    refused(&ConsistencyProof::new(path), &before, &after);
                }
            }
            // Sizes are bound by the checkpoints alone, and as far as they decide where the hashes go.
            for bit in 0..64 {
                let was = shape(before.size, after.size);
                let other = TreeHead { size: before.size ^ 1 << bit, ..before };
                let is_same = was.is_some() && shape(other.size, after.size) == was;
                assert_eq!(proof.verify(&other, &after).is_ok(), is_same, "{}, not {older}, to {newer}", other.size);
                let other = TreeHead { size: after.size ^ 1 << bit, ..after };
                let is_same = was.is_some() && shape(before.size, other.size) == was;
                assert_eq!(proof.verify(&before, &other).is_ok(), is_same, "{older} to {}, not {newer}", other.size);
            }
        }
    }
}

#[test]
fn two_histories_are_never_consistent() {
    let ours = leaves(40);
    let mut theirs = ours.clone();
    theirs[7] = Hash::of_leaf(b"something else");
    for older in 8..=40 {
        for proof in [made(older, &ours), made(older, &theirs)] {
            let wrong = proof.verify(&head(&ours[..older]), &head(&theirs));
            assert_eq!(wrong.map_err(|error| error.kind()), Err(ErrorKind::WrongProof), "from {older}");
        }
    }
}

#[test]
fn the_edges() {
    let leaves = leaves(8);
    let (empty, four, eight) = (head(&[]), head(&leaves[..4]), head(&leaves));
    let (nothing, something) = (ConsistencyProof::new(Vec::new()), ConsistencyProof::new(vec![Hash::EMPTY_ROOT]));
    assert_eq!(nothing.verify(&empty, &eight), Ok(()));
    assert_eq!(nothing.verify(&empty, &empty), Ok(()));
    assert_eq!(nothing.verify(&eight, &eight), Ok(()));
    let wrong = ErrorKind::WrongProof;
    let check = |proof: &ConsistencyProof, older: &TreeHead, newer: &TreeHead, kind| {
        assert_eq!(proof.verify(older, newer).map_err(|error| error.kind()), Err(kind), "{older:?} to {newer:?}");
    };
    check(&something, &empty, &eight, wrong);
    check(&something, &eight, &eight, wrong);
    check(&nothing, &four, &eight, wrong);
    check(&nothing, &TreeHead { root: four.root, ..empty }, &eight, wrong);
    check(&nothing, &TreeHead { root: four.root, ..eight }, &eight, wrong);
    check(&nothing, &eight, &four, ErrorKind::OutOfRange);
    let made = ConsistencyProof::from_tiles(8, 4, |_| Ok::<_, Error>([]));
    assert_eq!(made.map_err(|error| error.kind()), Err(ErrorKind::OutOfRange));
}

#[test]
fn a_tree_of_three_levels_of_tiles() {
    let leaves = leaves(66_000);
    let head_of_all = head(&leaves);
    for older in [1, 255, 256, 257, 40_000, 65_535, 65_536, 65_537, 65_999] {
        let made = made(older, &leaves);
        assert_eq!(made.path(), proof(older, &leaves), "from {older}");
        assert_eq!(made.verify(&head(&leaves[..older]), &head_of_all), Ok(()), "from {older}");
    }
}

proptest! {
    #[test]
    fn larger_trees_too(newer in 1_usize..1_500, at: prop::sample::Index) {
        let leaves = leaves(newer);
        let older = at.index(newer) + 1;
        let made = made(older, &leaves);
        prop_assert_eq!(made.path(), proof(older, &leaves));
        prop_assert_eq!(made.verify(&head(&leaves[..older]), &head(&leaves)), Ok(()));
    }

    #[test]
    fn nothing_panics(older: u64, newer: u64, path in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let path: Vec<_> = path.into_iter().map(Hash::from_bytes).collect();
        let head = |size| TreeHead { size, root: Hash::of_leaf(b"") };
        let is_same = older == newer && path.is_empty();
        prop_assert_eq!(ConsistencyProof::new(path).verify(&head(older), &head(newer)).is_ok(), is_same);
        if let Ok(tiles) = ConsistencyProof::tiles(older, newer) {
            prop_assert!(tiles.len() <= 24);
        }
    }
}
