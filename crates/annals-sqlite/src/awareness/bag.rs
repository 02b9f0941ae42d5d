//! Bags of words in this database: where they come from when an older one has none.

use rusqlite::{Connection, Row, params};

pub(super) use annals_store::backend::bag::{Bag, Sketch, is_of_words, pack, pack_fields};

use super::sql;

/// Gives a bag to each entry of a database from before there were any, by the words that its index keeps.
pub(crate) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let (mut texts, mut put) = (connection.prepare(sql::ALL_TEXTS)?, connection.prepare(sql::PUT_BAG)?);
    let mut rows = texts.query([])?;
    while let Some(row) = rows.next()? {
        put.execute(params![row.get::<_, i64>(0)?, of_row(row, 1)?])?;
    }
    Ok(())
}

/// The bag of the words that the index keeps, whose fields stand at this column and the next.
pub(super) fn of_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Vec<u8>> {
    let field = |at: usize| -> rusqlite::Result<String> {
        let words = row.get_ref(first + at)?.as_str_or_null()?.unwrap_or_default().split_ascii_whitespace();
        // Each begins with the number of its space.
        let bare = words.map(|word| word.split_once('_').map_or(word, |(_, bare)| bare));
        Ok(bare.collect::<Vec<_>>().join(" "))
    };
    Ok(pack_fields([&field(0)?, &field(1)?, &field(2)?]))
}
