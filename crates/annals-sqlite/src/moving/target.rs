//! The database as one that a log is brought into.

use std::path::Path;

use annals_store::backend::Clock;
use annals_store::backend::bag::pack_fields;
use annals_store::moving::{Cell, Part, Row, Standing, Target, Whole, disturbed};
use annals_store::{Error, ErrorKind};
use annals_tlog::Hash;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params, params_from_iter};

use super::source::{log, root_at};
use super::{COPYING, bound, is_copying, names, parameters};
use crate::connection::{self, Create};
use crate::failure::Trouble;
use crate::location::Location;
use crate::opening::Patience;
use crate::turnstile::Turnstile;
use crate::{migration, read, sql, tree};

/// A database that is written to as one that is copied into.
pub(super) struct Taken {
    location: Location,
    turnstile: Turnstile,
    connection: Connection,
}

impl Taken {
    /// See [`SqliteStore::open_to_copy_into`](crate::SqliteStore::open_to_copy_into).
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let location = Location::new(path)?;
        let turnstile = Turnstile::open(&location)?;
        let mut connection = connection::writer(&location, Create::Missing, Patience::USUAL)?;
        // A look first, so that nothing of a file that is not ours is changed.
        migration::standing(&connection, &location)?;
        {
            let _turn = turnstile.enter(Patience::USUAL);
            connection::set_wal(&connection, &location)?;
            migration::apply_without_name(&mut connection, &location, Clock::system().now())?;
        }
        connection::set_patience(&connection, &location, Patience::USUAL)?;
        Ok(Self { location, turnstile, connection })
    }

    /// Does some work in one durable transaction, or nothing at all.
    fn transaction<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, Error> {
        let failed = |error: Trouble| error.of(&self.location.database);
        let _turn = self.turnstile.enter(Patience::USUAL);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| failed(error.into()))?;
        let done = work(&transaction).map_err(failed)?;
        transaction.commit().map_err(|error| failed(error.into()))?;
        Ok(done)
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Error> {
        work(&self.connection).map_err(|error| error.of(&self.location.database))
    }
}

impl Target for Taken {
    fn name(&self) -> String {
        format!("`{}`", self.location.database.display())
    }

    fn standing(&mut self) -> Result<Standing, Error> {
        self.read(standing)
    }

    fn root_at(&mut self, size: u64) -> Result<Option<Hash>, Error> {
        self.read(|connection| root_at(connection, size))
    }

    fn begin(&mut self, expected: &Standing, bookmark: &str, emptied: &[Part]) -> Result<(), Error> {
        let name = self.name();
        self.transaction(|transaction| {
            if standing(transaction)? != *expected {
                return Err(disturbed(&name).into());
            }
            transaction.execute_batch(&format!(
                "CREATE TABLE IF NOT EXISTS {COPYING} (one INTEGER PRIMARY KEY CHECK (one = 1), bookmark TEXT NOT NULL) STRICT;
                DELETE FROM log;"
            ))?;
            for part in emptied {
                transaction.execute_batch(&format!("DELETE FROM {}", part.name()))?;
                match part {
                    Part::Event => transaction.execute_batch(sql::FORGET_ALL_EVENT_TEXT)?,
                    Part::Words => transaction.execute_batch("DELETE FROM entry_bag")?,
                    _ => {}
                }
            }
            transaction.execute(&format!("INSERT OR REPLACE INTO {COPYING} (one, bookmark) VALUES (1, ?1)"), [bookmark])?;
            Ok(())
        })
    }

    fn put(&mut self, part: Part, rows: &[Row], from: &str, to: &str) -> Result<(), Error> {
        let name = self.name();
        self.transaction(|transaction| {
            moved(transaction, &name, from, to)?;
            let columns = part.columns();
            match part {
                Part::Words => return words(transaction, rows),
                Part::Tag => return each(transaction, sql::MOVING_PUT_TAG, rows),
                Part::Link => return each(transaction, sql::MOVING_PUT_LINK, rows),
                Part::Vector => return each(transaction, sql::MOVING_PUT_VECTOR, rows),
                Part::Operation => return each(transaction, sql::MOVING_PUT_OPERATION, rows),
                Part::Session => return each(transaction, sql::MOVING_PUT_SESSION, rows),
                _ => {}
            }
            let values = parameters(1, columns.len());
            each(transaction, &format!("INSERT INTO {} ({}) VALUES ({values})", part.name(), names(&columns)), rows)
        })
    }

    fn finish(&mut self, whole: &Whole, bookmark: &str) -> Result<(), Error> {
        let name = self.name();
        self.transaction(|transaction| {
            moved(transaction, &name, bookmark, bookmark)?;
            let (n_rows, size) = (read::head(transaction)?.n_events, tree::size(transaction)?);
            if n_rows != whole.n_events || size != whole.n_events || root_at(transaction, size)? != whole.root {
                return Err(Error::new(
                    ErrorKind::Corrupt,
                    format!("{name} was copied into, and its tree is not the source's: {size} leaves under {n_rows} events (hint: empty it, and copy again)"),
                )
                .into());
            }
            transaction.execute_batch(sql::MOVING_COUNTS)?;
            transaction.execute(
                sql::MOVING_NAME_LOG,
                params![
                    &whole.log.as_bytes()[..],
                    &whole.own_producer.as_bytes()[..],
                    whole.created_at.as_nanos(),
                    i64::try_from(whole.n_before_tree).unwrap_or(i64::MAX)
                ],
            )?;
            transaction.execute_batch(&format!("DROP TABLE {COPYING}"))?;
            Ok(())
        })
    }
}

fn standing(connection: &Connection) -> Result<Standing, Trouble> {
    if is_copying(connection)? {
        let bookmark =
            connection.query_row(&format!("SELECT bookmark FROM {COPYING}"), [], |row| row.get(0)).optional()?;
        return Ok(Standing::Unfinished(bookmark.unwrap_or_default()));
    }
    let Some(log) = log(connection)? else { return Ok(Standing::Empty) };
    Ok(Standing::Log {
        log,
        n_events: read::head(connection)?.n_events,
        erased: connection.query_row(sql::MOVING_ERASED, [], |row| row.get(0))?,
    })
}

/// Moves the bookmark, which must stand where this copy has left it.
fn moved(connection: &Connection, name: &str, from: &str, to: &str) -> Result<(), Trouble> {
    let n_moved = if is_copying(connection)? {
        connection.execute(&format!("UPDATE {COPYING} SET bookmark = ?1 WHERE bookmark = ?2"), [to, from])?
    } else {
        0
    };
    if n_moved == 1 { Ok(()) } else { Err(disturbed(&name).into()) }
}

/// Carries out a statement for each row.
fn each(connection: &Connection, statement: &str, rows: &[Row]) -> Result<(), Trouble> {
    let mut statement = connection.prepare_cached(statement)?;
    for row in rows {
        statement.execute(params_from_iter(row.iter().map(bound)))?;
    }
    Ok(())
}

/// The words of entries, for the index and as bags.
fn words(connection: &Connection, rows: &[Row]) -> Result<(), Trouble> {
    let (mut put_text, mut put_bag) =
        (connection.prepare_cached(sql::MOVING_PUT_WORDS)?, connection.prepare_cached(sql::MOVING_PUT_BAG)?);
    let mut space_of = connection.prepare_cached(sql::MOVING_SPACE_OF)?;
    for row in rows {
        let [Cell::Number(n), title, body, labels] = &row[..] else { continue };
        let fields = [title, body, labels].map(|field| if let Cell::Text(text) = field { text.as_str() } else { "" });
        let number: i64 = space_of.query_row([n], |row| row.get(0))?;
        let [title, body, labels] = fields.map(|field| {
            field.split_ascii_whitespace().fold(String::with_capacity(field.len() * 3 / 2), |mut text, word| {
                use std::fmt::Write as _;
                let _ = write!(text, "{number}_{word} ");
                text
            })
        });
        put_text.execute(params![n, title, body, labels])?;
        put_bag.execute(params![n, pack_fields(fields)])?;
    }
    Ok(())
}
