//! The one order of columns, in the schema, in the two SQL files and in the code.

use annals_event::Column;
use rusqlite::Connection;

use super::{DETAILS, FIRST_TEXT, SALT};
use crate::{MIGRATIONS, sql};

/// The names between the first parentheses, or all of a list.
fn names(list: &str) -> Vec<String> {
    list.split(',').map(|name| name.trim().to_owned()).collect()
}

fn inserted() -> Vec<String> {
    let (_, rest) = sql::INSERT_EVENT.split_once('(').unwrap();
    names(rest.split_once(')').unwrap().0)
}

#[test]
fn every_column_of_the_table_is_inserted_and_read() {
    let connection = Connection::open_in_memory().unwrap();
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql).unwrap();
    }
    let mut table: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_info('event')")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let (mut inserted, mut read) = (inserted(), names(sql::EVENT_COLUMNS));
    // A new row is not erased, and a salt is shown to nobody.
    inserted.push("erased_by".to_owned());
    read.push("salt".to_owned());
    for list in [&mut table, &mut inserted, &mut read] {
        list.sort();
    }
    assert_eq!(inserted, table);
    assert_eq!(read, table);
}

#[test]
fn the_text_columns_stand_where_the_code_takes_them() {
    let (inserted, read) = (inserted(), names(sql::EVENT_COLUMNS));
    for column in Column::ALL {
        // Parameters count from one, columns of a row from zero.
        assert_eq!(inserted[FIRST_TEXT - 1 + column.index()], column.name());
        assert_eq!(read[FIRST_TEXT - 1 + column.index()], column.name());
    }
    assert_eq!((inserted[SALT - 1].as_str(), inserted[DETAILS - 1].as_str()), ("salt", "details"));
    let n_parameters = sql::INSERT_EVENT.matches('?').count();
    assert_eq!(n_parameters, inserted.len());
}
