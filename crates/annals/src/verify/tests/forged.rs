//! What a forger does who has the file and all that is published about the format, and not the key: rows, leaves and tiles are made to fit each other again.

use annals_store::{SeqRange, bounds_of};
use annals_tlog::{Frontier, Hash};
use rusqlite::{Connection, params};

use super::{change, database, recorded};
use crate::place::Database;
use crate::verify::{Options, Report, Verdict, leaf, opened, verify};
use crate::{ErrorKind, Mode, Settings};
use std::collections::BTreeMap;
use std::path::Path;

/// Makes the stored tree anew over the rows as they are, as an honest writer would have left it.
fn rebuild(data: &Path) {
    let mut leaves = Vec::new();
    let opened = opened::open(&Database::File(database(data))).unwrap();
    let mut scratch = leaf::Scratch::default();
    let (first, last) = bounds_of(SeqRange { start: 0, end: 1_000_000 });
    opened
        .store
        .evidence()
        .unwrap()
        .scan(first, last, &mut |row| {
            leaves.push(leaf::look(row.content.as_ref().unwrap(), &mut scratch).leaf.unwrap());
        })
        .unwrap();
    drop(opened);
    write_tiles(data, &leaves);
}

fn write_tiles(data: &Path, leaves: &[Hash]) {
    let mut tiles: BTreeMap<(u8, u64), Vec<u8>> = BTreeMap::new();
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier
            .append_with(*leaf, |hash| {
                tiles.entry((hash.level, hash.index / 256)).or_default().extend_from_slice(hash.hash.as_bytes());
            })
            .unwrap();
    }
    let connection = Connection::open(database(data)).unwrap();
    connection.execute("DELETE FROM tile", []).unwrap();
    for ((level, n), hashes) in tiles {
        let n = i64::try_from(n).unwrap();
        connection.execute("INSERT INTO tile VALUES (?, ?, ?)", params![level, n, hashes]).unwrap();
    }
}

fn report(data: &Path, options: &Options) -> Report {
    verify(&database(data), options, &mut |_| ()).unwrap()
}

fn accused(data: &Path, options: &Options) -> Option<Verdict> {
    report(data, options).verdict()
}

/// Whose log was changed, and its tree made anew over that.
fn edited() -> (tempfile::TempDir, String) {
    let data = recorded();
    let key = key(data.path());
    change(data.path(), "UPDATE event SET details = '{\"n\":8}' WHERE seq = 7");
    rebuild(data.path());
    (data, key)
}

/// What guards against an older Annals does not hold a forger back.
fn force(data: &Path, statements: &str) {
    change(data, "DROP TRIGGER IF EXISTS producer_inserted; DROP TRIGGER IF EXISTS producer_moved");
    change(data, statements);
}

fn key(data: &Path) -> String {
    report(data, &Options::default()).signer.unwrap()
}

#[test]
fn a_new_name_without_a_key_is_believed_by_nobody() {
    const RENAME: &str =
        "INSERT INTO log_history SELECT 1, log_id, 5, 0 FROM log; UPDATE log SET log_id = randomblob(16);";
    for more in ["", "DELETE FROM checkpoint", "UPDATE log SET n_before_tree = 290"] {
        let (data, key) = edited();
        change(data.path(), RENAME);
        change(data.path(), more);
        assert_eq!(accused(data.path(), &Options::default()), Some(Verdict::UnknownKey));
        assert_eq!(accused(data.path(), &Options::default().key(&*key)), Some(Verdict::UnknownKey));
        let alone = Options::default().without_published();
        assert_eq!(accused(data.path(), &alone.clone().key(&*key)), Some(Verdict::UnknownKey));
        assert_eq!(accused(data.path(), &alone), Some(Verdict::UnknownKey));
    }
}

#[test]
fn the_names_of_before_are_those_that_the_log_tells() {
    let data = recorded();
    change(data.path(), "INSERT INTO log_history VALUES (1, randomblob(16), 10, 0)");
    let report = report(data.path(), &Options::default());
    assert_eq!(report.verdict(), Some(Verdict::Edited));
    assert_eq!(report.findings[0].first_seq, Some(10));
}

#[test]
fn a_name_that_was_forgotten_is_told_by_its_event() {
    let data = recorded();
    let settings = Settings::new(data.path()).mode(Mode::Synchronous).accept_rollback();
    std::fs::copy(database(data.path()), data.path().join("older")).unwrap();
    crate::Audit::open(data.path())
        .and_then(|audit| audit.record(crate::Event::new("context.built")).and(audit.close()))
        .unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(data.path().join(format!("annals.db{suffix}")));
    }
    std::fs::rename(data.path().join("older"), database(data.path())).unwrap();
    let audit = crate::Audit::with_settings(&settings).unwrap();
    audit.record(crate::Event::new("context.built")).unwrap();
    audit.close().unwrap();
    assert_eq!(accused(data.path(), &Options::default()), None);
    let beside_nothing = Options::default().without_published();
    change(data.path(), "DELETE FROM log_history; DELETE FROM checkpoint WHERE log_id <> (SELECT log_id FROM log)");
    assert_eq!(accused(data.path(), &beside_nothing), Some(Verdict::Edited));
}

#[test]
fn a_key_that_has_signed_nothing_gives_no_word() {
    let (data, key) = edited();
    change(data.path(), "DELETE FROM checkpoint");
    let alone = Options::default().without_published();
    assert_eq!(accused(data.path(), &alone.clone().key(&*key)), Some(Verdict::UnknownKey));
    // Who asks for no key's word is told that there is none.
    assert_eq!(report(data.path(), &alone).sealed_size, 0);
}

#[test]
fn marks_that_were_taken_away_are_missed() {
    let data = recorded();
    force(data.path(), "DELETE FROM producer");
    assert_eq!(accused(data.path(), &Options::default()), Some(Verdict::Edited));
}

#[test]
fn numbers_beyond_all_sense_stop_nobody() {
    let data = recorded();
    let far = "INSERT INTO producer VALUES (x'00000000000000000000000000000001', 9223372036854775807, 0, 'x'),
        (x'00000000000000000000000000000002', 9223372036854775807, 0, 'x'), (x'00000000000000000000000000000003', 9223372036854775807, 0, 'x')";
    force(data.path(), far);
    assert_eq!(accused(data.path(), &Options::default()), Some(Verdict::UndeclaredGap));
    for (n, n_bytes) in [(i64::MAX, 32), (i64::MAX / 256, 8192), (-1, 32)] {
        let data = recorded();
        force(data.path(), &format!("INSERT INTO tile VALUES (0, {n}, randomblob({n_bytes}))"));
        let error = verify(&database(data.path()), &Options::default(), &mut |_| ());
        assert!(error.is_ok() || error.is_err_and(|error| error.kind() == ErrorKind::Corrupt));
    }
}

#[test]
fn a_tree_that_claims_to_be_endless_is_read_as_far_as_its_rows() {
    let data = recorded();
    // The tree of 2^40 leaves has one hash at its right edge.
    force(data.path(), "INSERT INTO tile VALUES (0, 4294967295, randomblob(8192)), (5, 0, randomblob(32))");
    let report = report(data.path(), &Options::default());
    assert_eq!(report.verdict(), Some(Verdict::Truncated));
    assert_eq!(report.n_sound, Some(300));
}

#[test]
fn an_erasure_that_ends_before_it_begins_is_edited() {
    let data = recorded();
    let said = format!(r#"{{"reason":"r","rows":true,"count":3,"first":9,"last":3,"sha256":"{}"}}"#, "0".repeat(64));
    change(data.path(), &format!("UPDATE event SET event_type = 'audit.pruned', details = '{said}' WHERE seq = 20"));
    rebuild(data.path());
    change(data.path(), "DELETE FROM event WHERE seq IN (4, 5); INSERT INTO emptied VALUES (20, 4), (20, 5)");
    assert!(accused(data.path(), &Options::default()).is_some());
}
