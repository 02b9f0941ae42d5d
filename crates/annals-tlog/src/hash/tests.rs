//! Hashes against the vectors of Certificate Transparency, and their text.

use crate::testing::{hash, leaves};
use crate::{ErrorKind, Hash};

#[test]
fn leaves_and_nodes_are_hashed_as_rfc_6962_says() {
    assert_eq!(Hash::of_leaf(b""), hash("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"));
    assert_eq!(Hash::of_leaf(&[0]), hash("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"));
    let node = Hash::of_node(&Hash::of_leaf(b""), &Hash::of_leaf(&[0]));
    assert_eq!(node, hash("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"));
}

#[test]
fn a_node_is_no_leaf_and_has_a_left_and_a_right() {
    let leaves = leaves(2);
    let both = [leaves[0].as_bytes().as_slice(), leaves[1].as_bytes()].concat();
    assert_ne!(Hash::of_node(&leaves[0], &leaves[1]), Hash::of_leaf(&both));
    assert_ne!(Hash::of_node(&leaves[0], &leaves[1]), Hash::of_node(&leaves[1], &leaves[0]));
}

#[test]
fn its_text_is_base64_of_44_characters() {
    assert_eq!(Hash::EMPTY_ROOT.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(Hash::EMPTY_ROOT.to_string().parse(), Ok(Hash::EMPTY_ROOT));
    for wrong in ["", "47DEQpj8HBSa", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUAAA=="] {
        assert_eq!(wrong.parse::<Hash>().map_err(|error| error.kind()), Err(ErrorKind::Malformed), "`{wrong}`");
    }
}
