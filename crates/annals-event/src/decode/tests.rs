//! Damaged bytes are refused with the reason, and no bytes at all make reading panic.

use proptest::prelude::*;

use super::*;
use crate::{Event, Rules, Stamp, encode};

fn encoded() -> Vec<u8> {
    let stamp = Stamp {
        id: EventId::from_bytes([7; 16]),
        created_at: Timestamp::from_nanos(1),
        space: "default",
        credential: "uid:1000",
        begun: false,
    };
    let event = Event::new("tool.invoked").tool("write_file").duration_ms(3).details(serde_json::json!({"a": "ü"}));
    let mut bytes = Vec::new();
    encode(&event, &Rules::default(), &stamp, &mut bytes).unwrap();
    bytes
}

/// Bytes made from a good event that are refused, with a reason that has `says` in it.
fn check(change: impl FnOnce(&mut Vec<u8>), says: &str) {
    let mut bytes = encoded();
    change(&mut bytes);
    let error = Encoded::decode(&bytes).expect_err(says).to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn damaged_bytes_are_refused_by_reason() {
    check(Vec::clear, "shorter than its header");
    check(|bytes| bytes.truncate(29), "shorter than its header");
    check(|bytes| bytes.truncate(30), "field 1 is missing");
    check(|bytes| bytes[24] = 3, "no phase 3");
    check(|bytes| bytes[25] = 7, "no outcome 7");
    check(|bytes| bytes.push(16), "cut off");
    check(|bytes| bytes.extend([16, 2, b'a']), "cut off");
    check(|bytes| bytes.extend([16, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), "cut off");
    check(|bytes| bytes.extend([36, 0]), "no field 36");
    check(|bytes| bytes.extend([255, 0]), "no field 255");
    check(|bytes| bytes.extend([30, 1, b'a']), "field 30 is there twice");
    check(|bytes| bytes.extend([16, 1, 0xff]), "field 16 is not UTF-8");
    check(|bytes| bytes.extend([4, 1, 0]), "8 bytes has 1");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Encoded::decode(&bytes);
    }

    #[test]
    fn a_changed_byte_never_panics(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = encoded();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Encoded::decode(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = Encoded::decode(&bytes);
    }
}
