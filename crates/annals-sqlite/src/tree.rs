//! The tree's tiles in the database: what a transaction goes on from, what it stores, and roots of older sizes. How it grows is said by [`Tree`].

use annals_store::backend::{self, Tree};
use annals_tlog::{Frontier, TreeHead};
use rusqlite::{Connection, OptionalExtension, params};

use crate::failure::Trouble;
use crate::row::stored;
use crate::sql;

/// Reads the right edge of a tree of this size.
pub(crate) fn open(connection: &Connection, size: u64) -> Result<Tree, Trouble> {
    Tree::open(size, |level, n| read_tile(connection, level, n))
}

/// Stores the tiles that changed.
pub(crate) fn store(tree: &mut Tree, connection: &Connection) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached(sql::PUT_TILE)?;
    tree.store(|level, n, hashes| put.execute(params![level, stored(n), hashes]).map(drop))
}

/// How large the tree is, by its leaves.
pub(crate) fn size(connection: &Connection) -> Result<u64, Trouble> {
    let newest: Option<i64> =
        connection.prepare_cached(sql::NEWEST_TILE).and_then(|mut newest| newest.query_row([], |row| row.get(0)))?;
    size_with(connection, newest)
}

/// The same where the number of the last tile of leaves is known.
pub(crate) fn size_with(connection: &Connection, newest: Option<i64>) -> Result<u64, Trouble> {
    let Some(newest) = newest else { return Ok(0) };
    let n_bytes: i64 = connection
        .prepare_cached(sql::TILE_LENGTH)
        .and_then(|mut length| length.query_row(params![0, newest], |row| row.get(0)))?;
    Ok(backend::size_of_tiles(Some((newest, n_bytes)))?)
}

/// The hashes of a tile one behind another; nothing where there is none.
pub(crate) fn read_tile(connection: &Connection, level: u8, n: u64) -> Result<Vec<u8>, Trouble> {
    let hashes = connection
        .prepare_cached(sql::TILE)
        .and_then(|mut tile| tile.query_row(params![level, stored(n)], |row| row.get(0)).optional())?;
    Ok(hashes.unwrap_or_default())
}

/// The right edge of the first `size` leaves.
pub(crate) fn frontier(connection: &Connection, size: u64) -> Result<Frontier, Trouble> {
    Frontier::from_tiles(size, |tile| read_tile(connection, tile.level(), tile.index()))
}

/// Size and root of the first `size` leaves.
pub(crate) fn head_at(connection: &Connection, size: u64) -> Result<TreeHead, Trouble> {
    frontier(connection, size).map(|frontier| frontier.head())
}

/// Cuts the tree back to its first `size` leaves.
pub(crate) fn cut(connection: &Connection, size: u64) -> Result<(), Trouble> {
    for (level, n, n_bytes) in backend::cut_edge(size) {
        let mut edge = read_tile(connection, level, n)?;
        edge.truncate(n_bytes);
        connection.execute(sql::CUT_TILES, params![level, stored(n)])?;
        if !edge.is_empty() {
            connection.execute(sql::PUT_TILE, params![level, stored(n), edge])?;
        }
    }
    Ok(())
}
