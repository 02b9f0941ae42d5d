//! The layout of a record, and that no bit of it can change unseen.

use super::{Draft, HEAD_BYTES, Parsed, Seed, parse, split_trusted};

fn frame(seed: Seed, pseq: u64, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Draft::new(seed, payload).unwrap().encode(pseq, &mut out);
    out
}

#[test]
fn the_layout_is_the_documented_one() {
    let seed = Seed::new(b"producer-id-of-1");
    let bytes = frame(seed, 0x0102_0304_0506_0708, b"abc");
    assert_eq!(bytes.len(), HEAD_BYTES + 3);
    assert_eq!(bytes[..4], [3, 0, 0, 0]);
    assert_eq!(bytes[8..16], [8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(bytes[20..], *b"abc");
    // The checksum of a concatenation is the checksum continued, which is how a stranger computes it.
    assert_eq!(bytes[4..8], crc32fast::hash(b"producer-id-of-1abc").to_le_bytes());
    let head = [b"producer-id-of-1".as_slice(), &bytes[..16]].concat();
    assert_eq!(bytes[16..20], crc32fast::hash(&head).to_le_bytes());
}

#[test]
fn a_frame_is_read_back_and_every_bit_of_it_is_guarded() {
    let seed = Seed::new(&[7; 16]);
    let good = frame(seed, 5, b"payload");
    let record = Parsed::Record { pseq: 5, payload: b"payload", n_bytes: good.len() };
    assert_eq!(parse(seed, &good), record);
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let expected = if bit / 8 < HEAD_BYTES {
            Parsed::Foreign
        } else {
            Parsed::DamagedPayload { pseq: 5, n_bytes: good.len() }
        };
        assert_eq!(parse(seed, &bad), expected, "bit {bit}");
    }
    for cut in 1..good.len() {
        assert_eq!(parse(seed, &good[..cut]), Parsed::Torn, "cut at {cut}");
    }
}

#[test]
fn a_record_of_another_producer_is_foreign() {
    let bytes = frame(Seed::new(&[1; 16]), 0, b"quoted");
    assert_eq!(parse(Seed::new(&[2; 16]), &bytes), Parsed::Foreign);
}

#[test]
fn trusted_bytes_are_split_at_the_payloads() {
    let seed = Seed::new(&[1; 16]);
    let bytes = [frame(seed, 0, b""), frame(seed, 1, b"xy")].concat();
    let (first, rest) = split_trusted(&bytes).unwrap();
    let (second, rest) = split_trusted(rest).unwrap();
    assert_eq!((first, second), (b"".as_slice(), b"xy".as_slice()));
    assert_eq!(split_trusted(rest), None);
}
