//! What the connection that writes is set to, whatever SQLite would do by itself.

use super::{Create, set_wal, writer};
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
