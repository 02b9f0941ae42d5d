//! The database as one that a log is brought into.

use annals_store::backend::size_of_tiles;
use annals_store::moving::{Cell, Column, Kind, Part, Row, Standing, Target, Whole, disturbed};
use annals_store::{Error, ErrorKind, LogId};
use annals_tlog::Hash;
use serde_json::Value;

use super::source::root_at;
use super::{is_copying, names};
use crate::address::Address;
use crate::awareness::indexed;
use crate::connection::{Begin, Connection, Parameter, Pool, Reach, Statement};
use crate::failure::Trouble;
use crate::migration;
use crate::opening::Opening;
use crate::row::{bytes, counted, stored};
use crate::sql;

/// The words of an entry, which no column of the part has: each once, as a JSON array.
const WORDS: Column = Column { name: "words", kind: Kind::Text };
/// See [`WORDS`].
const BAG: Column = Column { name: "bag", kind: Kind::Bytes };

/// A database that is written to as one that is copied into.
pub(super) struct Taken {
    address: Address,
    pool: Pool,
}

impl Taken {
    /// See [`PostgresStore::open_to_copy_into`](crate::PostgresStore::open_to_copy_into).
    pub(super) fn open(url: &str, opening: &Opening) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        let pool = Pool::new(&address, opening)?;
        migration::apply(&pool, &address, opening)?;
        Ok(Self { address, pool })
    }

    /// Does some work in one durable transaction under the write lock, or nothing at all.
    fn transaction(&self, work: impl FnOnce(&Connection) -> Result<(), Trouble>) -> Result<(), Error> {
        let connection = self.pool.take()?;
        let step = || {
            connection.begin(Begin::Write, Reach::All);
            connection.execute(sql::MAKE_HEAD, &[])?;
            connection.one(sql::LOCK_HEAD, &[])?;
            work(&connection)?;
            connection.commit(&[])
        };
        let done = step();
        connection.roll_back();
        done.map_err(|trouble| trouble.of(&self.address))
    }
}

impl Target for Taken {
    fn name(&self) -> String {
        self.address.to_string()
    }

    fn standing(&mut self) -> Result<Standing, Error> {
        self.pool.read(standing)
    }

    fn root_at(&mut self, size: u64) -> Result<Option<Hash>, Error> {
        self.pool.read(|connection| {
            let (_, n_leaves) = sizes(connection)?;
            root_at(connection, n_leaves, size)
        })
    }

    fn begin(&mut self, expected: &Standing, bookmark: &str, emptied: &[Part]) -> Result<(), Error> {
        self.transaction(|connection| {
            if standing(connection)? != *expected {
                return Err(disturbed(&self.address).into());
            }
            connection.batch(sql::MOVING_BEGIN)?;
            if !emptied.is_empty() {
                // Unlike deleting, this leaves nothing behind in the files.
                let tables: Vec<&str> = emptied.iter().map(|part| part.name()).collect();
                connection.batch(&format!("TRUNCATE {}", tables.join(", ")))?;
            }
            connection.execute(sql::MOVING_MARK, &[&bookmark]).map(drop)
        })
    }

    fn put(&mut self, part: Part, rows: &[Row], from: &str, to: &str) -> Result<(), Error> {
        self.transaction(|connection| {
            moved(connection, &self.address, from, to)?;
            let mut columns = part.columns();
            if part == Part::Words {
                columns.extend([WORDS, BAG]);
                let rows: Vec<Row> = rows.iter().map(|row| with_words(row)).collect();
                return put(connection, &self.address, part, &columns, &rows);
            }
            put(connection, &self.address, part, &columns, rows)
        })
    }

    fn finish(&mut self, whole: &Whole, bookmark: &str) -> Result<(), Error> {
        self.transaction(|connection| {
            moved(connection, &self.address, bookmark, bookmark)?;
            let (n_rows, n_leaves) = sizes(connection)?;
            let is_same = n_rows == whole.n_events && n_leaves == whole.n_events;
            if !is_same || root_at(connection, n_leaves, n_leaves)? != whole.root {
                return Err(Error::new(
                    ErrorKind::Corrupt,
                    format!(
                        "{} was copied into, and its tree is not the source's: {n_leaves} leaves under {n_rows} events (hint: make it anew with `dropdb` and `createdb`, and copy again)",
                        self.address
                    ),
                )
                .into());
            }
            connection.batch(sql::MOVING_COUNTS)?;
            connection.execute(
                sql::MOVING_NAME_LOG,
                &[
                    &&whole.log.as_bytes()[..],
                    &&whole.own_producer.as_bytes()[..],
                    &whole.created_at.as_nanos(),
                    &stored(whole.n_before_tree),
                ],
            )?;
            connection.batch(sql::MOVING_END)
        })
    }
}

fn standing(connection: &Connection) -> Result<Standing, Trouble> {
    if is_copying(connection)? {
        let bookmark = connection.first(sql::MOVING_BOOKMARK, &[])?.map(|row| row.try_get(0)).transpose()?;
        return Ok(Standing::Unfinished(bookmark.unwrap_or_default()));
    }
    let Some(log) = connection.first(sql::LOG, &[])? else { return Ok(Standing::Empty) };
    Ok(Standing::Log {
        log: LogId::from_bytes(bytes(&log, 0)?),
        n_events: sizes(connection)?.0,
        erased: connection.one(sql::MOVING_ERASED, &[])?.try_get(0)?,
    })
}

/// How many events and leaves there are, also where the log has no name.
fn sizes(connection: &Connection) -> Result<(u64, u64), Trouble> {
    let row = connection.one(sql::MOVING_SIZES, &[])?;
    let newest = row.try_get::<_, Option<i64>>(1)?.zip(row.try_get::<_, Option<i64>>(2)?);
    Ok((counted(&row, 0)?, size_of_tiles(newest)?))
}

/// Moves the bookmark, which must stand where this copy has left it.
fn moved(connection: &Connection, address: &Address, from: &str, to: &str) -> Result<(), Trouble> {
    let n_moved = if is_copying(connection)? { connection.execute(sql::MOVING_MOVE, &[&to, &from])? } else { 0 };
    if n_moved == 1 { Ok(()) } else { Err(disturbed(address).into()) }
}

/// Inserts rows by one statement.
fn put(
    connection: &Connection,
    address: &Address,
    part: Part,
    columns: &[Column],
    rows: &[Row],
) -> Result<(), Trouble> {
    let (mut arrays, mut values) = (Vec::new(), Vec::<Box<dyn Parameter + '_>>::new());
    for (n, column) in columns.iter().enumerate() {
        let cells = rows.iter().map(move |row| row.get(n).unwrap_or(&Cell::Null));
        let (kind, array): (_, Box<dyn Parameter + '_>) = match column.kind {
            Kind::Number | Kind::Flag => ("BIGINT", Box::new(cells.map(number).collect::<Vec<_>>())),
            Kind::Text => {
                let texts: Vec<Option<&str>> = cells.map(text).collect();
                if texts.iter().flatten().any(|text| text.contains('\0')) {
                    return Err(zero_byte(address, part, column).into());
                }
                ("TEXT", Box::new(texts))
            }
            Kind::Bytes => ("BYTEA", Box::new(cells.map(blob).collect::<Vec<_>>())),
            Kind::Vector => ("TEXT", Box::new(cells.map(array_text).collect::<Vec<_>>())),
        };
        values.push(array);
        arrays.push(format!("${}::{kind}[]", values.len()));
    }
    let given = format!("unnest({}) AS g ({})", arrays.join(", "), names(columns));
    let statement = statement(part, columns, &given);
    let values: Vec<&dyn Parameter> = values.iter().map(AsRef::as_ref).collect();
    let n_put = connection.answer(Statement::once(&statement, &values))?.n_changed;
    if n_put == rows.len() as u64 {
        return Ok(());
    }
    Err(Trouble::Damaged(format!("of {} rows of `{}` {n_put} have what they belong to", rows.len(), part.name())))
}

/// The statement that inserts rows of a part.
fn statement(part: Part, columns: &[Column], given: &str) -> String {
    let list = names(columns);
    let selected = columns.iter().map(|column| match column.kind {
        Kind::Flag => format!("g.{} <> 0", column.name),
        Kind::Vector => format!("g.{}::REAL[]", column.name),
        _ => format!("g.{}", column.name),
    });
    let selected = selected.collect::<Vec<_>>().join(", ");
    let digest = |one: &str, other: &str| {
        format!("sha256(convert_to({one}, 'UTF8') || '\\x00'::BYTEA || convert_to({other}, 'UTF8'))")
    };
    let table = part.name();
    match part {
        Part::Entry => {
            let (key, name) = (digest("g.source", "g.logical_key"), digest("g.entry_type", "g.name"));
            format!(
                "INSERT INTO {table} ({list}, key_digest, name_digest) OVERRIDING SYSTEM VALUE SELECT {selected}, {key}, {name} FROM {given}"
            )
        }
        Part::Tag | Part::Link | Part::Change | Part::Vector => {
            format!("INSERT INTO {table} ({list}, space) SELECT {selected}, e.space FROM {given} JOIN entry AS e ON e.n = g.n")
        }
        Part::Words => format!(
            "INSERT INTO {table} (n, title, body, labels, bag, space, words)
            SELECT g.n, g.title, g.body, g.labels, g.bag, e.space,
                array_to_tsvector(ARRAY(SELECT s.n || '_' || word FROM jsonb_array_elements_text(g.words::JSONB) AS word))
            FROM {given} JOIN entry AS e ON e.n = g.n JOIN entry_space AS s ON s.space = e.space"
        ),
        Part::Operation => {
            let (name, session) = (digest("e.space", "e.operation_id"), digest("e.space", "e.session_id"));
            format!(
                "INSERT INTO {table} ({list}, name, session) SELECT {selected}, {name}, {session} FROM {given} JOIN event AS e ON e.seq = g.seq"
            )
        }
        Part::Session => {
            let name = digest("e.space", "e.session_id");
            format!("INSERT INTO {table} ({list}, name) SELECT {selected}, {name} FROM {given} JOIN event AS e ON e.seq = g.seq")
        }
        _ => format!("INSERT INTO {table} ({list}) OVERRIDING SYSTEM VALUE SELECT {selected} FROM {given}"),
    }
}

/// A row of words with what the index here has of them.
fn with_words(row: &[Cell]) -> Row {
    let field = |n: usize| row.get(n).and_then(text).unwrap_or_default();
    let fields = [field(1), field(2), field(3)];
    let words: Vec<Value> = indexed(fields).into_iter().map(Value::from).collect();
    let bag = annals_store::backend::bag::pack_fields(fields);
    row.iter().cloned().chain([Cell::Text(Value::Array(words).to_string()), Cell::Bytes(bag)]).collect()
}

fn number(cell: &Cell) -> Option<i64> {
    if let Cell::Number(number) = cell { Some(*number) } else { None }
}

fn text(cell: &Cell) -> Option<&str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

fn blob(cell: &Cell) -> Option<&[u8]> {
    if let Cell::Bytes(bytes) = cell { Some(bytes) } else { None }
}

/// A vector as the text of an array; an array of arrays would come apart on its way.
fn array_text(cell: &Cell) -> Option<String> {
    let Cell::Vector(vector) = cell else { return None };
    let numbers: Vec<String> = vector.iter().map(f32::to_string).collect();
    Some(format!("{{{}}}", numbers.join(",")))
}

fn zero_byte(address: &Address, part: Part, column: &Column) -> Error {
    Error::new(
        ErrorKind::RowRefused,
        format!(
            "a `{}` of `{}` has a zero byte, which {address} keeps in no text (hint: erase or change that row in the source)",
            column.name,
            part.name()
        ),
    )
}
