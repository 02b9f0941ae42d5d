//! The header's layout for ever, and writes that fail half way.

use std::{fs, io};

use super::{
    FORMAT, HEADER_BYTES, Header, Identity, Role, Sheds, Start, Target, Unreadable, encode_sheds, encode_start,
    file::{Fault, Segment, make, read},
    seal,
};
use crate::{
    ErrorKind,
    frame::{Draft, Parsed, parse},
    name::Name,
};

fn identity(log: Option<[u8; 16]>) -> Identity {
    Identity {
        name: Name { producer: [0xab; 16], number: 3 },
        role: Role::Journal,
        payload_format: 7,
        target: Target { address: [0x11; 32], log },
    }
}

#[test]
fn the_header_is_laid_out_as_documented() {
    let bytes = Header::encode(&identity(Some([0x22; 16])), Some(0x0102));
    assert_eq!(bytes[..8], *b"ANNALSJ\n");
    assert_eq!(bytes[8..16], [1, 0, 7, 0, 0, 0, 1, 0]);
    assert_eq!(bytes[16..32], [0xab; 16]);
    assert_eq!(bytes[32..40], [3, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[40..72], [0x11; 32]);
    assert_eq!(bytes[72..88], [0x22; 16]);
    assert_eq!(bytes[88..124], [0; 36]);
    assert_eq!(bytes[124..128], crc32fast::hash(&bytes[..124]).to_le_bytes());
    assert_eq!(bytes[128..256], bytes[..128]);
    assert_eq!(bytes[256..264], [2, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[284..288], crc32fast::hash(&bytes[256..284]).to_le_bytes());
    assert_eq!(bytes[288..], [0; 224]);
    assert_eq!(encode_sheds(Sheds { total: 1, after_records: 9 }).0, 288);
    assert_eq!(encode_sheds(Sheds { total: 2, after_records: 9 }).0, 320);
}

#[test]
fn the_header_survives_the_round_trip() {
    for identity in [identity(None), identity(Some([0x22; 16]))] {
        for (start, expected) in [(None, Start::Unwritten), (Some(0), Start::At(0)), (Some(9), Start::At(9))] {
            let header = Header::decode(identity.name, &Header::encode(&identity, start));
            assert_eq!((header.identity, header.start), (Ok(identity), expected));
            assert_eq!(header.sheds, Sheds::default());
        }
    }
}

#[test]
fn one_copy_of_the_identity_is_enough() {
    let identity = identity(None);
    let whole = Header::encode(&identity, Some(0));
    for copy in [0, 128] {
        let mut bytes = whole;
        bytes[copy..copy + 128].fill(0);
        assert_eq!(Header::decode(identity.name, &bytes).identity, Ok(identity));
    }
    let mut bytes = whole;
    bytes[20] ^= 1;
    bytes[150] ^= 1;
    assert_eq!(Header::decode(identity.name, &bytes).identity, Err(Unreadable::Damaged));
}

#[test]
fn a_newer_format_is_told_from_damage() {
    let identity = identity(None);
    let mut bytes = Header::encode(&identity, Some(0));
    bytes[8..10].copy_from_slice(&(FORMAT + 1).to_le_bytes());
    // Without a valid checksum it is a damaged copy, and the other one counts.
    assert_eq!(Header::decode(identity.name, &bytes).identity, Ok(identity));
    seal(&mut bytes[..128]);
    let newer = Err(Unreadable::Newer { version: FORMAT + 1 });
    assert_eq!(Header::decode(identity.name, &bytes).identity, newer);
}

#[test]
fn a_file_under_another_name_is_not_trusted() {
    let identity = identity(None);
    let bytes = Header::encode(&identity, Some(0));
    let other = Name { number: 4, ..identity.name };
    assert_eq!(Header::decode(other, &bytes).identity, Err(Unreadable::Damaged));
}

#[test]
fn of_two_counts_of_sheds_the_higher_valid_one_counts() {
    let identity = identity(None);
    let mut bytes = Header::encode(&identity, Some(0));
    for (total, after_records) in [(1, 5), (2, 8)] {
        let (at, area) = encode_sheds(Sheds { total, after_records });
        let at = usize::try_from(at).unwrap();
        bytes[at..at + area.len()].copy_from_slice(&area);
    }
    let sheds = |bytes: &[u8]| Header::decode(identity.name, bytes).sheds;
    assert_eq!(sheds(&bytes), Sheds { total: 2, after_records: 8 });
    bytes[325] ^= 1;
    assert_eq!(sheds(&bytes), Sheds { total: 1, after_records: 5 });
}

#[test]
fn a_damaged_start_is_known_to_be_damaged() {
    let mut bytes = Header::encode(&identity(None), Some(5));
    bytes[256] ^= 1;
    assert_eq!(Header::decode(identity(None).name, &bytes).start, Start::Damaged);
    assert_ne!(encode_start(0), [0; 32]);
}

fn segment(dir: &std::path::Path) -> Segment {
    make(dir, &identity(None), Some(0), 4096).unwrap()
}

fn frame(pseq: u64, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Draft::new(identity(None).seed(), payload).unwrap().encode(pseq, &mut out);
    out
}

/// The payloads in the file, which must hold nothing else.
fn contents(dir: &std::path::Path) -> Vec<Vec<u8>> {
    let identity = identity(None);
    let path = identity.name.segment(dir);
    let (header, bytes) = read(&fs::File::open(&path).unwrap(), &path, identity.name).unwrap();
    assert_eq!(header.identity, Ok(identity));
    let mut rest = &bytes[HEADER_BYTES..];
    let mut payloads = Vec::new();
    while !rest.is_empty() {
        let Parsed::Record { payload, n_bytes, .. } = parse(identity.seed(), rest) else {
            panic!("the file ends with something else than a record: {rest:?}");
        };
        payloads.push(payload.to_vec());
        rest = &rest[n_bytes..];
    }
    payloads
}

#[test]
fn a_write_that_fails_half_way_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut segment = segment(dir.path());
    segment.append(&frame(0, b"first")).unwrap();
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::Other] {
        segment.faults = [Fault::Short(11), Fault::Short(3), Fault::Fails(kind)].into();
        let error = segment.append(&frame(1, b"never answered")).unwrap_err();
        let expected = if kind == io::ErrorKind::StorageFull { ErrorKind::StorageFull } else { ErrorKind::Io };
        assert_eq!(error.kind(), expected);
        assert_eq!(contents(dir.path()), [b"first"]);
    }
    segment.append(&frame(1, b"second")).unwrap();
    assert_eq!(contents(dir.path()), [b"first".as_slice(), b"second"]);
}

#[test]
fn short_and_interrupted_writes_are_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let mut segment = segment(dir.path());
    segment.faults = [Fault::Short(1), Fault::Fails(io::ErrorKind::Interrupted), Fault::Short(30)].into();
    segment.append(&frame(0, &[b'x'; 100])).unwrap();
    assert!(segment.faults.is_empty());
    assert_eq!(contents(dir.path()), [vec![b'x'; 100]]);
}

#[test]
fn what_could_not_be_cut_off_is_cut_off_before_the_next_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut segment = segment(dir.path());
    segment.append(&frame(0, b"first")).unwrap();
    let before = fs::metadata(identity(None).name.segment(dir.path())).unwrap().len();
    segment.faults = [Fault::Short(11), Fault::Fails(io::ErrorKind::Other), Fault::CutFails].into();
    segment.append(&frame(1, b"never answered")).unwrap_err();
    let after = fs::metadata(identity(None).name.segment(dir.path())).unwrap().len();
    assert_eq!(after, before + 11, "the control: something was left behind");
    segment.append(&frame(1, b"second")).unwrap();
    assert_eq!(contents(dir.path()), [b"first".as_slice(), b"second"]);
}

#[test]
fn a_restarted_segment_is_empty_and_begins_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut segment = segment(dir.path());
    segment.append(&frame(0, b"durable by now")).unwrap();
    segment.restart(1).unwrap();
    segment.append(&frame(1, b"next")).unwrap();
    assert_eq!(contents(dir.path()), [b"next"]);
    let path = identity(None).name.segment(dir.path());
    let (header, _) = read(&fs::File::open(&path).unwrap(), &path, identity(None).name).unwrap();
    assert_eq!(header.start, Start::At(1));
}

#[test]
#[cfg(target_os = "linux")]
fn space_is_reserved_without_being_written() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let identity = identity(None);
    let segment = make(dir.path(), &identity, Some(0), 1 << 20).unwrap();
    assert_eq!(segment.reservation(), super::Reservation::Kept, "the temporary directory's file system reserves");
    let metadata = fs::metadata(identity.name.segment(dir.path())).unwrap();
    assert_eq!(metadata.len(), HEADER_BYTES as u64);
    assert!(metadata.blocks() * 512 >= 1 << 20, "{} blocks", metadata.blocks());
    assert_eq!(metadata.mode() & 0o777, 0o600);
}
