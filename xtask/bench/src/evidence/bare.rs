//! The other side of a verification: one thread that reads every column of every row and hashes as many bytes, and does nothing else.
//!
//! How many bytes a verification has to hash follows from the rule of the leaf: for each group two hashes of its key and one of its bytes, then the entry, and one node a leaf. That is counted first,
//! untimed; the loop then hashes each row's own values, over again where they are shorter than that, in one call a row. So it pays none of what many small hashes cost more than one.

use std::path::Path;
use std::time::{Duration, Instant};

use annals::{LeafGroup, Limit, Mode, Order, PageRequest, Settings};
use annals_event::{LeafRow, Salt};
use anyhow::ensure;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use super::database;

/// A block of SHA-256, and its result.
const BLOCK: usize = 64;
const HASH: usize = 32;

/// What the loop did.
pub(super) struct Read {
    pub(super) n_rows: u64,
    pub(super) n_bytes: u64,
    pub(super) took: Duration,
}

/// How many bytes a verification hashes for each row, on average.
pub(super) fn bytes_a_row(data: &Path) -> anyhow::Result<usize> {
    let audit = annals::Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly))?;
    let (mut n_rows, mut n_bytes) = (0, 0);
    let mut request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    let mut scratch = Vec::new();
    // Some thousands are as good as all: the rows are of one kind throughout.
    while n_rows < 20_000 {
        let page = audit.query(&annals::Filter::new(), &request)?;
        for event in &page.events {
            let row = LeafRow::of_stored(event);
            for group in LeafGroup::ALL {
                scratch.clear();
                if row.group_bytes(group, &mut scratch) {
                    n_bytes += BLOCK + group.name().len() + BLOCK + HASH + HASH + scratch.len();
                }
            }
            scratch.clear();
            row.entry(&row.commitments(&Salt::default(), &mut Vec::new()), &mut scratch);
            n_bytes += 1 + scratch.len() + 1 + 2 * HASH;
            n_rows += 1;
        }
        request.cursor = page.cursor;
        if page.cursor.is_none() {
            break;
        }
    }
    audit.close()?;
    ensure!(n_rows > 0, "an empty log");
    Ok(n_bytes / n_rows)
}

/// Reads and hashes.
pub(super) fn read(data: &Path, bytes_a_row: usize) -> anyhow::Result<Read> {
    let connection = Connection::open_with_flags(database(data), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare("SELECT * FROM event ORDER BY seq")?;
    let n_columns = statement.column_count();
    let mut row = Vec::with_capacity(2 * bytes_a_row);
    let (mut n_rows, mut n_bytes, mut folded) = (0, 0, 0_u8);
    let began = Instant::now();
    let mut rows = statement.query([])?;
    while let Some(found) = rows.next()? {
        row.clear();
        for column in 0..n_columns {
            match found.get_ref(column)? {
                ValueRef::Null => {}
                ValueRef::Integer(number) => row.extend_from_slice(&number.to_be_bytes()),
                ValueRef::Real(number) => row.extend_from_slice(&number.to_be_bytes()),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => row.extend_from_slice(bytes),
            }
        }
        while row.len() < bytes_a_row {
            let missing = (bytes_a_row - row.len()).min(row.len());
            row.extend_from_within(..missing);
        }
        folded ^= Sha256::digest(&row[..bytes_a_row])[0];
        n_rows += 1;
        n_bytes += bytes_a_row as u64;
    }
    let took = began.elapsed();
    // Whoever compiles this must not find that nobody needs the hashes.
    std::hint::black_box(folded);
    Ok(Read { n_rows, n_bytes, took })
}
