//! Rewriting the stored tree, which anybody can who may write the file: a hash needs no key.

use std::collections::BTreeMap;

use annals_tlog::{Frontier, Hash, Tile};
use anyhow::Context;
use rusqlite::{Connection, OptionalExtension};

use crate::leaf;

/// The leaves of the stored tree.
pub(crate) fn leaves(connection: &Connection) -> anyhow::Result<Vec<Hash>> {
    let mut statement = connection.prepare("SELECT hashes FROM tile WHERE level = 0 ORDER BY n")?;
    let mut leaves = Vec::new();
    for hashes in statement.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
        leaves.extend(hashes?.chunks_exact(Hash::BYTES).map(hash_of));
    }
    Ok(leaves)
}

/// Changes one leaf of the stored tree and nothing above it.
pub(crate) fn set_leaf(connection: &Connection, seq: i64, hash: Hash) -> anyhow::Result<()> {
    let width = i64::from(Tile::FULL_WIDTH);
    let mut hashes: Vec<u8> =
        connection.query_row("SELECT hashes FROM tile WHERE level = 0 AND n = ?", [seq / width], |row| row.get(0))?;
    let at = usize::try_from(seq % width)? * Hash::BYTES;
    hashes.get_mut(at..at + Hash::BYTES).context("the tile has no such leaf")?.copy_from_slice(hash.as_bytes());
    connection.execute("UPDATE tile SET hashes = ? WHERE level = 0 AND n = ?", (hashes, seq / width))?;
    Ok(())
}

/// Makes the whole stored tree anew over these leaves: every tile of every level, as an honest writer would have left it.
pub(crate) fn write(connection: &Connection, leaves: &[Hash]) -> anyhow::Result<()> {
    let mut tiles: BTreeMap<(u8, u64), Vec<u8>> = BTreeMap::new();
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.append_with(*leaf, |hash| {
            let tile = tiles.entry((hash.level, hash.index / u64::from(Tile::FULL_WIDTH))).or_default();
            tile.extend_from_slice(hash.hash.as_bytes());
        })?;
    }
    connection.execute("DELETE FROM tile", [])?;
    let mut insert = connection.prepare("INSERT INTO tile (level, n, hashes) VALUES (?, ?, ?)")?;
    for ((level, n), hashes) in tiles {
        insert.execute((level, i64::try_from(n)?, hashes))?;
    }
    Ok(())
}

/// Makes the tree anew over the rows as they are, each at its number, from this one on; a row that was deleted keeps the leaf it had.
pub(crate) fn rebuild(connection: &Connection, first: u64) -> anyhow::Result<()> {
    let mut new = leaves(connection)?;
    new.truncate(usize::try_from(first)?);
    let last: Option<i64> =
        connection.query_row("SELECT max(seq) FROM event", [], |row| row.get(0)).optional()?.flatten();
    let old = leaves(connection)?;
    for seq in i64::try_from(first)?..=last.unwrap_or(-1) {
        match leaf::row(connection, seq)? {
            Some(_) => new.push(leaf::hash(connection, seq)?),
            None => new.push(*old.get(usize::try_from(seq)?).context("neither a row nor a leaf")?),
        }
    }
    write(connection, &new)
}

fn hash_of(bytes: &[u8]) -> Hash {
    Hash::from_bytes(bytes.try_into().expect("the pieces are as long as a hash"))
}
