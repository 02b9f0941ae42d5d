//! Growing, against computing anew.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Frontier, TileHash};
use crate::testing::{leaves, mth, tile_bytes};
use crate::{Error, ErrorKind, Hash, Tile, TreeHead, root_of};

fn grown(leaves: &[Hash]) -> Frontier {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.append(*leaf).expect("there is room");
    }
    frontier
}

#[test]
fn it_equals_recomputation_at_every_size() {
    let leaves = leaves(700);
    let mut frontier = Frontier::new();
    assert_eq!(frontier.head(), TreeHead::EMPTY);
    for (index, leaf) in leaves.iter().enumerate() {
        frontier.append(*leaf).expect("there is room");
        assert_eq!(frontier.head(), TreeHead { size: index as u64 + 1, root: mth(&leaves[..=index]) });
        assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier.clone()));
    }
}

#[test]
fn every_hash_that_a_tile_holds_is_named_once_and_in_its_place() {
    let leaves = leaves(70_000);
    let mut frontier = Frontier::new();
    let mut levels = BTreeMap::<u8, Vec<Hash>>::new();
    for leaf in &leaves {
        let appended = frontier.append_with(*leaf, |stored| {
            let level = levels.entry(stored.level).or_default();
            assert_eq!(stored.index, level.len() as u64, "each level is filled from left to right");
            level.push(stored.hash);
        });
        appended.expect("there is room");
    }
    // The example of tlog-tiles: 273 full tiles and one of 112, one full and one of 17, and one of width 1.
    assert_eq!(levels.values().map(Vec::len).collect::<Vec<_>>(), [273 * 256 + 112, 256 + 17, 1]);
    for (level, index) in [(0, 0), (0, 272), (0, 273), (1, 0), (1, 1), (2, 0)] {
        let tile = Tile::in_tree(level, index as u64, 70_000).expect("the tree has this tile");
        let stored = levels[&level].chunks(256).nth(index).expect("the tile was named");
        assert_eq!(tile.hashes(&tile_bytes(&leaves, tile)), Ok(stored.to_vec()), "`{tile}`");
    }
}

#[test]
fn whole_subtrees_may_be_appended_where_they_begin() {
    let leaves = leaves(1_000);
    let mut frontier = Frontier::new();
    let mut stored = Vec::new();
    for tile in leaves.chunks_exact(256) {
        let appended = frontier.append_subtree_with(8, root_of(tile), |hash| stored.push(hash));
        appended.expect("it begins at a multiple of 256");
    }
    let wanted = leaves.chunks_exact(256).zip(0..);
    let wanted = wanted.map(|(tile, index)| TileHash { level: 1, index, hash: root_of(tile) });
    assert_eq!(stored, wanted.collect::<Vec<_>>(), "the roots of the tiles, and nothing below them");
    for leaf in leaves.chunks_exact(256).remainder() {
        frontier.append(*leaf).expect("there is room");
    }
    assert_eq!(frontier, grown(&leaves));

    let wrong = frontier.clone().append_subtree(4, leaves[0]);
    assert_eq!(wrong.map_err(|error| error.kind()), Err(ErrorKind::OutOfRange), "1000 is no multiple of 16");
    let wrong = Frontier::new().append_subtree(64, leaves[0]);
    assert_eq!(wrong.map_err(|error| error.kind()), Err(ErrorKind::OutOfRange));
}

#[test]
fn the_largest_tree_takes_no_leaf() {
    let almost = [(u64::MAX - 1).to_be_bytes().as_slice(), &[7; 63 * 32]].concat();
    let mut frontier = Frontier::from_bytes(&almost).expect("63 hashes for 63 bits");
    frontier.append(Hash::EMPTY_ROOT).expect("room for one");
    let full = frontier.clone();
    assert_eq!(full.size(), u64::MAX);
    assert_eq!(frontier.append(Hash::EMPTY_ROOT).map_err(|error| error.kind()), Err(ErrorKind::OutOfRange));
    assert_eq!(frontier, full, "a refused leaf changes nothing");
}

#[test]
fn it_comes_back_out_of_tiles() {
    let leaves = leaves(66_000);
    for size in [0, 1, 255, 256, 257, 1_000, 65_535, 65_536, 66_000] {
        let read = |tile| Ok::<_, Error>(tile_bytes(&leaves[..size], tile));
        assert_eq!(Frontier::from_tiles(size as u64, read), Ok(grown(&leaves[..size])), "of {size} leaves");
    }
}

proptest! {
    #[test]
    fn bytes_that_parse_print_the_same(size in 0_u64..9, mut hashes: Vec<u8>, is_whole: bool) {
        hashes.resize(if is_whole { size.count_ones() as usize * 32 } else { hashes.len() }, 0);
        let bytes = [&size.to_be_bytes(), hashes.as_slice()].concat();
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        } else {
            prop_assert!(!is_whole);
        }
    }

    #[test]
    fn wrong_tiles_are_errors_or_give_another_root(bytes: Vec<u8>, size in 1_u64..100_000) {
        let read = Frontier::from_tiles(size, |_| Ok::<_, Error>(&bytes));
        prop_assert!(read.is_err() || read.is_ok_and(|frontier| frontier.size() == size));
    }
}

#[test]
fn the_error_of_the_reader_is_passed_on() {
    #[derive(PartialEq, Eq, Debug)]
    enum Trouble {
        Disk,
        Tree(Error),
    }
    impl From<Error> for Trouble {
        fn from(error: Error) -> Self {
            Self::Tree(error)
        }
    }
    assert_eq!(Frontier::from_tiles(5, |_| Err::<Vec<u8>, _>(Trouble::Disk)), Err(Trouble::Disk));
    let short = Frontier::from_tiles(5, |_| Ok::<_, Trouble>(vec![0; 4 * 32]));
    assert!(matches!(short, Err(Trouble::Tree(error)) if error.kind() == ErrorKind::Malformed));
    // A tree without leaves has no tile to ask for.
    let unread: Result<_, Trouble> = Frontier::from_tiles(0, |_| -> Result<Vec<u8>, Trouble> { unreachable!() });
    assert_eq!(unread, Ok(Frontier::new()));
}
