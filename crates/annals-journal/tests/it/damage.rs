//! Whatever happens to a segment's bytes: recovery never panics, never hands out what was not written, hands out
//! everything that was not hit, and says so wherever something is missing.

use std::fs;

use annals_journal::{Config, ErrorKind, Found, Journal, Target, Wait, adopt};
use proptest::{collection::vec, prelude::*};

const TARGET: Target = Target { address: [1; 32], log: None };
const HEADER_BYTES: usize = 512;
const HEAD_BYTES: usize = 20;

#[derive(Clone, Debug)]
enum Harm {
    /// The file is cut to this part of its length.
    Cut(prop::sample::Index),
    /// One bit is turned over.
    Flip(prop::sample::Index, u8),
    /// A stretch is overwritten with one byte.
    Fill(prop::sample::Index, usize, u8),
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        any::<prop::sample::Index>().prop_map(Harm::Cut),
        (any::<prop::sample::Index>(), 0..8_u8).prop_map(|(at, bit)| Harm::Flip(at, bit)),
        (any::<prop::sample::Index>(), 1..600_usize, any::<u8>()).prop_map(|(at, n, byte)| Harm::Fill(at, n, byte)),
    ]
}

/// The bytes of a dead journal's only segment, and its name.
fn written(payloads: &[Vec<u8>]) -> (String, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::create(Config::new(dir.path(), TARGET, 1)).unwrap();
    for payload in payloads {
        journal.append(payload, &Wait::default()).unwrap();
    }
    let path = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    (name, fs::read(path).unwrap())
}

/// Does the harm and says from which to which byte it reaches.
fn inflict(harm: &Harm, bytes: &mut Vec<u8>) -> std::ops::Range<usize> {
    let before = bytes.clone();
    match harm {
        Harm::Cut(at) => bytes.truncate(at.index(before.len() + 1)),
        Harm::Flip(at, bit) => bytes[at.index(before.len())] ^= 1 << bit,
        Harm::Fill(at, n, byte) => {
            let from = at.index(before.len());
            let to = before.len().min(from + n);
            bytes[from..to].fill(*byte);
        }
    }
    let is_changed = |at: &usize| bytes.get(*at) != before.get(*at);
    let first = (0..before.len()).find(is_changed).unwrap_or(before.len());
    let last = (0..before.len()).rev().find(is_changed).map_or(first, |last| last + 1);
    first..last
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn recovery_is_honest(payloads in vec(vec(any::<u8>(), 0..300), 0..40), harm in harm()) {
        let (name, mut bytes) = written(&payloads);
        let hit = inflict(&harm, &mut bytes);
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), &bytes).unwrap();

        let mut adoption = adopt(dir.path(), 1).unwrap();
        let mut orphan = match adoption.next_orphan(&|_| true).unwrap() {
            Ok(orphan) => orphan,
            Err(error) => {
                // Both copies of the identity were hit, and it says so.
                prop_assert!(hit.start < 128);
                prop_assert_eq!(error.kind(), ErrorKind::Damaged);
                return Ok(());
            }
        };
        prop_assert!(adoption.next_orphan(&|_| true).is_none());
        let found: Vec<Found> = orphan.read().map(Result::unwrap).collect();

        let mut recovered = vec![false; payloads.len()];
        let mut declared = vec![false; payloads.len()];
        let mut next = 0;
        for found in found {
            match found {
                Found::Record { pseq, payload } => {
                    prop_assert!(pseq >= next, "out of order");
                    next = pseq + 1;
                    let at = usize::try_from(pseq).unwrap();
                    prop_assert_eq!(&payload, &payloads[at], "record {} was never written like this", pseq);
                    recovered[at] = true;
                }
                Found::Damaged { first, last } => {
                    let first = usize::try_from(first).unwrap().min(payloads.len());
                    let last = last.map_or(payloads.len(), |last| usize::try_from(last).unwrap() + 1);
                    prop_assert!(last <= payloads.len(), "damage to records that were never written");
                    declared[first..last].fill(true);
                }
            }
        }
        let mut at = HEADER_BYTES;
        for (pseq, payload) in payloads.iter().enumerate() {
            let record = at..at + HEAD_BYTES + payload.len();
            at = record.end;
            let was_hit = hit.start < record.end && record.start < hit.end;
            prop_assert!(was_hit || recovered[pseq], "record {} was not hit and not recovered", pseq);
            prop_assert!(!(recovered[pseq] && declared[pseq]), "record {} is there and declared lost", pseq);
            // A file that is cut short looks like one whose last write was never answered.
            let may_be_silent = matches!(harm, Harm::Cut(_)) && bytes.len() >= HEADER_BYTES;
            prop_assert!(recovered[pseq] || declared[pseq] || may_be_silent, "record {} is lost in silence", pseq);
        }
    }
}
