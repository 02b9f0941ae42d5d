//! That every column of a row is under its leaf, or on a list that says why not; that rows and tree fit whoever writes and is killed; and that the harness sees it when they do not.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use annals_event::{Column, Event, Outcome};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::EventStore;
use annals_store::suite::Database;
use annals_store::suite::evidence as promises;
use annals_store::suite::evidence::check_tree;
use annals_testkit::{Child, rounds};
use annals_tlog::Hash;
use rusqlite::types::Value;

use crate::support::{Place, append, append_all_of, payload, plain, producer};

/// The columns that no leaf holds, why, and what in `annals verify` catches an edit of them.
const NOT_IN_THE_LEAF: [(&str, &str, &str); 2] = [
    (
        "seq",
        "it is the leaf's place in the tree",
        "missing, inserted, reordered: the row's leaf is compared with the hash at that place",
    ),
    (
        "erased_by",
        "it is written when a row is emptied, long after its leaf",
        "unrecorded erasure: it must name an event that covers the row",
    ),
];

/// The hash of a row's leaf as it lies there, `None` where it cannot be read.
fn leaf(store: &SqliteStore, seq: i64) -> Option<Hash> {
    let mut found = None;
    store
        .evidence()
        .unwrap()
        .scan(seq, seq, &mut |scanned| {
            if let Ok(content) = scanned.content
                && let Some(salt) = content.salt
            {
                let mut entry = Vec::new();
                content.row.entry(&content.row.commitments(&salt, &mut Vec::new()), &mut entry);
                found = Some(Hash::of_leaf(&entry));
            }
        })
        .unwrap();
    found
}

/// An event with a value in every column.
fn full_event() -> Event {
    let event = Event::new("tool.invoked")
        .outcome(Outcome::Success)
        .phase(annals_event::Phase::Outcome)
        .duration_ms(7)
        .occurred_at(annals_event::Timestamp::from_nanos(1))
        .details(serde_json::json!({ "a": 1 }));
    Column::ALL.iter().fold(event, |event, column| {
        let value = match column {
            Column::Decision => "allow",
            _ => "something",
        };
        event.text(*column, value)
    })
}

#[test]
fn an_edit_of_any_column_shows_in_the_leaf_or_the_column_is_on_the_list() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &[payload(&full_event())]).unwrap();
    let stored = leaf(&store, 0).unwrap();
    assert_eq!(store.evidence().unwrap().root_at(1).unwrap(), Some(stored));
    let connection = place.connection();
    let columns: Vec<(String, String)> = connection
        .prepare("SELECT name, type FROM pragma_table_info('event')")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(columns.len() > 35);
    let mut unseen = Vec::new();
    for (column, kind) in &columns {
        let before: Value = connection.query_row(&format!("SELECT {column} FROM event"), [], |row| row.get(0)).unwrap();
        assert!(before != Value::Null || column == "erased_by", "`{column}` has no value to edit");
        let edits = match kind.as_str() {
            "TEXT" => vec![format!("{column} || ' '"), "''".to_owned(), "NULL".to_owned()],
            "INTEGER" => vec![format!("coalesce({column}, 0) + 1"), "NULL".to_owned()],
            "BLOB" => vec![format!("zeroblob(length({column}))"), "x''".to_owned(), "NULL".to_owned()],
            other => panic!("`{column}` is of a kind this test does not know: {other}"),
        };
        let mut is_seen = true;
        for edit in edits {
            let transaction = connection.unchecked_transaction().unwrap();
            // What the schema refuses nobody can do.
            if transaction.execute(&format!("UPDATE event SET {column} = {edit}"), []).is_ok() {
                let now: Value =
                    transaction.query_row(&format!("SELECT {column} FROM event"), [], |row| row.get(0)).unwrap();
                transaction.commit().unwrap();
                is_seen &= now == before || leaf(&store, 0) != Some(stored);
                connection.execute(&format!("UPDATE event SET {column} = ?1"), [&before]).unwrap();
            }
        }
        if !is_seen {
            unseen.push(column.as_str());
        }
        assert_eq!(leaf(&store, 0), Some(stored), "`{column}` was put back");
    }
    // An edit of `seq` moves the row, so its leaf is found at another place or not at all; that shows as well, but is not the leaf's doing.
    let listed: BTreeMap<_, _> = NOT_IN_THE_LEAF.iter().map(|(column, why, check)| (*column, (*why, *check))).collect();
    assert_eq!(unseen, ["erased_by"]);
    assert!(unseen.iter().all(|column| listed.contains_key(column)), "{unseen:?} are on no list");
    for column in listed.keys() {
        assert!(columns.iter().any(|(name, _)| name == column), "`{column}` is on the list and not in the table");
    }
}

/// Appends for ever, some rows at a time, saying after each how many there are.
fn append_for_ever(database: &std::path::Path, n: u8) {
    let store = SqliteStore::open(database, OpenMode::ReadWriteCreate).unwrap();
    let mut next = store.mark(producer(n)).unwrap().next_pseq;
    loop {
        for size in [1, 40, 300] {
            append_all_of(&store, producer(n), next, &plain(size));
            next += size as u64;
            annals_testkit::say(next.to_string());
        }
    }
}

#[test]
fn rows_and_tree_fit_when_writers_are_killed() {
    if let Some(role) = annals_testkit::role() {
        append_for_ever(std::env::var_os("ANNALS_TEST_DATABASE").unwrap().as_ref(), role.parse().unwrap());
        return;
    }
    let place = Place::new();
    let mut said = [0_u64; 2];
    for round in 0..rounds(4, 100) {
        let mut children = [1_u8, 2].map(|n| {
            let environment = [("ANNALS_TEST_DATABASE", place.database.as_os_str())];
            Child::playing("leaves::rows_and_tree_fit_when_writers_are_killed", &n.to_string(), environment)
        });
        for n in 0..=round % 4 {
            children[n % 2].line();
        }
        for (child, said) in children.iter_mut().zip(&mut said) {
            let lines = child.kill();
            *said = lines.last().map_or(*said, |line| line.parse().unwrap());
        }
        let store = place.open();
        let size = check_tree(&store);
        for (n, said) in [1, 2].into_iter().zip(said) {
            assert!(store.mark(producer(n)).unwrap().next_pseq >= said, "what was answered is there");
        }
        assert!(size >= said.iter().sum() && size > 0);
        // Rows are many after some rounds, and each is hashed anew.
        if size > 20_000 {
            break;
        }
    }
}

/// A database in which something is always done wrongly.
struct Broken {
    place: Place,
    trigger: &'static str,
}

impl Database for Broken {
    fn open(&self) -> Arc<dyn EventStore> {
        let store = Place::open(&self.place);
        self.place.connection().execute_batch(self.trigger).unwrap();
        Arc::new(store)
    }
}

/// The controls: each promise goes red where it is broken.
#[test]
fn a_store_that_breaks_a_promise_is_found_out() {
    type Promise = fn(&dyn Database);
    let broken: [(&str, Promise, &'static str); 9] = [
        (
            "a row that says something else than its leaf",
            promises::every_row_has_its_leaf,
            "CREATE TRIGGER IF NOT EXISTS wrong AFTER INSERT ON event WHEN NEW.seq = 3 BEGIN UPDATE event SET tool = 'other' WHERE seq = 3; END",
        ),
        (
            "a leaf without its row",
            promises::a_tree_grows_over_its_tiles,
            "CREATE TRIGGER IF NOT EXISTS wrong BEFORE INSERT ON event WHEN NEW.seq = 200 BEGIN SELECT RAISE(IGNORE); END",
        ),
        (
            "a full tile that was lost",
            promises::a_tree_grows_over_its_tiles,
            "CREATE TRIGGER IF NOT EXISTS wrong BEFORE INSERT ON tile WHEN NEW.level = 1 BEGIN SELECT RAISE(IGNORE); END",
        ),
        (
            "a tile that others changed",
            promises::two_stores_grow_one_tree,
            "CREATE TRIGGER IF NOT EXISTS wrong AFTER UPDATE ON tile BEGIN UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE n = NEW.n AND length(hashes) = 640; END",
        ),
        (
            "a checkpoint whose time was lost",
            promises::a_checkpoint_is_signed_at_most_once_an_interval,
            "CREATE TRIGGER IF NOT EXISTS wrong AFTER INSERT ON checkpoint BEGIN UPDATE checkpoint SET signed_at = 0; END",
        ),
        (
            "a checkpoint that was not stored",
            promises::only_a_pinned_key_seals,
            "CREATE TRIGGER IF NOT EXISTS wrong BEFORE INSERT ON checkpoint BEGIN SELECT RAISE(IGNORE); END",
        ),
        (
            "a named checkpoint that was thinned",
            promises::named_checkpoints_are_kept,
            "CREATE TRIGGER IF NOT EXISTS wrong AFTER INSERT ON checkpoint BEGIN DELETE FROM checkpoint WHERE size < NEW.size; END",
        ),
        (
            "a key that does not stay",
            promises::a_key_is_pinned_once,
            "CREATE TRIGGER IF NOT EXISTS wrong AFTER INSERT ON log_key BEGIN DELETE FROM log_key; END",
        ),
        (
            "a name that stays the old one",
            promises::a_log_goes_on_under_a_new_name,
            "CREATE TRIGGER IF NOT EXISTS wrong BEFORE UPDATE ON log BEGIN SELECT RAISE(IGNORE); END",
        ),
    ];
    for (what, promise, trigger) in broken {
        let sound = Broken { place: Place::new(), trigger: "" };
        promise(&sound);
        let broken = Broken { place: Place::new(), trigger };
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| promise(&broken)));
        assert!(outcome.is_err(), "nobody noticed {what}");
    }
}
