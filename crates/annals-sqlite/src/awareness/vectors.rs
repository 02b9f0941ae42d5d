//! Keeping vectors, and who waits for some.

use std::fs::{File, TryLockError};

use annals_store::awareness::vectors::{Backlog, Embedded, Holding, Model, ModelId, Place, Turn, VectorStore, Waiting};
use annals_store::{Error, ErrorKind};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::nearest::{dimension, packed};
use super::{row, sql};
use crate::failure;
use crate::row::{counted, stored};
use crate::store::SqliteStore;
use crate::writer::{Ending, Writing};

/// So many vectors of a model that serves no longer are forgotten in one transaction.
const N_FORGOTTEN: u64 = 2_000;

/// The turn while it is held.
struct Held(#[expect(dead_code, reason = "it is held, and that is all")] File);

impl Holding for Held {
    /// Nothing but its own end takes a file's lock from a process.
    fn is_held(&self) -> bool {
        true
    }
}

impl VectorStore for SqliteStore {
    /// A lock on a file beside the database, which the system takes back from a process that ends.
    fn turn(&self) -> Result<Option<Turn>, Error> {
        let path = &self.location().embedding;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| failure::file(path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(Held(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            // A file system without locks: two may embed the same, and the second changes nothing.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                Ok(Some(Box::new(Held(file))))
            }
            Err(TryLockError::Error(error)) => Err(failure::file(path, error)),
        }
    }

    fn model(&self, model: &Model) -> Result<ModelId, Error> {
        let known = |connection: &Connection| {
            connection
                .prepare_cached(sql::MODEL)?
                .query_row(params![model.name, stored(model.dimension as u64)], |row| row.get(0))
                .optional()
        };
        if let Some(id) = self.readers().read(known)? {
            return Ok(ModelId(id));
        }
        self.writing(|writing| {
            let failed = |error| writing.failed(error);
            if let Some(id) = known(writing.connection).map_err(failed)? {
                return Ok(Ending::Nothing(ModelId(id)));
            }
            let values = params![model.name, stored(model.dimension as u64)];
            let id = writing.connection.query_row(sql::NAME_MODEL, values, |row| row.get(0)).map_err(failed)?;
            Ok(Ending::Commit(ModelId(id)))
        })
    }

    fn serving(&self) -> Result<Option<Model>, Error> {
        self.readers().read(|connection| {
            connection
                .prepare_cached(sql::SERVING)?
                .query_row([], |row| Ok(Model { name: row.get(1)?, dimension: dimension(row, 2)? }))
                .optional()
        })
    }

    fn serve(&self, model: ModelId) -> Result<(), Error> {
        self.writing(|writing| {
            let n_named = writing.connection.execute(sql::SERVE, [model.0]).map_err(|error| writing.failed(error))?;
            Ok(if n_named == 0 { Ending::Nothing(()) } else { Ending::Commit(()) })
        })
    }

    fn forget_others(&self, model: ModelId) -> Result<bool, Error> {
        let has_others =
            |connection: &Connection| connection.prepare_cached(sql::HAS_OTHER_VECTORS)?.exists([model.0, model.0]);
        if !self.readers().read(has_others)? {
            return Ok(false);
        }
        self.writing(|writing| {
            let values = params![model.0, stored(N_FORGOTTEN)];
            let forgotten = writing.connection.execute(sql::FORGET_VECTORS, values);
            let n_forgotten = forgotten.map_err(|error| writing.failed(error))?;
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
        self.readers().read(|connection| {
            let mut waiting = Vec::new();
            let mut entry = connection.prepare_cached(sql::BY_NUMBER)?;
            for statement in [sql::WAITING_CHANGED, sql::WAITING_OLDER, sql::WAITING_OTHER] {
                let most = stored((limit + without.len()) as u64);
                let places: Vec<(i64, i64)> = connection
                    .prepare_cached(statement)?
                    .query_map(params![model.0, most, space], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<rusqlite::Result<_>>()?;
                for (n, generation) in places.into_iter().filter(|(n, _)| !without.contains(n)) {
                    if waiting.len() == limit {
                        return Ok(waiting);
                    }
                    let known = connection
                        .prepare_cached(sql::PASSAGES_OF_ENTRY)?
                        .query_map([n, model.0], |row| row.get(0))?
                        .collect::<rusqlite::Result<_>>()?;
                    let entry = entry.query_row([n], row::entry)?;
                    waiting.push(Waiting { place: Place { n, generation }, entry, known });
                }
            }
            Ok(waiting)
        })
    }

    fn embed(&self, model: ModelId, embedded: Vec<Embedded>) -> Result<u64, Error> {
        self.writing(|writing| {
            let mut n_taken = 0;
            for embedded in &embedded {
                n_taken += u64::from(put(writing, model, embedded)?);
            }
            Ok(if n_taken == 0 { Ending::Nothing(0) } else { Ending::Commit(n_taken) })
        })
    }

    fn backlog_of(&self, model: ModelId, space: Option<&str>) -> Result<Backlog, Error> {
        let of_row = |row: &Row<'_>| Ok(Backlog { n_waiting: counted(row, 0)?, n_refused: counted(row, 1)? });
        self.readers().read(|connection| match space {
            Some(space) => {
                connection.prepare_cached(sql::COUNT_WAITING_OF_SPACE)?.query_row(params![model.0, space], of_row)
            }
            None => connection.prepare_cached(sql::COUNT_WAITING)?.query_row([model.0], of_row),
        })
    }

    fn retry(&self, space: &str) -> Result<u64, Error> {
        self.writing(|writing| {
            let failed = |error| writing.failed(error);
            let mut n_again = 0;
            for statement in [sql::RETRY_REFUSED, sql::EMBED_MISSING] {
                n_again += writing.connection.execute(statement, [space]).map_err(failed)? as u64;
            }
            Ok(if n_again == 0 { Ending::Nothing(0) } else { Ending::Commit(n_again) })
        })
    }
}

impl SqliteStore {
    /// Some work of its own, beside the changes of entries.
    fn writing<T>(&self, work: impl FnOnce(&mut Writing<'_>) -> Result<Ending<T>, Error>) -> Result<T, Error> {
        self.writer()?.transaction(work)
    }
}

/// Puts an entry's vectors, unless it was changed since it was given out.
fn put(writing: &Writing<'_>, model: ModelId, embedded: &Embedded) -> Result<bool, Error> {
    let (connection, n) = (writing.connection, embedded.place.n);
    let failed = |error| writing.failed(error);
    let values = params![model.0, embedded.is_refused, n, embedded.place.generation];
    if connection.prepare_cached(sql::EMBEDDED).and_then(|mut mark| mark.execute(values)).map_err(failed)? == 0 {
        return Ok(false);
    }
    let mut kept: Vec<([u8; 32], Vec<u8>)> = connection
        .prepare_cached(sql::VECTORS_OF_ENTRY)
        .and_then(|mut kept| kept.query_map([n, model.0], |row| Ok((row.get(1)?, row.get(2)?)))?.collect())
        .map_err(failed)?;
    let is_same = kept.len() == embedded.passages.len()
        && kept.iter().zip(&embedded.passages).all(|(kept, passage)| kept.0 == passage.digest);
    if is_same {
        return Ok(true);
    }
    connection
        .prepare_cached(sql::CUT_VECTORS_OF_MODEL)
        .and_then(|mut cut| cut.execute([n, model.0]))
        .map_err(failed)?;
    let space: i64 = connection
        .prepare_cached(sql::SPACE_OF_ENTRY)
        .and_then(|mut space| space.query_row([n], |row| row.get(0)))
        .map_err(failed)?;
    for (nth, passage) in (0_i64..).zip(&embedded.passages) {
        let vector = match &passage.vector {
            Some(vector) => packed(vector),
            None => match kept.iter().position(|kept| kept.0 == passage.digest) {
                Some(at) => kept[at].1.clone(),
                None => return Err(Error::new(ErrorKind::Invalid, "a passage has neither a vector here nor there")),
            },
        };
        connection
            .prepare_cached(sql::PUT_VECTOR)
            .and_then(|mut put| put.execute(params![space, model.0, n, nth, &passage.digest[..], vector]))
            .map_err(failed)?;
    }
    kept.clear();
    Ok(true)
}
