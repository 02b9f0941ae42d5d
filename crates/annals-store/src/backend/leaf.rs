//! The hash of a row's leaf, the same way when the row is written and when rows from before there was a tree are taken into it.

use annals_event::{LeafRow, Salt};
use annals_tlog::Hash;

/// Memory to make leaves in.
#[derive(Default, Debug)]
pub struct LeafScratch {
    group: Vec<u8>,
    entry: Vec<u8>,
}

/// The hash of a row that has its content still.
pub fn hash(mut row: LeafRow<'_>, salt: &Salt, scratch: &mut LeafScratch) -> Hash {
    // Counts as the row keeps them, which has a sign.
    row.duration_ms = row.duration_ms.map(as_kept);
    row.pseq = as_kept(row.pseq);
    let commitments = row.commitments(salt, &mut scratch.group);
    scratch.entry.clear();
    row.entry(&commitments, &mut scratch.entry);
    Hash::of_leaf(&scratch.entry)
}

fn as_kept(count: u64) -> u64 {
    count.min(i64::MAX.cast_unsigned())
}
