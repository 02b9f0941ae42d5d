//! Entries behind their lengths.

use proptest::prelude::*;

use super::Bundle;
use crate::ErrorKind;

fn bundle(width: u16) -> Bundle {
    Bundle::new(0, width).expect("a width from 1 to 256")
}

#[test]
fn the_bytes_are_those_of_the_specification() {
    let entries: [&[u8]; 3] = [b"", b"one", &[7; 0x0102]];
    let bytes = bundle(3).encode(&entries).expect("three short entries");
    assert_eq!(bytes[..9], [0, 0, 0, 3, b'o', b'n', b'e', 1, 2]);
    assert_eq!(bytes.len(), 9 + 0x0102);
    assert_eq!(bundle(3).entries(&bytes), Ok(entries.to_vec()));
    assert_eq!(bundle(2).entries(&bytes), Ok(entries[..2].to_vec()), "a wider one stands in");
}

#[test]
fn what_is_no_such_bundle_is_refused() {
    let bytes = bundle(2).encode(&["one", "two"]).expect("two entries");
    for wrong in [&bytes[..0], &bytes[..1], &bytes[..4], &bytes[..5], &bytes[..9], &[0; 2 * 257]] {
        assert_eq!(bundle(2).entries(wrong).map_err(|error| error.kind()), Err(ErrorKind::Malformed), "{wrong:?}");
    }
    let too_many = bundle(2).encode(&["one"]).map_err(|error| error.kind());
    assert_eq!(too_many, Err(ErrorKind::OutOfRange));
    let largest = vec![0; Bundle::MAX_ENTRY_BYTES];
    assert!(bundle(1).encode(&[&largest]).is_ok());
    let too_long = bundle(1).encode(&[[largest.as_slice(), &[0]].concat()]).map_err(|error| error.kind());
    assert_eq!(too_long, Err(ErrorKind::OutOfRange));
}

proptest! {
    #[test]
    fn bytes_go_round(entries in prop::collection::vec(any::<Vec<u8>>(), 1..=256)) {
        let bundle = bundle(u16::try_from(entries.len()).expect("at most 256"));
        let bytes = bundle.encode(&entries).expect("short entries");
        prop_assert_eq!(bundle.entries(&bytes).expect("what was encoded"), entries);
    }

    #[test]
    fn bytes_that_parse_print_the_same(bytes in prop::collection::vec(0_u8..4, 0..64), width in 1_u16..9) {
        if let Ok(entries) = bundle(width).entries(&bytes) {
            let again = bundle(width).encode(&entries).expect("as many as it is wide");
            prop_assert!(bytes.starts_with(&again));
        }
    }
}
