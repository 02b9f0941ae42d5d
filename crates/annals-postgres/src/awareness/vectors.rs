//! Keeping vectors, and who waits for some.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use annals_store::awareness::vectors::{
    Backlog, Embedded, Holding, Model, ModelId, Passage, Place, Turn, VectorStore, Waiting,
};
use annals_store::{Error, ErrorKind};

use super::{row, sql};
use crate::connection::{Begin, Connection, Parameter, Reach};
use crate::failure::Trouble;
use crate::row::{bytes, counted, stored};
use crate::store::PostgresStore;
use crate::writer::{Ending, Writing};

/// The number of the lock of whoever embeds: `ANNE`.
const LOCK: i64 = 0x414E_4E45;
/// So many vectors of a model that serves no longer are forgotten in one transaction.
const N_FORGOTTEN: u64 = 2_000;

/// The turn while it is held: a transaction that does nothing but hold a lock, which the server takes back from whoever is gone.
struct Held(Mutex<Connection>);

impl Drop for Held {
    fn drop(&mut self) {
        let connection = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !connection.is_lost() {
            connection.roll_back();
        }
    }
}

impl Holding for Held {
    /// Asks the server, whose answer comes in the very transaction that has the lock.
    fn is_held(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).batch("SELECT 1").is_ok()
    }
}

impl VectorStore for PostgresStore {
    fn can_compare(&self) -> Result<bool, Error> {
        self.pool().read(|connection| Ok(connection.one(sql::CAN_COMPARE, &[])?.try_get(0)?))
    }

    fn turn(&self) -> Result<Option<Turn>, Error> {
        let connection = self.pool().take()?;
        let lock = || {
            connection.begin(Begin::Write, Reach::Nothing);
            connection.wait_for_ever();
            Ok::<bool, Trouble>(connection.one(sql::LOCK_EMBEDDING, &[&LOCK])?.try_get(0)?)
        };
        let locked = lock();
        if !matches!(locked, Ok(true)) {
            connection.roll_back();
        }
        let is_held = locked.map_err(|error| error.of(self.address()))?;
        Ok(if is_held { Some(Box::new(Held(Mutex::new(connection)))) } else { None })
    }

    fn model(&self, model: &Model) -> Result<ModelId, Error> {
        let dimension = stored(model.dimension as u64);
        let known = |connection: &Connection| {
            let row = connection.first(sql::MODEL, &[&model.name, &dimension])?;
            row.map(|row| Ok::<_, Trouble>(ModelId(row.try_get(0)?))).transpose()
        };
        if let Some(id) = self.pool().read(known)? {
            return Ok(id);
        }
        self.transaction(|writing| {
            let name = || -> Result<Ending<ModelId>, Trouble> {
                if let Some(id) = known(writing.connection)? {
                    return Ok(Ending::Nothing(id));
                }
                let row = writing.connection.one(sql::NAME_MODEL, &[&model.name, &dimension])?;
                let id = row.try_get(0)?;
                writing.connection.rows(sql::INDEX_VECTORS, &[&id, &dimension])?;
                Ok(Ending::Commit(ModelId(id)))
            };
            name().map_err(|error| writing.failed(error))
        })
    }

    fn serving(&self) -> Result<Option<Model>, Error> {
        self.pool().read(|connection| {
            let Some(row) = connection.first(sql::SERVING, &[])? else { return Ok(None) };
            let dimension = usize::try_from(counted(&row, 2)?).unwrap_or(usize::MAX);
            Ok(Some(Model { name: row.try_get(1)?, dimension }))
        })
    }

    fn serve(&self, model: ModelId) -> Result<(), Error> {
        self.transaction(|writing| {
            let n_named = execute(writing, sql::SERVE, &[&model.0])?;
            Ok(if n_named == 0 { Ending::Nothing(()) } else { Ending::Commit(()) })
        })
    }

    fn forget_others(&self, model: ModelId) -> Result<bool, Error> {
        let has_others: bool = self
            .pool()
            .read_in(Reach::All, |connection| Ok(connection.one(sql::HAS_OTHER_VECTORS, &[&model.0])?.try_get(0)?))?;
        if !has_others {
            return Ok(false);
        }
        self.transaction(|writing| {
            let n_forgotten = execute(writing, sql::FORGET_VECTORS, &[&model.0, &stored(N_FORGOTTEN)])?;
            Ok(if n_forgotten == 0 { Ending::Nothing(false) } else { Ending::Commit(true) })
        })
    }

    fn waiting(
        &self,
        model: ModelId,
        space: Option<&str>,
        limit: usize,
        without: &[i64],
    ) -> Result<Vec<Waiting>, Error> {
        self.pool().read_in(space.map_or(Reach::All, Reach::Space), |connection| {
            let limit = stored(limit as u64);
            let places = connection.rows(sql::WAITING, &[&model.0, &limit, &space, &without.to_vec()])?;
            let places: Vec<Place> = places
                .iter()
                .map(|row| Ok::<_, Trouble>(Place { n: row.try_get(0)?, generation: row.try_get(1)? }))
                .collect::<Result<_, _>>()?;
            let numbers: Vec<i64> = places.iter().map(|place| place.n).collect();
            let mut entries = HashMap::new();
            for row in connection.rows(sql::BY_NUMBERS, &[&numbers])? {
                let stored = row::read(&row)?;
                entries.insert(stored.n, stored.entry);
            }
            let mut known = digests(connection, model, &numbers)?;
            let waiting = places.into_iter().filter_map(|place| {
                let known = known.remove(&place.n).unwrap_or_default();
                Some(Waiting { place, entry: entries.remove(&place.n)?, known })
            });
            Ok(waiting.collect())
        })
    }

    fn embed(&self, model: ModelId, embedded: Vec<Embedded>) -> Result<u64, Error> {
        self.transaction(|writing| {
            let n_taken = put(writing, model, &embedded)?;
            Ok(if n_taken == 0 { Ending::Nothing(0) } else { Ending::Commit(n_taken) })
        })
    }

    fn backlog_of(&self, model: ModelId, space: Option<&str>) -> Result<Backlog, Error> {
        self.pool().read_in(space.map_or(Reach::All, Reach::Space), |connection| {
            let row = connection.one(sql::COUNT_WAITING, &[&model.0, &space])?;
            Ok(Backlog { n_waiting: counted(&row, 0)?, n_refused: counted(&row, 1)? })
        })
    }

    fn retry(&self, space: &str) -> Result<u64, Error> {
        self.transaction(|writing| {
            let mut n_again = 0;
            for statement in [sql::RETRY_REFUSED, sql::EMBED_MISSING] {
                n_again += execute(writing, statement, &[&space])?;
            }
            Ok(if n_again == 0 { Ending::Nothing(0) } else { Ending::Commit(n_again) })
        })
    }
}

fn execute(writing: &Writing<'_>, statement: &'static str, values: &[&dyn Parameter]) -> Result<u64, Error> {
    writing.connection.execute(statement, values).map_err(|error| writing.failed(error))
}

/// Puts the vectors of all entries that were not changed since they were given out, and answers how many there were.
fn put(writing: &Writing<'_>, model: ModelId, embedded: &[Embedded]) -> Result<u64, Error> {
    let connection = writing.connection;
    let failed = |error: Trouble| writing.failed(error);
    let mark = || -> Result<HashMap<i64, String>, Trouble> {
        let numbers: Vec<i64> = embedded.iter().map(|embedded| embedded.place.n).collect();
        let refused: Vec<bool> = embedded.iter().map(|embedded| embedded.is_refused).collect();
        let generations: Vec<i64> = embedded.iter().map(|embedded| embedded.place.generation).collect();
        let rows = connection.rows(sql::EMBEDDED, &[&model.0, &numbers, &refused, &generations])?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    };
    let mut spaces = mark().map_err(failed)?;
    let n_taken = spaces.len() as u64;
    let taken: Vec<i64> = spaces.keys().copied().collect();
    let kept = digests(connection, model, &taken).map_err(failed)?;
    let mut new = Vectors::default();
    for embedded in embedded {
        let n = embedded.place.n;
        let Some(space) = spaces.remove(&n) else { continue };
        let kept = kept.get(&n).map(Vec::as_slice).unwrap_or_default();
        if !kept.iter().eq(embedded.passages.iter().map(|passage| &passage.digest)) {
            new.entries.push((n, space, &embedded.passages));
        }
    }
    new.write(connection, model).map_err(failed)?;
    Ok(n_taken)
}

/// What the passages of entries are known by, in their order.
fn digests(connection: &Connection, model: ModelId, numbers: &[i64]) -> Result<HashMap<i64, Vec<[u8; 32]>>, Trouble> {
    let mut known: HashMap<i64, Vec<[u8; 32]>> = HashMap::new();
    for row in connection.rows(sql::PASSAGES, &[&model.0, &numbers.to_vec()])? {
        known.entry(row.try_get(0)?).or_default().push(bytes(&row, 1)?);
    }
    Ok(known)
}

/// Vectors by entry and passage.
type Known = HashMap<(i64, [u8; 32]), Vec<f32>>;

/// The passages of entries, each in its space, that take the place of those that are there.
#[derive(Default)]
struct Vectors<'a> {
    entries: Vec<(i64, String, &'a [Passage])>,
}

impl Vectors<'_> {
    fn write(&self, connection: &Connection, model: ModelId) -> Result<(), Trouble> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let numbers: Vec<i64> = self.entries.iter().map(|(n, ..)| *n).collect();
        let known = self.known(connection, model, &numbers)?;
        connection.execute(sql::CUT_VECTORS, &[&model.0, &numbers])?;
        let (mut of, mut nths, mut spaces, mut digests) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut all, mut firsts, mut lasts) = (Vec::new(), Vec::new(), Vec::new());
        for (n, space, passages) in &self.entries {
            for (nth, passage) in (0_i64..).zip(*passages) {
                let known = || known.get(&(*n, passage.digest));
                let Some(vector) = passage.vector.as_ref().or_else(known) else {
                    let problem = "a passage has neither a vector here nor there";
                    return Err(Error::new(ErrorKind::Invalid, problem).into());
                };
                of.push(*n);
                nths.push(nth);
                spaces.push(space.as_str());
                digests.push(&passage.digest[..]);
                firsts.push(stored(all.len() as u64 + 1));
                all.extend_from_slice(vector);
                lasts.push(stored(all.len() as u64));
            }
        }
        if !of.is_empty() {
            connection.execute(sql::PUT_VECTORS, &[&model.0, &of, &nths, &spaces, &digests, &all, &firsts, &lasts])?;
        }
        Ok(())
    }

    /// The vectors that are there and were not made again.
    fn known(&self, connection: &Connection, model: ModelId, numbers: &Vec<i64>) -> Result<Known, Trouble> {
        let is_new = |passage: &Passage| passage.vector.is_some();
        if self.entries.iter().all(|(.., passages)| passages.iter().all(is_new)) {
            return Ok(HashMap::new());
        }
        let rows = connection.rows(sql::VECTORS_OF_ENTRIES, &[&model.0, numbers])?;
        rows.iter().map(|row| Ok(((row.try_get(0)?, bytes(row, 1)?), row.try_get(2)?))).collect()
    }
}
