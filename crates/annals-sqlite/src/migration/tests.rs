//! The schema as it stands, and that what was released is never changed.

use rusqlite::Connection;

use super::MIGRATIONS;

/// What was released keeps its text for ever; a new step gets a new line here.
const RELEASED: &[(i32, &str, &str)] = &[
    (1, "record", "da34d3ad16e3c13af79a05c7fc0228a58c5b67df86c5c86d007316282230282c"),
    (2, "open-session", "6be1ed16db1f575a5485f7cdd7f8e9abe96bff1d3a2f85c071e4f825bd78fb0b"),
    (3, "evidence", "23ecab3e6d98996f3506c9d0337a54368f2854de3a2546230f0bd230e22ab037"),
    (4, "idempotency", "9f695f0b242f0c99578167065c2f1bf7e3d41a47fd7e508e76052c9c5bd3c57e"),
    (5, "awareness", "6051d962dbf5aaaf4f7a58e6af6d0fda87679cafd8029b5a4b219f77a70588fa"),
    (6, "search", "040b0ab537bd9226fa462935e59c5ac9b3c09edff5f1aee3ccdde13df4a56f90"),
    (7, "event-text", "dd08de6bd6e2ade4056b72af29b71b9c865e476e475751bb8794f20e00bb426c"),
];

#[test]
fn released_steps_are_what_they_were() {
    let now: Vec<(i32, &str, String)> =
        MIGRATIONS.iter().map(|migration| (migration.version, migration.name, migration.checksum())).collect();
    let released: Vec<(i32, &str, String)> =
        RELEASED.iter().map(|(version, name, checksum)| (*version, *name, (*checksum).to_owned())).collect();
    assert_eq!(now, released);
}

#[test]
fn steps_are_numbered_without_a_hole() {
    for (migration, expected) in MIGRATIONS.iter().zip(1..) {
        assert_eq!(migration.version, expected);
    }
}

#[test]
fn the_schema_is_the_one_in_the_snapshot() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(crate::sql::MIGRATION_TABLE).unwrap();
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql).unwrap();
    }
    let schema: Vec<String> = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    insta::assert_snapshot!(schema.join(";\n\n"));
}

#[test]
fn sessions_of_an_older_log_are_open_unless_they_ended() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(MIGRATIONS[0].sql).unwrap();
    let rows = [
        ("ended", "session.created", "single"),
        ("ended", "session.ended", "single"),
        ("open", "session.created", "single"),
        ("again", "session.created", "single"),
        ("again", "session.ended", "single"),
        ("again", "session.created", "outcome"),
        ("open", "tool.invoked", "single"),
        ("intended", "session.created", "intent"),
        ("open", "session.ended", "intent"),
    ];
    for (seq, (session, event_type, phase)) in rows.into_iter().enumerate() {
        connection
            .execute(
                "INSERT INTO event (seq, id, event_type, created_at, recorded_at, space, producer, pseq, phase, n_redacted, session_id)
                 VALUES (?1, randomblob(16), ?2, ?1 + 100, ?1 + 200, 'default', x'00', ?1, ?3, 0, ?4)",
                rusqlite::params![i64::try_from(seq).unwrap(), event_type, phase, session],
            )
            .unwrap();
    }
    connection.execute_batch(MIGRATIONS[1].sql).unwrap();
    let open: Vec<(String, i64, i64, i64)> = connection
        .prepare("SELECT session_id, seq, created_at, recorded_at FROM open_session ORDER BY session_id")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(open, [("again".to_owned(), 5, 105, 205), ("open".to_owned(), 2, 102, 202)]);
}
