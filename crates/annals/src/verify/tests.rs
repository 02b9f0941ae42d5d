//! Controls: a verifier that is blind to one thing misses the attacks that this thing is there for, on the very logs on which one that sees calls them by their name.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::span::Sight;
use super::{Options, Report, Verdict, run};
use crate::{Audit, Event, Mode, Settings, json};

fn recorded() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(data.path()).mode(Mode::Synchronous)).unwrap();
    for n in 0..300 {
        audit.record(Event::new("tool.invoked").tool("write_file").details(json!({ "n": n }))).unwrap();
    }
    audit.close().unwrap();
    data
}

fn database(data: &Path) -> PathBuf {
    data.join("annals.db")
}

fn report(data: &Path, sight: Sight) -> Report {
    run::run(&database(data), &Options::default(), &mut |_| (), sight).unwrap()
}

fn change(data: &Path, statements: &str) {
    Connection::open(database(data)).unwrap().execute_batch(statements).unwrap();
}

#[test]
fn whoever_does_not_recompute_leaves_misses_an_edited_row() {
    let data = recorded();
    change(data.path(), "UPDATE event SET details = '{\"n\":8}' WHERE seq = 7");
    assert_eq!(report(data.path(), Sight::WHOLE).verdict(), Some(Verdict::Edited));
    assert_eq!(report(data.path(), Sight::WITHOUT_LEAVES).verdict(), None);
}

#[test]
fn whoever_holds_the_tree_against_no_checkpoint_misses_a_row_edited_with_its_leaf() {
    let data = recorded();
    // Beyond the last whole tile, so that no hash above it is stored.
    change(data.path(), "UPDATE event SET details = '{\"n\":8}' WHERE seq = 290");
    let leaf = {
        let opened = super::opened::open(&database(data.path())).unwrap();
        let mut leaf = None;
        let mut scratch = super::leaf::Scratch::default();
        annals_store::EvidenceStore::scan(&opened.store, 290, 290, &mut |row| {
            leaf = super::leaf::look(row.content.as_ref().unwrap(), &mut scratch).leaf;
        })
        .unwrap();
        leaf.unwrap()
    };
    let place = (290 - 256) * 32;
    let connection = Connection::open(database(data.path())).unwrap();
    let mut hashes: Vec<u8> =
        connection.query_row("SELECT hashes FROM tile WHERE level = 0 AND n = 1", [], |row| row.get(0)).unwrap();
    hashes[place..place + 32].copy_from_slice(leaf.as_bytes());
    connection.execute("UPDATE tile SET hashes = ? WHERE level = 0 AND n = 1", [hashes]).unwrap();
    drop(connection);
    assert_eq!(report(data.path(), Sight::WHOLE).verdict(), Some(Verdict::Edited));
    assert_eq!(report(data.path(), Sight::WITHOUT_ROOTS).verdict(), None);
}

#[test]
fn whoever_believes_emptied_rows_misses_an_unrecorded_erasure() {
    let data = recorded();
    // As an erasure does it, commitments kept and all.
    let kept = {
        let opened = super::opened::open(&database(data.path())).unwrap();
        let mut kept = None;
        annals_store::EvidenceStore::scan(&opened.store, 7, 7, &mut |row| {
            let content = row.content.as_ref().unwrap();
            kept = Some(content.row.commitments(&content.salt.unwrap(), &mut Vec::new()));
        })
        .unwrap();
        kept.unwrap()
    };
    let bytes =
        |commitment: Option<annals_event::Commitment>| commitment.map(|commitment| commitment.as_bytes().to_vec());
    let connection = Connection::open(database(data.path())).unwrap();
    connection
        .execute(
            "INSERT INTO commitment (seq, who, context, details) VALUES (7, ?, ?, ?)",
            rusqlite::params![bytes(kept.who), bytes(kept.context), bytes(kept.details)],
        )
        .unwrap();
    connection
        .execute_batch(
            "UPDATE event SET salt = NULL, credential = NULL, tool = NULL, details = NULL, erased_by = 9 WHERE seq = 7",
        )
        .unwrap();
    drop(connection);
    assert_eq!(report(data.path(), Sight::WHOLE).verdict(), Some(Verdict::UnrecordedErasure));
    assert_eq!(report(data.path(), Sight::WITHOUT_ERASURES).verdict(), None);
}

mod forged;
