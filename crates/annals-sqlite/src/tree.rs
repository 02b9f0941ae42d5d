//! The tree under the rows: growing it in the writer's transaction, and reading it back from its tiles.
//!
//! All that is kept of it are its tiles, those at the right edge included, so what a transaction needs to go on is read from at most eight rows; a writer that nobody came
//! between keeps it in memory. A separate row with the frontier was refused: it would be a second truth beside the tiles, and as many pages to write.
//!
//! What a leaf is made of is not known here, nor which rows there are.

use annals_tlog::{Frontier, Hash, Tile, TreeHead};
use rusqlite::{Connection, OptionalExtension, params};

use crate::failure::Trouble;
use crate::row::stored;
use crate::sql;

/// How many hashes a full tile has.
const FULL_WIDTH: u64 = Tile::FULL_WIDTH as u64;

/// So many tiles of leaves stand below the largest `seq` that a row can have.
const MOST_TILES: u64 = i64::MAX.cast_unsigned() / FULL_WIDTH;

/// A tree that grows, and the tiles that this touches.
#[derive(Debug)]
pub(crate) struct Tree {
    frontier: Frontier,
    /// The tile at the right edge of each level that has begun, from the leaves up. It may be empty between a full tile and the next hash.
    edge: Vec<EdgeTile>,
    /// Tiles that became full and are not stored yet.
    full: Vec<(u8, u64, Vec<u8>)>,
}

#[derive(Debug, Default)]
struct EdgeTile {
    n: u64,
    hashes: Vec<u8>,
    is_changed: bool,
}

impl Tree {
    /// Reads the right edge of a tree of this size.
    pub(crate) fn open(connection: &Connection, size: u64) -> Result<Self, Trouble> {
        let frontier = frontier(connection, size)?;
        let mut edge = Vec::new();
        let mut n_hashes = size;
        for level in 0_u8.. {
            if n_hashes == 0 {
                break;
            }
            let (n, width) = (n_hashes / FULL_WIDTH, n_hashes % FULL_WIDTH);
            let hashes = if width == 0 { Vec::new() } else { read_tile(connection, level, n)? };
            if hashes.len() as u64 != width * Hash::BYTES as u64 {
                return Err(damaged(&format!("tile {n} of level {level} does not fit the size {size}")));
            }
            edge.push(EdgeTile { n, hashes, is_changed: false });
            n_hashes = n;
        }
        Ok(Self { frontier, edge, full: Vec::new() })
    }

    /// The number of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Appends a leaf.
    pub(crate) fn append(&mut self, leaf: Hash) -> Result<(), Trouble> {
        let Self { frontier, edge, full } = self;
        frontier
            .append_with(leaf, |stored| {
                let level = usize::from(stored.level);
                if edge.len() == level {
                    edge.push(EdgeTile::default());
                }
                let tile = &mut edge[level];
                tile.hashes.extend_from_slice(stored.hash.as_bytes());
                tile.is_changed = true;
                if tile.hashes.len() == Tile::FULL_BYTES {
                    full.push((stored.level, tile.n, std::mem::take(&mut tile.hashes)));
                    tile.n += 1;
                    tile.is_changed = false;
                }
            })
            .map_err(Trouble::from)
    }

    /// Stores the tiles that changed.
    pub(crate) fn store(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut put = connection.prepare_cached(sql::PUT_TILE)?;
        for (level, n, hashes) in self.full.drain(..) {
            put.execute(params![level, stored(n), hashes])?;
        }
        for (level, tile) in self.edge.iter_mut().enumerate().filter(|(_, tile)| tile.is_changed) {
            put.execute(params![stored(level as u64), stored(tile.n), tile.hashes])?;
            tile.is_changed = false;
        }
        Ok(())
    }
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
    let width =
        u64::try_from(n_bytes).ok().filter(|n| n.is_multiple_of(Hash::BYTES as u64)).map(|n| n / Hash::BYTES as u64);
    match (u64::try_from(newest), width) {
        (Ok(n), Some(width @ 1..=FULL_WIDTH)) if n < MOST_TILES => Ok(n * FULL_WIDTH + width),
        _ => Err(damaged(&format!("tile {newest} of level 0 has {n_bytes} bytes"))),
    }
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
    let mut n_hashes = size;
    for level in 0..8_u8 {
        let (n, width) = (n_hashes / FULL_WIDTH, n_hashes % FULL_WIDTH);
        let mut edge = read_tile(connection, level, n)?;
        edge.truncate(usize::try_from(width).unwrap_or_default() * Hash::BYTES);
        connection.execute(sql::CUT_TILES, params![level, stored(n)])?;
        if !edge.is_empty() {
            connection.execute(sql::PUT_TILE, params![level, stored(n), edge])?;
        }
        n_hashes = n;
    }
    Ok(())
}

fn damaged(problem: &str) -> Trouble {
    Trouble::Damaged(format!("the log's tree: {problem}"))
}
