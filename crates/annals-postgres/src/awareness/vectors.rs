//! Keeping vectors, and who waits for some.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use annals_store::awareness::vectors::{Backlog, Embedded, Holding, Model, ModelId, Place, Turn, VectorStore, Waiting};
use annals_store::{Error, ErrorKind};

use super::{row, sql};
use crate::connection::{Begin, Connection, Reach};
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
    fn turn(&self) -> Result<Option<Turn>, Error> {
        let connection = self.pool().take()?;
        let lock = || {
            connection.begin(Begin::Write, Reach::Nothing)?;
            connection.wait_for_ever()?;
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
            let mut known: HashMap<i64, Vec<[u8; 32]>> = HashMap::new();
            for row in connection.rows(sql::PASSAGES, &[&model.0, &numbers])? {
                known.entry(row.try_get(0)?).or_default().push(bytes(&row, 1)?);
            }
            let waiting = places.into_iter().filter_map(|place| {
                let known = known.remove(&place.n).unwrap_or_default();
                Some(Waiting { place, entry: entries.remove(&place.n)?, known })
            });
            Ok(waiting.collect())
        })
    }

    fn embed(&self, model: ModelId, embedded: Vec<Embedded>) -> Result<u64, Error> {
        self.transaction(|writing| {
            let mut n_taken = 0;
            for embedded in &embedded {
                n_taken += u64::from(put(writing, model, embedded)?);
            }
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

fn execute(writing: &Writing<'_>, statement: &str, values: &[&dyn crate::connection::Parameter]) -> Result<u64, Error> {
    writing.connection.execute(statement, values).map_err(|error| writing.failed(error))
}

/// Puts an entry's vectors, unless it was changed since it was given out.
fn put(writing: &Writing<'_>, model: ModelId, embedded: &Embedded) -> Result<bool, Error> {
    let (connection, n) = (writing.connection, embedded.place.n);
    let failed = |error: Trouble| writing.failed(error);
    let values: [&dyn crate::connection::Parameter; 4] =
        [&model.0, &embedded.is_refused, &n, &embedded.place.generation];
    let Some(marked) = connection.first(sql::EMBEDDED, &values).map_err(failed)? else { return Ok(false) };
    let space: String = marked.try_get(0).map_err(|error| writing.failed(error))?;
    let read = || {
        let rows = connection.rows(sql::VECTORS_OF_ENTRY, &[&n, &model.0])?;
        rows.iter().map(|row| Ok::<_, Trouble>((bytes(row, 0)?, row.try_get(1)?))).collect::<Result<Vec<_>, _>>()
    };
    let kept: Vec<([u8; 32], Vec<f32>)> = read().map_err(failed)?;
    let is_same = kept.len() == embedded.passages.len()
        && kept.iter().zip(&embedded.passages).all(|(kept, passage)| kept.0 == passage.digest);
    if is_same {
        return Ok(true);
    }
    execute(writing, sql::CUT_VECTORS, &[&n, &model.0])?;
    for (nth, passage) in (0_i64..).zip(&embedded.passages) {
        let known = || kept.iter().find(|kept| kept.0 == passage.digest).map(|kept| kept.1.clone());
        let Some(vector) = passage.vector.clone().or_else(known) else {
            return Err(Error::new(ErrorKind::Invalid, "a passage has neither a vector here nor there"));
        };
        execute(writing, sql::PUT_VECTOR, &[&n, &model.0, &nth, &space, &&passage.digest[..], &vector])?;
    }
    Ok(true)
}
