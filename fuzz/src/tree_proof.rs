//! Inclusion and consistency proofs: any sizes, indexes and hashes, and real proofs with one thing changed.

use std::sync::LazyLock;

use annals_tlog::{ConsistencyProof, Frontier, Hash, InclusionProof, Tile, TreeHead, root_of};

/// The largest tree that is made.
const MOST: usize = 300;

static LEAVES: LazyLock<Vec<Hash>> = LazyLock::new(|| (0..MOST).map(|n| Hash::of_leaf(&n.to_le_bytes())).collect());

pub(crate) fn run(bytes: &[u8]) {
    let Some((sizes, rest)) = bytes.split_first_chunk::<16>() else { return };
    let (first, second) = sizes.split_at(8);
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    anything(number(first), number(second), rest);
    let size = usize::from(u16::from_le_bytes([sizes[0], sizes[1]])) % MOST + 1;
    let index = usize::from(u16::from_le_bytes([sizes[8], sizes[9]])) % size;
    real(index, size, rest);
}

/// Whatever a proof says, its check ends, and the tiles that a size asks for are those of its tree.
fn anything(index: u64, size: u64, bytes: &[u8]) {
    let (hashes, _) = bytes.as_chunks::<32>();
    let path: Vec<Hash> = hashes.iter().take(70).copied().map(Hash::from_bytes).collect();
    let leaf = Hash::of_leaf(b"leaf");
    let head = TreeHead { size, root: path.first().copied().unwrap_or(Hash::EMPTY_ROOT) };
    let _ = InclusionProof::new(index, path.clone()).verify(&leaf, &head);
    let _ = ConsistencyProof::new(path).verify(&TreeHead { size: index, root: leaf }, &head);
    for tiles in [InclusionProof::tiles(index, size), ConsistencyProof::tiles(index, size)].into_iter().flatten() {
        let are_there = tiles.iter().all(|tile| Tile::in_tree(tile.level(), tile.index(), size) == Some(*tile));
        assert!(are_there, "a tree of {size} leaves has not all of {tiles:?}");
    }
    let _ = Frontier::from_bytes(bytes);
}

/// The proof of a real tree holds; with a bit of it changed it does not.
fn real(index: usize, size: usize, change: &[u8]) {
    let leaves = &LEAVES[..size];
    let tile = |tile: Tile| -> Result<Vec<u8>, annals_tlog::Error> { Ok(bytes_of(tile, leaves)) };
    let (at, n_leaves) = (index as u64, size as u64);
    let head = TreeHead { size: n_leaves, root: root_of(leaves) };

    let inclusion = InclusionProof::from_tiles(at, n_leaves, tile).expect("a leaf of the tree");
    inclusion.verify(&leaves[index], &head).expect("a real proof holds");
    let older = TreeHead { size: at, root: root_of(&leaves[..index]) };
    let consistency = ConsistencyProof::from_tiles(at, n_leaves, tile).expect("an older tree");
    consistency.verify(&older, &head).expect("a real proof holds");

    let [bit_low, bit_high, ..] = *change else { return };
    let bit = usize::from(u16::from_le_bytes([bit_low, bit_high]));
    if let Some(path) = changed(inclusion.path(), bit) {
        assert!(InclusionProof::new(at, path).verify(&leaves[index], &head).is_err(), "a changed proof holds");
    }
    if let Some(path) = changed(consistency.path(), bit) {
        assert!(ConsistencyProof::new(path).verify(&older, &head).is_err(), "a changed proof holds");
    }
    let other = TreeHead { size: n_leaves, root: changed(&[head.root], bit).map_or(head.root, |roots| roots[0]) };
    assert!(inclusion.verify(&leaves[index], &other).is_err(), "a proof holds for another root");
}

/// The hashes with one bit changed; nothing where there are none.
fn changed(path: &[Hash], bit: usize) -> Option<Vec<Hash>> {
    let mut path = path.to_vec();
    let n_hashes = path.len();
    let hash = path.get_mut((bit / 256).checked_rem(n_hashes)?)?;
    let mut bytes = *hash.as_bytes();
    bytes[bit % 256 / 8] ^= 1 << (bit % 8);
    *hash = Hash::from_bytes(bytes);
    Some(path)
}

/// A tile of the tree by its definition.
fn bytes_of(tile: Tile, leaves: &[Hash]) -> Vec<u8> {
    let span = 256_usize.pow(tile.level().into());
    let first = usize::try_from(tile.index()).expect("a small tree") * 256;
    let hashes = (first..first + usize::from(tile.width())).map(|n| root_of(&leaves[n * span..(n + 1) * span]));
    hashes.flat_map(|hash| *hash.as_bytes()).collect()
}
