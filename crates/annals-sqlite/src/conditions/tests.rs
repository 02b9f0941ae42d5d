//! The piece of a glob that rules rows out, and the span that times become.

use annals_event::Timestamp;
use annals_store::{Filter, Glob, SeqRange};
use rusqlite::Connection;

use super::{Plan, indispensable};
use crate::MIGRATIONS;

#[test]
fn what_fits_a_glob_holds_its_indispensable_piece() {
    let resources =
        [".env", "/.env", "a/.env.local", "src/auth.rs", "/x/src/auth.rs", "https://h/p", "a", "a/b/c", "ab"];
    let globs =
        ["**/.env*", "src/*.rs", "*", "**", "?", "a/**/c", "**/src/**", "/x/**", "https://*/p", "a*", "*/b/*", "/"];
    let mut n_fitting = 0;
    for text in globs {
        let glob = Glob::parse(text).unwrap();
        for resource in resources.iter().filter(|resource| glob.is_match(resource)) {
            assert!(resource.contains(indispensable(text)), "`{resource}` fits `{text}`");
            n_fitting += 1;
        }
    }
    assert!(n_fitting > 20, "the table is no test if nothing fits");
    assert_eq!(indispensable("**/.env*"), ".env");
    assert_eq!(indispensable("src/**/auth.rs"), "auth.rs");
}

/// A log with these times, some rows pruned from its start.
fn log(times: &[i64], n_pruned: i64) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql).unwrap();
    }
    let row =
        "INSERT INTO event (seq, id, event_type, created_at, recorded_at, space, producer, pseq, phase, n_redacted)
        VALUES (?1, ?1 || '', 't', 0, ?2, 'default', x'00', 0, 'single', 0)";
    for (seq, at) in (0_i64..).zip(times) {
        connection.execute(&row.replace("?1 || ''", "CAST(?1 AS BLOB)"), [seq, *at]).unwrap();
    }
    connection.execute("DELETE FROM event WHERE seq < ?1", [n_pruned]).unwrap();
    connection
}

fn check(connection: &Connection, since: Option<i64>, until: Option<i64>, expected: (u64, u64)) {
    let mut filter = Filter::new();
    filter.since = since.map(Timestamp::from_nanos);
    filter.until = until.map(Timestamp::from_nanos);
    let seqs = Plan::new(connection, &filter).unwrap().seqs;
    assert_eq!(seqs, SeqRange { start: expected.0, end: expected.1 }, "since {since:?} until {until:?}");
}

#[test]
fn times_become_a_span() {
    let connection = log(&[10, 10, 20, 20, 20, 30], 0);
    check(&connection, None, None, (0, 6));
    check(&connection, Some(20), None, (2, 6));
    check(&connection, Some(11), Some(30), (2, 5));
    check(&connection, Some(5), Some(10), (0, 0));
    check(&connection, Some(31), None, (6, 6));
    check(&connection, None, Some(20), (0, 2));
}

#[test]
fn pruned_rows_are_no_obstacle() {
    let connection = log(&[10, 10, 20, 20, 20, 30], 3);
    check(&connection, None, None, (3, 6));
    check(&connection, Some(0), Some(20), (3, 3));
    check(&connection, Some(20), None, (3, 6));
}
