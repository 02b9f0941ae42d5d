//! The schema as it stands, and that what was released is never changed.

use rusqlite::Connection;

use super::MIGRATIONS;

/// What was released keeps its text for ever; a new step gets a new line here.
const RELEASED: &[(i32, &str, &str)] =
    &[(1, "record", "da34d3ad16e3c13af79a05c7fc0228a58c5b67df86c5c86d007316282230282c")];

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
