//! What the connection that writes is set to, whatever SQLite would do by itself.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, StatementStatus};

use super::{Create, harden, set_wal, writer};
use crate::location::Location;
use crate::opening::Patience;
use crate::turnstile::Turnstile;

#[test]
fn what_is_committed_is_flushed_as_far_as_the_system_can() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::new(&folder.path().join("annals.db")).unwrap();
    Turnstile::open(&location).unwrap();
    let connection = writer(&location, Create::Missing, Patience::USUAL).unwrap();
    set_wal(&connection, &location).unwrap();
    let setting = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(setting("synchronous"), 2, "full");
    assert_eq!(setting("fullfsync"), 1);
    assert_eq!(setting("checkpoint_fullfsync"), 1);
}

/// How often a statement is planned anew for the values that it is given: one of them decides whether the partial index serves.
fn n_plans(connection: &Connection) -> i32 {
    connection.execute_batch("CREATE TABLE t (a INTEGER, b INTEGER); CREATE INDEX t_a ON t (a) WHERE b = 1").unwrap();
    let mut statement = connection.prepare("SELECT b FROM t WHERE a > ?1 AND b = ?2").unwrap();
    for n in 0..10 {
        assert!(!statement.exists([n, n]).unwrap());
    }
    statement.get_status(StatementStatus::RePrepare)
}

#[test]
fn a_statement_is_planned_once_and_not_for_each_of_its_values() {
    let connection = Connection::open_in_memory().unwrap();
    harden(&connection).unwrap();
    assert_eq!(n_plans(&connection), 0);
    // The same without what `harden` sets.
    let connection = Connection::open_in_memory().unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, false).unwrap();
    assert!(n_plans(&connection) > 0, "SQLite plans once by itself: the setting is of no use any more");
}
