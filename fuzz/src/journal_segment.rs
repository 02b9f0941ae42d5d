//! Segments of a journal that a dead process left: looked at, taken over, and their events read.
//!
//! Nearly all bytes of a segment stand under checksums, which no fuzzer guesses. So the first byte of the input says which of them are put right before the rest is written
//! as a file: with all of them right the reader's numbers are attacked, with none of them its way through damage.

use std::cell::RefCell;
use std::path::Path;

use annals_event::{Encoded, PAYLOAD_FORMAT, ProducerId};
use annals_journal::{Found, Peeked, adopt, peek};

/// Where the records begin, and where each area of the header is that has a checksum at its end.
const RECORDS: usize = 512;
const AREAS: [std::ops::Range<usize>; 5] = [0..128, 128..256, 256..288, 288..320, 320..352];
/// The bit that puts the records right; the bits below it are the areas'.
const RECORDS_BIT: u8 = 1 << 5;
/// How long a record's head is.
const HEAD: usize = 20;

thread_local! {
    static FOLDER: RefCell<tempfile::TempDir> = RefCell::new(tempfile::tempdir().expect("a folder for segments"));
}

pub(crate) fn run(bytes: &[u8]) {
    let Some((right, segment)) = bytes.split_first() else { return };
    let mut segment = segment.to_vec();
    put_right(&mut segment, *right);
    let producer: [u8; 16] = segment.get(16..32).and_then(|bytes| bytes.try_into().ok()).unwrap_or([7; 16]);
    let number = segment.get(32..40).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    let producer = ProducerId::from_bytes(producer);
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join(format!("{producer}-{number}.seg"));
        std::fs::write(&path, &segment).expect("the segment is written");
        read(folder.path(), &segment);
        // Taking it over may have removed it.
        let _ = std::fs::remove_file(&path);
    });
}

/// Looking and taking over find the same records, each once and in order, and none that was not there.
fn read(folder: &Path, segment: &[u8]) {
    let mut looked = Vec::new();
    let result = peek(folder, PAYLOAD_FORMAT, &mut |_, peeked| {
        if let Peeked::Record(payload) = peeked {
            looked.push(payload.to_vec());
        }
    });
    result.expect("a folder with a file in it can be looked at");
    let mut adoption = adopt(folder, PAYLOAD_FORMAT).expect("a folder can be listed");
    while let Some(orphan) = adoption.next_orphan(&|_| true) {
        let Ok(mut orphan) = orphan else { continue };
        let found: Result<Vec<Found>, _> = orphan.read().collect();
        let found = found.expect("a file that is there is read");
        let mut next = Some(0);
        let mut records = Vec::new();
        for found in &found {
            let (first, last) = match found {
                Found::Record { pseq, payload } => {
                    records.push(payload.clone());
                    (*pseq, Some(*pseq))
                }
                Found::Damaged { first, last } => (*first, *last),
            };
            assert!(next.is_some_and(|next| next <= first), "number {first} comes again or too late: {found:?}");
            assert!(last.is_none_or(|last| first <= last), "damage that ends before it begins: {found:?}");
            next = last.map_or(Some(first), |last| last.checked_add(1));
        }
        assert_eq!(looked, records, "looking and taking over disagree");
        let n_bytes: usize = records.iter().map(|payload| HEAD + payload.len()).sum();
        assert!(RECORDS + n_bytes <= segment.len() || records.is_empty(), "more was read than was there");
        for payload in &records {
            let _ = Encoded::decode(payload);
        }
        orphan.remove().expect("what was taken over is removed");
    }
}

/// Writes the checksums that the bits ask for.
fn put_right(segment: &mut [u8], right: u8) {
    for (n, area) in AREAS.into_iter().enumerate() {
        if right & 1 << n != 0
            && let Some(area) = segment.get_mut(area)
            && let Some((rest, checksum)) = area.split_last_chunk_mut::<4>()
        {
            *checksum = crc32fast::hash(rest).to_le_bytes();
        }
    }
    let Some((header, mut records)) = segment.split_at_mut_checked(RECORDS).filter(|_| right & RECORDS_BIT != 0) else {
        return;
    };
    let seed = crc32fast::hash(&header[16..32]);
    let checksum = |bytes: &[u8]| {
        let mut hasher = crc32fast::Hasher::new_with_initial(seed);
        hasher.update(bytes);
        hasher.finalize().to_le_bytes()
    };
    while let Some((head, rest)) = records.split_first_chunk_mut::<HEAD>() {
        // A fuzzer's lengths are too long as a rule; so that several records fit, one byte of it counts.
        let length = usize::from(head[0]).min(rest.len());
        head[..4].copy_from_slice(&u32::try_from(length).expect("a byte").to_le_bytes());
        let (payload, rest) = rest.split_at_mut(length);
        head[4..8].copy_from_slice(&checksum(payload));
        let of_head = checksum(&head[..16]);
        head[16..].copy_from_slice(&of_head);
        records = rest;
    }
}
