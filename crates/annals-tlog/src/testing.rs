//! What the tests hold this crate against: the definitions of RFC 9162, written down as they stand there, slowly.

use crate::{Hash, KeyName, SignerKey, Tile};

/// The leaves of Certificate Transparency's reference tests (`testonly` of transparency-dev/merkle).
pub(crate) const CT_ENTRIES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// The root of the first n of them, for each n.
pub(crate) const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}

pub(crate) fn hash(hex: &str) -> Hash {
    unhex(hex).as_slice().try_into().expect("32 bytes")
}

pub(crate) fn ct_leaves() -> Vec<Hash> {
    CT_ENTRIES.iter().map(|entry| Hash::of_leaf(&unhex(entry))).collect()
}

/// As many leaves, each different.
pub(crate) fn leaves(count: usize) -> Vec<Hash> {
    (0..count as u64).map(|index| Hash::of_leaf(&index.to_be_bytes())).collect()
}

/// `MTH(D_n)`, section 2.1.1.
pub(crate) fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(k(leaves.len()));
            Hash::of_node(&mth(left), &mth(right))
        }
    }
}

/// `PATH(m, D_n)`, section 2.1.3.1.
pub(crate) fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(k(leaves.len()));
    let (mut path, sibling) = if m < left.len() { (path(m, left), right) } else { (path(m - left.len(), right), left) };
    path.push(mth(sibling));
    path
}

/// `PROOF(m, D_n)`, section 2.1.4.1.
pub(crate) fn proof(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(m, leaves, true)
}

fn subproof(m: usize, leaves: &[Hash], is_whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if is_whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let (left, right) = leaves.split_at(k(leaves.len()));
    let (mut path, sibling) = if m <= left.len() {
        (subproof(m, left, is_whole), right)
    } else {
        (subproof(m - left.len(), right, false), left)
    };
    path.push(mth(sibling));
    path
}

/// The largest power of two smaller than n.
fn k(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// The bytes of a tile, by the definition in tlog-tiles: for i below the width,
/// `MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])`.
pub(crate) fn tile_bytes(leaves: &[Hash], tile: Tile) -> Vec<u8> {
    let span = 256_usize.pow(tile.level().into());
    let first = usize::try_from(tile.index()).expect("a small tree") * 256;
    let hashes = (first..first + usize::from(tile.width())).map(|i| mth(&leaves[i * span..(i + 1) * span]));
    hashes.flat_map(|hash| *hash.as_bytes()).collect()
}

pub(crate) fn signer(name: &str, seed: u8) -> SignerKey {
    SignerKey::from_seed(key_name(name), &[seed; 32])
}

pub(crate) fn key_name(name: &str) -> KeyName {
    name.parse().expect("a key's name")
}

/// Each text that differs from this one in one bit and is UTF-8 all the same.
pub(crate) fn flipped(text: &str) -> impl Iterator<Item = String> {
    (0..text.len() * 8).filter_map(move |bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    })
}

/// Each hash that differs from this one in one bit.
pub(crate) fn flipped_hashes(hash: Hash) -> impl Iterator<Item = Hash> {
    (0..Hash::BYTES * 8).map(move |bit| {
        let mut bytes = *hash.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        Hash::from_bytes(bytes)
    })
}
