//! Inclusion proofs against the vectors, the definition, and another implementation; and what must not verify.

use proptest::prelude::*;
use tlog_tiles::check_record;

use super::InclusionProof;
use crate::testing::{CT_ROOTS, ct_leaves, flipped_hashes, hash, leaves, mth, path, tile_bytes};
use crate::{Error, ErrorKind, Hash, Tile, TreeHead};

fn made(index: usize, leaves: &[Hash]) -> InclusionProof {
    let read = |tile| Ok::<_, Error>(tile_bytes(leaves, tile));
    InclusionProof::from_tiles(index as u64, leaves.len() as u64, read).expect("the tiles are all there")
}

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead { size: leaves.len() as u64, root: mth(leaves) }
}

fn others(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.as_bytes())
}

/// On which side the siblings of a leaf lie, from the leaf upwards; a size of the same sides is the same size to a proof.
fn sides(index: u64, size: u64) -> Option<Vec<bool>> {
    match size {
        _ if index >= size => None,
        1 => Some(Vec::new()),
        _ => {
            let left = 1 << (size - 1).ilog2();
            let is_right = index >= left;
            let mut sides = if is_right { sides(index - left, size - left) } else { sides(index, left) }?;
            sides.push(is_right);
            Some(sides)
        }
    }
}

#[test]
fn the_paths_are_those_of_certificate_transparency() {
    let vectors: [(usize, usize, &[&str]); 4] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ];
    for (index, size, path) in vectors {
        let path: Vec<_> = path.iter().map(|hex| hash(hex)).collect();
        let proof = made(index, &ct_leaves()[..size]);
        assert_eq!(proof.path(), path, "of leaf {index} of {size}");
        let head = TreeHead { size: size as u64, root: hash(CT_ROOTS[size]) };
        assert_eq!(proof.verify(&ct_leaves()[index], &head), Ok(()));
    }
}

#[test]
fn the_paths_are_those_of_the_example_in_the_rfc() {
    // RFC 9162 section 2.1.5: the tree of seven leaves, and its letters for the nodes.
    let d = leaves(7);
    let node = |left, right| Hash::of_node(&left, &right);
    let (g, h, i) = (node(d[0], d[1]), node(d[2], d[3]), node(d[4], d[5]));
    // There they are called j, k and l.
    let (last, left, right) = (d[6], node(g, h), node(i, d[6]));
    assert_eq!(made(0, &d).path(), [d[1], h, right]);
    assert_eq!(made(3, &d).path(), [d[2], g, right]);
    assert_eq!(made(4, &d).path(), [d[5], last, left]);
    assert_eq!(made(6, &d).path(), [i, left]);
}

#[test]
fn every_leaf_of_every_tree_has_one_that_verifies() {
    let all = leaves(260);
    for size in 1..=all.len() {
        let leaves = &all[..size];
        let head = head(leaves);
        for (index, leaf) in leaves.iter().enumerate() {
            let proof = made(index, leaves);
            assert_eq!(proof.path(), path(index, leaves), "of leaf {index} of {size}");
            assert_eq!(proof.verify(leaf, &head), Ok(()), "of leaf {index} of {size}");
            let theirs = proof.path().iter().map(others).collect();
            check_record(&theirs, head.size, others(&head.root), index as u64, others(leaf)).expect("theirs agrees");
        }
    }
}

#[test]
fn no_bit_of_it_may_change() {
    let all = leaves(21);
    for size in 1..=all.len() {
        let leaves = &all[..size];
        let head = head(leaves);
        for (index, leaf) in leaves.iter().enumerate() {
            let proof = made(index, leaves);
            let refused = |proof: &InclusionProof, leaf: &Hash, head: &TreeHead| {
                assert!(proof.verify(leaf, head).is_err(), "leaf {index} of {size}: {proof:?}, {leaf}, {head:?}");
            };
            for leaf in flipped_hashes(*leaf) {
                refused(&proof, &leaf, &head);
            }
            for root in flipped_hashes(head.root) {
                refused(&proof, leaf, &TreeHead { root, ..head });
            }
            for place in 0..proof.path().len() {
                for hash in flipped_hashes(proof.path()[place]) {
                    let mut path = proof.path().to_vec();
                    path[place] = hash;
                    refused(&InclusionProof::new(index as u64, path), leaf, &head);
                }
            }
            for bit in 0..64 {
                refused(&InclusionProof::new(index as u64 ^ 1 << bit, proof.path().to_vec()), leaf, &head);
                // A size is bound by the checkpoint alone, and as far as it decides where the hashes go.
                let other = TreeHead { size: head.size ^ 1 << bit, ..head };
                let is_same = sides(index as u64, other.size) == sides(index as u64, head.size);
                assert_eq!(proof.verify(leaf, &other).is_ok(), is_same, "leaf {index} of {size}, not {}", other.size);
            }
        }
    }
}

#[test]
fn a_path_of_another_length_is_refused() {
    let leaves = leaves(13);
    for (index, leaf) in leaves.iter().enumerate() {
        let proof = made(index, &leaves);
        let longer = [proof.path(), &[Hash::EMPTY_ROOT]].concat();
        for path in [&proof.path()[1..], &proof.path()[..proof.path().len() - 1], &longer, &[]] {
            let wrong = InclusionProof::new(index as u64, path.to_vec()).verify(leaf, &head(&leaves));
            assert_eq!(wrong.map_err(|error| error.kind()), Err(ErrorKind::WrongProof));
        }
    }
    // The hashes add up, but a tree of one leaf has nothing above it.
    let root = Hash::of_node(&leaves[1], &leaves[0]);
    let above = InclusionProof::new(0, vec![leaves[1]]).verify(&leaves[0], &TreeHead { size: 1, root });
    assert_eq!(above.map_err(|error| error.kind()), Err(ErrorKind::WrongProof));
    let endless = InclusionProof::new(u64::MAX - 1, vec![Hash::EMPTY_ROOT; 10_000]);
    assert!(endless.verify(&leaves[0], &TreeHead { size: u64::MAX, root: leaves[0] }).is_err());
}

#[test]
fn an_index_beyond_the_tree_is_out_of_range() {
    let leaf = Hash::of_leaf(b"");
    for (index, size) in [(0, 0), (1, 1), (u64::MAX, u64::MAX), (u64::MAX, 3)] {
        let made = InclusionProof::from_tiles(index, size, |_| Ok::<_, Error>([]));
        assert_eq!(made.map_err(|error| error.kind()), Err(ErrorKind::OutOfRange));
        let verified = InclusionProof::new(index, Vec::new()).verify(&leaf, &TreeHead { size, root: leaf });
        assert_eq!(verified.map_err(|error| error.kind()), Err(ErrorKind::OutOfRange));
    }
}

#[test]
fn a_proof_out_of_ten_million_needs_few_tiles() {
    let tiles = InclusionProof::tiles(1_234_567, 10_000_000).expect("the tree has this leaf");
    let paths: Vec<_> = tiles.iter().map(Tile::to_string).collect();
    let wanted = ["tile/0/x004/822", "tile/0/x039/062.p/128", "tile/1/018", "tile/1/152.p/150", "tile/2/000.p/152"];
    assert_eq!(paths, wanted);
}

#[test]
fn a_tree_of_three_levels_of_tiles() {
    let leaves = leaves(66_000);
    let head = head(&leaves);
    for index in [0, 255, 256, 40_000, 65_535, 65_536, 65_999] {
        let proof = made(index, &leaves);
        assert_eq!(proof.path(), path(index, &leaves), "of leaf {index}");
        assert_eq!(proof.verify(&leaves[index], &head), Ok(()), "of leaf {index}");
    }
}

proptest! {
    #[test]
    fn larger_trees_too(size in 1_usize..1_500, at: prop::sample::Index) {
        let leaves = leaves(size);
        let index = at.index(size);
        let proof = made(index, &leaves);
        prop_assert_eq!(proof.path(), path(index, &leaves));
        prop_assert_eq!(proof.verify(&leaves[index], &head(&leaves)), Ok(()));
        let other = (index + 1) % size;
        prop_assert_eq!(proof.verify(&leaves[other], &head(&leaves)).is_ok(), size == 1);
    }

    #[test]
    fn nothing_panics(index: u64, size: u64, path in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let path: Vec<_> = path.into_iter().map(Hash::from_bytes).collect();
        let leaf = Hash::EMPTY_ROOT;
        let is_whole_tree = (index, size) == (0, 1) && path.is_empty();
        let verified = InclusionProof::new(index, path).verify(&leaf, &TreeHead { size, root: leaf });
        prop_assert_eq!(verified.is_ok(), is_whole_tree);
        if let Ok(tiles) = InclusionProof::tiles(index, size) {
            prop_assert!(tiles.len() <= 16, "two a level at most");
        }
        let _ = InclusionProof::from_tiles(index, size, |tile| Ok::<_, Error>(vec![0; usize::from(tile.width()) * 32]));
    }
}
