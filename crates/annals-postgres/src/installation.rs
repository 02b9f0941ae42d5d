//! An installation of `mcp-awareness` 0.18 in PostgreSQL, read to be imported: its users and what they know, as it lies there.
//!
//! Nothing is written, nothing is understood, and nothing is asked but its public tables. Its row security shows the rows of the owner that a transaction names; so each owner is read in a transaction
//! that does, and which owners there are is asked of the users too, whom everybody sees.

use annals_event::Timestamp;
use annals_store::{Error, ErrorKind};
use tokio_postgres::Row;

use crate::address::Address;
use crate::connection::{Connection, Pool, Reach};
use crate::failure::Trouble;
use crate::opening::Opening;
use crate::row::stored;
use crate::sql;

/// Entries are read so many at a time.
const PAGE: u64 = 250;

/// An installation.
pub struct Installation {
    address: Address,
    pool: Pool,
}

/// Whose entries there are.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Owner {
    /// The owner's name; empty for an installation that was given none.
    pub name: String,
    /// How many entries, the trash included.
    pub n_entries: u64,
    /// How many readings of them are on record there.
    pub n_reads: u64,
    /// How many actions.
    pub n_actions: u64,
    /// What the table of users says, where it knows the owner.
    pub user: Option<User>,
}

/// A user.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct User {
    /// When it was made.
    pub created: Timestamp,
    /// The time zone by its IANA name.
    pub timezone: Option<String>,
    /// A JSON object.
    pub preferences: String,
}

/// A row of its entries.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct InstalledEntry {
    /// A UUID as text.
    pub id: String,
    /// One of the ten types.
    pub entry_type: String,
    /// Its source.
    pub source: String,
    /// A JSON array of texts.
    pub tags: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Option<Timestamp>,
    /// When it ends; in the trash, when it is purged.
    pub expires: Option<Timestamp>,
    /// When it was put into the trash.
    pub deleted: Option<Timestamp>,
    /// Its key.
    pub logical_key: Option<String>,
    /// What PostgreSQL calls the language of its words.
    pub language: Option<String>,
    /// A JSON object.
    pub data: String,
}

impl Installation {
    /// Connects to one.
    ///
    /// Errors: `Invalid` for no address, and for a database that holds no such installation; what keeps it from being read.
    pub fn open(url: &str) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        let pool = Pool::new(&address, &Opening::default())?;
        let missing: Vec<String> = pool.read(|connection| {
            let rows = connection.rows(sql::INSTALLATION_LACKS, &[])?;
            rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
        })?;
        if missing.is_empty() {
            return Ok(Self { address, pool });
        }
        Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "{address} holds no mcp-awareness of version 0.18: `{}` is not there (hint: bring an older one up to date with `mcp-awareness-migrate`; a log of Annals moves with `annals copy`)",
                missing.join("`, `")
            ),
        ))
    }

    /// Whose entries there are, by name, and whether there may be more: the role that is connected sees those alone of whom it knows.
    pub fn owners(&self) -> Result<(Vec<Owner>, bool), Error> {
        self.pool.read(|connection| {
            let is_bound: bool = connection.one(sql::INSTALLATION_IS_BOUND, &[])?.try_get(0)?;
            let rows = connection.rows(sql::INSTALLATION_OWNERS, &[])?;
            let mut owners = Vec::new();
            for row in &rows {
                let mut owner = owner(row)?;
                see(connection, &owner.name)?;
                let counts = connection.one(sql::INSTALLATION_COUNTS, &[&owner.name])?;
                let count = |n| Ok::<_, Trouble>(counts.try_get::<_, i64>(n)?.cast_unsigned());
                (owner.n_entries, owner.n_reads, owner.n_actions) = (count(0)?, count(1)?, count(2)?);
                owners.push(owner);
            }
            Ok((owners, is_bound))
        })
    }

    /// Hands every entry of an owner to `visit`, of one snapshot and in the order of their ids.
    pub fn entries(
        &self,
        owner: &str,
        visit: &mut dyn FnMut(InstalledEntry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.pool.read_in(Reach::Nothing, |connection| {
            // What is visited may be written for a while.
            connection.wait_for_ever();
            see(connection, owner)?;
            let mut last = String::new();
            loop {
                let rows = connection.rows(sql::INSTALLATION_ENTRIES, &[&owner, &last, &stored(PAGE)])?;
                let Some(end) = rows.last() else { return Ok(()) };
                last = end.try_get(0)?;
                for row in &rows {
                    visit(entry(row)?)?;
                }
            }
        })
    }
}

impl std::fmt::Debug for Installation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Installation").field(&self.address).finish()
    }
}

/// Has its row security show the rows of this owner.
fn see(connection: &Connection, owner: &str) -> Result<(), Trouble> {
    connection.rows("SELECT set_config('app.current_user', $1, TRUE)", &[&owner]).map(drop)
}

fn owner(row: &Row) -> Result<Owner, Trouble> {
    let user = match micros(row, 1)? {
        None => None,
        Some(created) => Some(User {
            created,
            timezone: row.try_get(2)?,
            preferences: row.try_get::<_, Option<_>>(3)?.unwrap_or_default(),
        }),
    };
    Ok(Owner { name: row.try_get(0)?, n_entries: 0, n_reads: 0, n_actions: 0, user })
}

fn entry(row: &Row) -> Result<InstalledEntry, Trouble> {
    Ok(InstalledEntry {
        id: row.try_get(0)?,
        entry_type: row.try_get(1)?,
        source: row.try_get(2)?,
        tags: row.try_get(3)?,
        created: micros(row, 4)?.ok_or_else(|| Trouble::Damaged("an entry has no `created`".to_owned()))?,
        updated: micros(row, 5)?,
        expires: micros(row, 6)?,
        deleted: micros(row, 7)?,
        logical_key: row.try_get(8)?,
        language: row.try_get(9)?,
        data: row.try_get(10)?,
    })
}

/// A time that comes as microseconds since 1970.
fn micros(row: &Row, index: usize) -> Result<Option<Timestamp>, Trouble> {
    let micros: Option<i64> = row.try_get(index)?;
    Ok(micros.map(|micros| Timestamp::from_nanos(micros.saturating_mul(1_000))))
}
