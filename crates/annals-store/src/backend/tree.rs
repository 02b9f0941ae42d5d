//! The tree under the rows as a transaction grows it: begun from the tiles at its right edge, and giving back the tiles that changed.
//!
//! All that is kept of it are its tiles, those at the right edge included, so what a transaction needs to go on is read from at most eight rows. A separate row with the frontier was
//! refused: it would be a second truth beside the tiles, and as many pages to write.
//!
//! What a leaf is made of is not known here, nor which rows there are.

use annals_tlog::{Frontier, Hash, Tile};

/// How many hashes a full tile has.
const FULL_WIDTH: u64 = Tile::FULL_WIDTH as u64;

/// So many tiles of leaves stand below the largest `seq` that a row can have.
const MOST_TILES: u64 = i64::MAX.cast_unsigned() / FULL_WIDTH;

/// Something in a database that no honest writer leaves behind, in words that show nothing of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Damage(pub String);

/// A tree that grows, and the tiles that this touches.
#[derive(Debug)]
pub struct Tree {
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
    /// Reads the right edge of a tree of this size. `read` answers the hashes of a tile by its level and number, none where there is no such tile.
    pub fn open<E>(size: u64, mut read: impl FnMut(u8, u64) -> Result<Vec<u8>, E>) -> Result<Self, E>
    where
        E: From<Damage> + From<annals_tlog::Error>,
    {
        let frontier = Frontier::from_tiles(size, |tile| read(tile.level(), tile.index()))?;
        let mut edge = Vec::new();
        let mut n_hashes = size;
        for level in 0_u8.. {
            if n_hashes == 0 {
                break;
            }
            let (n, width) = (n_hashes / FULL_WIDTH, n_hashes % FULL_WIDTH);
            let hashes = if width == 0 { Vec::new() } else { read(level, n)? };
            if hashes.len() as u64 != width * Hash::BYTES as u64 {
                return Err(damaged(&format!("tile {n} of level {level} does not fit the size {size}")).into());
            }
            edge.push(EdgeTile { n, hashes, is_changed: false });
            n_hashes = n;
        }
        Ok(Self { frontier, edge, full: Vec::new() })
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: Hash) -> Result<(), annals_tlog::Error> {
        let Self { frontier, edge, full } = self;
        frontier.append_with(leaf, |stored| {
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
    }

    /// Hands out the tiles that changed, by level and number, to be stored in place of what is there.
    pub fn store<E>(&mut self, mut put: impl FnMut(u8, u64, &[u8]) -> Result<(), E>) -> Result<(), E> {
        for (level, n, hashes) in self.full.drain(..) {
            put(level, n, &hashes)?;
        }
        for (level, tile) in (0_u8..).zip(&mut self.edge).filter(|(_, tile)| tile.is_changed) {
            put(level, tile.n, &tile.hashes)?;
            tile.is_changed = false;
        }
        Ok(())
    }
}

/// How large a tree is whose last tile of leaves has this number and so many bytes; 0 where there is none.
pub fn size_of_tiles(newest: Option<(i64, i64)>) -> Result<u64, Damage> {
    let Some((newest, n_bytes)) = newest else { return Ok(0) };
    let width =
        u64::try_from(n_bytes).ok().filter(|n| n.is_multiple_of(Hash::BYTES as u64)).map(|n| n / Hash::BYTES as u64);
    match (u64::try_from(newest), width) {
        (Ok(n), Some(width @ 1..=FULL_WIDTH)) if n < MOST_TILES => Ok(n * FULL_WIDTH + width),
        _ => Err(damaged(&format!("tile {newest} of level 0 has {n_bytes} bytes"))),
    }
}

/// What is left at the edge of each level when a tree is cut back to its first `size` leaves: the level, the number of its last tile, and how many bytes of that stay.
pub fn cut_edge(size: u64) -> impl Iterator<Item = (u8, u64, usize)> {
    let mut n_hashes = size;
    (0..8_u8).map(move |level| {
        let (n, width) = (n_hashes / FULL_WIDTH, n_hashes % FULL_WIDTH);
        n_hashes = n;
        (level, n, usize::try_from(width).unwrap_or_default() * Hash::BYTES)
    })
}

fn damaged(problem: &str) -> Damage {
    Damage(format!("the log's tree: {problem}"))
}
