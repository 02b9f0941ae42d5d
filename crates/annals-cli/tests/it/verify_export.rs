//! What the binary's own `verify` and `export` say of a log without events, and of one with a bit the other way.

use std::fs;

use serde_json::Value;

use crate::bed::{Bed, ndjson};

/// So many bytes of the database, evenly spread over it, are changed one after the other.
const FLIPS: usize = 40;

#[test]
fn a_log_without_events_is_sound_and_says_so() {
    let bed = Bed::new();
    let nothing = bed.file("nothing.ndjson", "");
    bed.good(&["record", "--ndjson", nothing.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&bed.good(&["verify"]).out).unwrap();
    assert_eq!(report["trust"], "nothing");
    assert_eq!((&report["verdict"], &report["n_events"]), (&"sound".into(), &0.into()));
}

#[test]
fn a_turned_bit_is_reported_or_the_export_is_the_same() {
    let bed = Bed::new();
    let events = bed.file("events.ndjson", ndjson(20));
    bed.good(&["record", "--ndjson", events.to_str().unwrap()]);
    let honest = bed.good(&["export"]).out;
    assert_eq!(honest.lines().count(), 20);
    let path = bed.data().join("annals.db");
    let database = fs::read(&path).unwrap();
    let mut n_reported = 0;
    for n in 0..FLIPS {
        let at = n * database.len() / FLIPS + 1_234 % (database.len() / FLIPS);
        let mut turned = database.clone();
        turned[at] ^= 1 << (n % 8);
        fs::write(&path, &turned).unwrap();
        let verified = bed.run(&["verify"]);
        match verified.code {
            Some(1 | 3) => n_reported += 1,
            code => {
                assert_eq!(code, Some(0), "byte {at}: {verified:?}");
                assert_eq!(bed.good(&["export"]).out, honest, "byte {at}");
            }
        }
        assert!(!verified.err.contains("panicked"), "byte {at}: {verified:?}");
        let _ = fs::remove_file(path.with_extension("db-shm"));
    }
    assert!(n_reported > 0, "some bits are evidence");
}
