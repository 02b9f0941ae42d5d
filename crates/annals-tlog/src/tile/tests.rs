//! Paths and widths, against the examples of the specification and another implementation.

use proptest::prelude::*;

use super::Tile;
use crate::{Bundle, ErrorKind, Hash, Resource};

fn tile(level: u8, index: u64, width: u16) -> Tile {
    Tile::new(level, index, width).expect("a tile that some tree has")
}

#[test]
fn paths_are_those_of_the_specification() {
    let table = [
        (tile(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (tile(0, 0, 256), "tile/0/000"),
        (tile(0, 273, 112), "tile/0/273.p/112"),
        (tile(1, 1, 17), "tile/1/001.p/17"),
        (tile(2, 0, 1), "tile/2/000.p/1"),
        (tile(3, 1_000, 255), "tile/3/x001/000.p/255"),
        (tile(0, (1 << 56) - 2, 256), "tile/0/x072/x057/x594/x037/x927/934"),
    ];
    for (tile, path) in table {
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile));
        assert_eq!(path.parse(), Ok(Resource::Tile(tile)));
    }
    assert_eq!("checkpoint".parse(), Ok(Resource::Checkpoint));
    let bundle = Bundle::new(1_234_067, 3).expect("a bundle");
    assert_eq!("tile/entries/x001/x234/067.p/3".parse(), Ok(Resource::Bundle(bundle)));
}

#[test]
fn one_tile_has_one_path() {
    let wrong = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/00/000",
        "tile/+1/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/8/000",
        "tile/7/000",
        "tile/256/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/000/001",
        "tile/0/x001/x000",
        "tile/0/x01/000",
        "tile/0/X001/000",
        "tile/0/xx01/000",
        "tile/0/+01",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000.p/65537",
        "tile/entries",
        "tile/entries/",
        "tile/entries/000.p/256",
        "tile/entries/x000/000",
        "tile/data/000",
        "checkpoint/",
        "Checkpoint",
        "../checkpoint",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x072/x057/x594/x037/x927/935",
        "tile/0/٠٠٠",
    ];
    for path in wrong {
        assert!(path.parse::<Resource>().is_err(), "`{path}`");
    }
}

#[test]
fn a_tree_has_the_tiles_of_its_size() {
    // The example of tlog-tiles, of 70 000 leaves.
    let widths = |level, index, size| Tile::in_tree(level, index, size).map(Tile::width);
    let table = [
        ((0, 272), Some(256)),
        ((0, 273), Some(112)),
        ((0, 274), None),
        ((1, 0), Some(256)),
        ((1, 1), Some(17)),
        ((1, 2), None),
        ((2, 0), Some(1)),
        ((2, 1), None),
        ((3, 0), None),
        ((64, 0), None),
        ((0, u64::MAX), None),
    ];
    for ((level, index), width) in table {
        assert_eq!(widths(level, index, 70_000), width, "level {level}, index {index}");
    }
    assert_eq!((widths(0, 0, 256), widths(0, 1, 256), widths(1, 0, 256)), (Some(256), None, Some(1)));
    assert_eq!(widths(0, 0, 0), None);
    assert_eq!(widths(7, 0, u64::MAX), Some(255));
    assert_eq!(Bundle::in_tree(273, 70_000).map(Bundle::width), Some(112));
    assert_eq!(Bundle::in_tree(274, 70_000), None);
}

#[test]
fn what_no_tree_has_is_out_of_range() {
    for (level, index, width) in
        [(0, 0, 0), (0, 0, 257), (7, 0, 256), (8, 0, 1), (255, 0, 1), (0, u64::MAX, 1), (6, 256, 1)]
    {
        let made = Tile::new(level, index, width).map_err(|error| error.kind());
        assert_eq!(made, Err(ErrorKind::OutOfRange), "{level}, {index}, {width}");
    }
}

#[test]
fn a_full_tile_stands_in_for_a_partial_one_and_nothing_else_does() {
    let hashes: Vec<_> = (0..=255).map(|byte| Hash::from_bytes([byte; 32])).collect();
    let bytes: Vec<_> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
    assert_eq!(tile(0, 0, 256).hashes(&bytes), Ok(hashes.clone()));
    assert_eq!(tile(0, 0, 3).hashes(&bytes), Ok(hashes[..3].to_vec()));
    for wrong in [&bytes[..0], &bytes[..31], &bytes[..64], &bytes[..97], &[bytes.as_slice(), &[0; 32]].concat()] {
        assert_eq!(tile(0, 0, 3).hashes(wrong).map_err(|error| error.kind()), Err(ErrorKind::Malformed));
    }
}

proptest! {
    #[test]
    fn paths_go_round_and_are_theirs(level in 0_u8..7, index in 0_u64..(1 << 50), width in 1_u16..=256) {
        let index = index >> (8 * level);
        let tile = tile(level, index, width);
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        // Theirs has the height, which the newer specification fixes, as an element of its own.
        let theirs = tlog_tiles::Tile::new(8, level, index, width.into(), false).path();
        prop_assert_eq!(theirs.replacen("tile/8/", "tile/", 1), tile.to_string());
    }

    #[test]
    fn what_parses_prints_the_same(path in "(tile/)?([0-9]{1,2}/|entries/)?(x?[0-9]{3}/){0,4}x?[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Ok(resource) = path.parse::<Resource>() {
            prop_assert_eq!(resource.to_string(), path);
        }
    }

    #[test]
    fn nothing_panics(path: String, tail: String, level: u8, index: u64, width: u16, size: u64, bytes: Vec<u8>) {
        let _ = path.parse::<Resource>();
        let _ = format!("tile/0/{tail}").parse::<Resource>();
        if let Some(tile) = Tile::in_tree(level, index, size) {
            prop_assert_eq!(Tile::new(level, index, tile.width()), Ok(tile));
        }
        if let Ok(tile) = Tile::new(level % 9, index >> 20, width % 300) {
            let _ = tile.hashes(&bytes);
        }
    }
}
