//! Changes to what is given away: small, and at places that nobody chose.

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

/// An entry bundle without one of its leaves, or with nothing in its place.
pub(super) fn without_leaf(bundle: &[u8], leaf: usize, keeps_its_place: bool) -> Vec<u8> {
    let mut rest = bundle;
    let mut changed = Vec::new();
    let mut n = 0;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (entry, after) = after.split_at(u16::from_be_bytes(*length).into());
        if n != leaf {
            changed.extend_from_slice(length);
            changed.extend_from_slice(entry);
        } else if keeps_its_place {
            changed.extend_from_slice(&[0, 0]);
        }
        (rest, n) = (after, n + 1);
    }
    assert!(leaf < n);
    changed
}

/// Numbers from a seed, which a failed test prints.
#[derive(Debug)]
pub(super) struct Random {
    #[expect(dead_code, reason = "printed by `Debug`, so that a failure can be repeated")]
    seed: u64,
    state: u64,
}

impl Random {
    pub(super) fn new() -> Self {
        let seed = RandomState::new().hash_one(0) | 1;
        Self { seed, state: seed }
    }

    fn below(&mut self, end: usize) -> usize {
        // xorshift64
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % u64::try_from(end).unwrap()).unwrap()
    }

    /// The bytes with another one at some place.
    pub(super) fn changed(&mut self, bytes: &[u8]) -> (usize, Vec<u8>) {
        let (at, by) = (self.below(bytes.len()), 1 + self.below(255));
        let mut changed = bytes.to_vec();
        changed[at] ^= u8::try_from(by).unwrap();
        (at, changed)
    }
}
