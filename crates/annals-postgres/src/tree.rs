//! The tree's tiles in the database: what a transaction goes on from, what it stores, and roots of older sizes. How it grows is said by [`Tree`].

use std::collections::HashMap;

use annals_store::backend::{self, Tree};
use annals_tlog::{Frontier, TreeHead};
use tokio_postgres::Row;

use crate::connection::{Bundle, Connection};
use crate::failure::Trouble;
use crate::row::stored;
use crate::sql;

/// The right edge of a tree of this size, from the rows of `edge.sql`.
pub(crate) fn open(connection: &Connection, size: u64, edge: &[Row]) -> Result<Tree, Trouble> {
    let mut known: HashMap<(i32, i64), &[u8]> = HashMap::new();
    for row in edge {
        known.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
    }
    Tree::open(size, |level, n| match known.get(&(level.into(), stored(n))) {
        Some(hashes) => Ok(hashes.to_vec()),
        None => read_tile(connection, level, n),
    })
}

/// Stores the tiles that changed.
pub(crate) fn store(tree: &mut Tree, bundle: &mut Bundle<'_>) -> Result<(), Trouble> {
    let (mut levels, mut numbers, mut tiles) = (Vec::new(), Vec::new(), Vec::new());
    let put = |level, n, hashes: &[u8]| {
        levels.push(i32::from(level));
        numbers.push(stored(n));
        tiles.push(hashes.to_vec());
        Ok::<_, Trouble>(())
    };
    tree.store(put)?;
    if !levels.is_empty() {
        bundle.push(sql::PUT_TILES, vec![Box::new(levels), Box::new(numbers), Box::new(tiles)]);
    }
    Ok(())
}

/// The hashes of a tile one behind another; nothing where there is none.
pub(crate) fn read_tile(connection: &Connection, level: u8, n: u64) -> Result<Vec<u8>, Trouble> {
    let tile = connection.first(sql::TILE, &[&i32::from(level), &stored(n)])?;
    tile.map_or_else(|| Ok(Vec::new()), |row| Ok(row.try_get(0)?))
}

/// Size and root of the first `size` leaves.
pub(crate) fn head_at(connection: &Connection, size: u64) -> Result<TreeHead, Trouble> {
    Frontier::from_tiles(size, |tile| read_tile(connection, tile.level(), tile.index())).map(|frontier| frontier.head())
}

/// Cuts the tree back to its first `size` leaves.
pub(crate) fn cut(connection: &Connection, size: u64) -> Result<(), Trouble> {
    for (level, n, n_bytes) in backend::cut_edge(size) {
        let mut edge = read_tile(connection, level, n)?;
        edge.truncate(n_bytes);
        connection.execute(sql::CUT_TILES, &[&i32::from(level), &stored(n)])?;
        if !edge.is_empty() {
            connection.execute(sql::PUT_TILES, &[&vec![i32::from(level)], &vec![stored(n)], &vec![edge]])?;
        }
    }
    Ok(())
}
