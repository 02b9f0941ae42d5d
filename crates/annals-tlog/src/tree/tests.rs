//! Roots against the reference vectors and the definition.

use super::split;
use crate::root_of;
use crate::testing::{CT_ROOTS, ct_leaves, hash, leaves, mth};

#[test]
fn the_roots_are_those_of_certificate_transparency() {
    for (size, root) in CT_ROOTS.iter().enumerate() {
        assert_eq!(root_of(&ct_leaves()[..size]), hash(root), "of {size} leaves");
    }
}

#[test]
fn the_roots_are_those_of_the_definition() {
    let leaves = leaves(600);
    for size in 0..=leaves.len() {
        assert_eq!(root_of(&leaves[..size]), mth(&leaves[..size]), "of {size} leaves");
    }
}

#[test]
fn a_tree_splits_at_a_power_of_two_and_not_in_the_middle() {
    for (size, left) in [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (1 << 40, 1 << 39), (u64::MAX, 1 << 63)] {
        assert_eq!(split(size), left, "of {size}");
    }
}
