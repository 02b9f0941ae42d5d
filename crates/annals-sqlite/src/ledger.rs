//! Writing rows inside one transaction: numbers, times, salts and marks.
//!
//! The head and the marks are read here, under the lock, and written back once at the end. A row costs no allocation: its values are bound straight
//! from the encoded event to one prepared statement.
//! Each row's leaf goes into the tree here, in the same transaction: hashed in [`Ledger::put`] from the very values that were bound, stored in [`Ledger::finish`] before the
//! commit. So a row without its leaf, or a leaf without its row, cannot be committed.

use std::collections::hash_map::{Entry, HashMap};

use annals_event::{Encoded, Event, EventId, Phase, ProducerId, Stamp, StoredEvent, Timestamp};
use annals_store::backend::{self, Author, EndingSessions, Kept, Tree, decode};
use annals_store::{Error, ErrorKind};
use rusqlite::{CachedStatement, OptionalExtension, params};

use crate::awareness;
use crate::failure;
use crate::growth::{Growth, Helper, Numbered};
use crate::operations;
use crate::row::{self, Place, Salt, counted, stored};
use crate::silence;
use crate::sql;
use crate::standing::State;
use crate::tree;
use crate::writer::{Ending, Writing};

/// How many salts are drawn when more rows come than were foreseen.
const SALTS_MORE: usize = 16;

/// The log, open for writing in one transaction.
pub(crate) struct Ledger<'w, 'c> {
    writing: &'w mut Writing<'c>,
    insert: CachedStatement<'c>,
    next_seq: u64,
    recorded_at: Timestamp,
    /// How many of the drawn salts were given out.
    n_salts: usize,
    marks: HashMap<ProducerId, Kept>,
    /// The tree of all rows so far.
    growth: Growth,
    /// Whether there is anything to make durable.
    is_changed: bool,
    pub(crate) ending: EndingSessions,
}

impl<'w, 'c> Ledger<'w, 'c> {
    /// Reads where the log ends. `n_rows` are foreseen.
    pub(crate) fn open(writing: &'w mut Writing<'c>, n_rows: usize) -> Result<Self, Error> {
        let newest = writing
            .connection
            .prepare_cached(sql::NEWEST)
            .and_then(|mut newest| newest.query_row([], |row| Ok((counted(row, 0)?, row.get::<_, i64>(1)?))).optional())
            .map_err(|error| writing.failed(error))?;
        let insert = writing.connection.prepare_cached(sql::INSERT_EVENT).map_err(|error| writing.failed(error))?;
        let (next_seq, recorded_at) = match newest {
            Some((seq, recorded_at)) => (seq + 1, writing.now.max(Timestamp::from_nanos(recorded_at))),
            None => (0, writing.now),
        };
        let tree = grown(writing, next_seq)?;
        draw_salts(writing, n_rows)?;
        Ok(Self {
            writing,
            insert,
            growth: tree.map_or(Growth::None, Growth::Here),
            next_seq,
            recorded_at,
            n_salts: 0,
            marks: HashMap::new(),
            is_changed: false,
            ending: EndingSessions::default(),
        })
    }

    /// Lets a helper hash the leaves.
    pub(crate) fn with_helper(mut self, helper: Option<Helper>) -> Self {
        self.growth = self.growth.with(helper);
        self
    }

    /// What the transaction is about.
    pub(crate) fn writing(&self) -> &Writing<'c> {
        self.writing
    }

    /// Writes the marks back, and answers whether there is anything to commit; a mark may move without a row.
    pub(crate) fn finish(self) -> Result<Ending<()>, Error> {
        // Before the marks: the schema lets none move over rows without leaves.
        if let Some(mut tree) = self.growth.finish().map_err(|error| self.writing.failed(error))? {
            tree::store(&mut tree, self.writing.connection).map_err(|error| self.writing.failed(error))?;
            // It is read anew should the commit fail.
            self.writing.scratch.tree = Some(tree);
        }
        let mut is_changed = self.is_changed;
        let mut statement = None;
        for (producer, kept) in self.marks.iter().filter(|(_, kept)| kept.moved) {
            let statement = match &mut statement {
                Some(statement) => statement,
                empty => {
                    let prepared = self.writing.connection.prepare_cached(sql::MOVE_MARK);
                    empty.insert(prepared.map_err(|error| self.writing.failed(error))?)
                }
            };
            statement
                .execute(params![
                    &producer.as_bytes()[..],
                    stored(kept.mark.next_pseq),
                    stored(kept.mark.n_shed),
                    kept.credential
                ])
                .map_err(|error| self.writing.failed(error))?;
            is_changed = true;
        }
        Ok(if is_changed { Ending::Commit(()) } else { Ending::Nothing(()) })
    }

    fn forget(&self, statement: &str, seq: u64) -> Result<(), Error> {
        let forgotten = self.writing.connection.prepare_cached(statement).and_then(|mut it| it.execute([stored(seq)]));
        forgotten.map(drop).map_err(|error| self.writing.failed(error))
    }

    fn salt(&mut self) -> Result<Salt, Error> {
        let start = self.n_salts * size_of::<Salt>();
        if self.writing.scratch.salts.len() <= start {
            draw_salts(self.writing, SALTS_MORE)?;
            self.n_salts = 0;
            return self.salt();
        }
        self.n_salts += 1;
        let mut salt = Salt::default();
        salt.copy_from_slice(&self.writing.scratch.salts[start..start + size_of::<Salt>()]);
        Ok(salt)
    }
}

impl backend::Ledger for Ledger<'_, '_> {
    fn own_producer(&self) -> ProducerId {
        *self.writing.own_producer
    }

    fn kept(&mut self, producer: ProducerId) -> Result<&mut Kept, Error> {
        match self.marks.entry(producer) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let (mark, credential) =
                    crate::read::used(self.writing.connection, producer).map_err(|error| self.writing.failed(error))?;
                Ok(unknown.insert(Kept { mark, moved: false, credential }))
            }
        }
    }

    fn put(&mut self, event: &Encoded<'_>, pseq: u64, author: Author<'_>) -> Result<u64, Error> {
        let seq = self.next_seq;
        let salt = self.salt()?;
        let place = Place { seq, recorded_at: self.recorded_at, producer: &author.producer, pseq, salt: &salt };
        row::insert(&mut self.insert, event, &place)
            .map_err(|error| failure::row(error).unwrap_or_else(|error| self.writing.failed(error)))?;
        let numbered = Numbered { recorded_at: self.recorded_at, producer: author.producer, pseq, salt };
        self.growth
            .append(event, author.payload, &numbered, &mut self.writing.scratch.leaf)
            .map_err(|error| self.writing.failed(error))?;
        match event.phase() {
            Phase::Intent => {
                let owner = author.owner.filter(|_| event.begun());
                operations::open(self.writing.connection, event, seq, owner, self.recorded_at)
            }
            Phase::Outcome => operations::end(self.writing.connection, event),
            _ => Ok(()),
        }
        .and_then(|()| silence::follow(self.writing.connection, event, seq, self.recorded_at))
        .and_then(|()| awareness::follow(self.writing.connection, event, seq, self.recorded_at))
        .map_err(|error| self.writing.failed(error))?;
        self.next_seq += 1;
        self.is_changed = true;
        Ok(seq)
    }

    fn put_own(&mut self, event: &Event, space: &str, credential: &str) -> Result<u64, Error> {
        let random = getrandom::u64().map_err(no_randomness)?;
        let created_at = self.writing.now;
        let stamp = Stamp { id: EventId::v7(created_at, random), created_at, space, credential, begun: false };
        let mut payload = std::mem::take(&mut self.writing.scratch.payload);
        payload.clear();
        annals_event::encode_own(event, &stamp, &mut payload);
        let written = decode(&payload).and_then(|event| backend::Ledger::put_next_own(self, &event, None, None));
        self.writing.scratch.payload = payload;
        written
    }

    fn by_seq(&mut self, seq: u64) -> Result<Option<StoredEvent>, Error> {
        crate::read::by_seq(self.writing.connection, seq).map_err(|error| self.writing.failed(error))
    }

    fn operations_of(&mut self, space: &str, session: &str, before: u64, limit: usize) -> Result<Vec<u64>, Error> {
        operations::of_session(self.writing, space, session, before, limit).map_err(|error| self.writing.failed(error))
    }

    fn forget_operation(&mut self, seq: u64) -> Result<(), Error> {
        self.forget(sql::FORGET_OPERATION, seq)
    }

    fn forget_session(&mut self, seq: u64) -> Result<(), Error> {
        self.forget(sql::FORGET_SESSION, seq)
    }

    fn ending(&mut self) -> &mut EndingSessions {
        &mut self.ending
    }
}

/// The tree as it stands, which is the one that the last transaction left unless another process came between.
fn grown(writing: &mut Writing<'_>, n_rows: u64) -> Result<Option<Tree>, Error> {
    if !writing.keeps_tree {
        return Ok(None);
    }
    let kept = writing.scratch.tree.take();
    let version: i64 = writing
        .connection
        .prepare_cached("PRAGMA data_version")
        .and_then(|mut version| version.query_row([], |row| row.get(0)))
        .map_err(|error| writing.failed(error))?;
    let is_mine = std::mem::replace(&mut writing.scratch.data_version, version) == version;
    if let Some(tree) = kept.filter(|tree| is_mine && tree.size() == n_rows) {
        return Ok(Some(tree));
    }
    let state = State::read(writing.connection).map_err(|error| writing.failed(error))?;
    writing.location.check_name(state.log, writing.log)?;
    state.check_rows(n_rows, writing.location)?;
    tree::open(writing.connection, n_rows).map(Some).map_err(|error| writing.failed(error))
}

/// One call for all the randomness of a batch.
fn draw_salts(writing: &mut Writing<'_>, n_rows: usize) -> Result<(), Error> {
    writing.scratch.salts.resize(n_rows * size_of::<Salt>(), 0);
    getrandom::fill(&mut writing.scratch.salts).map_err(no_randomness)
}

fn no_randomness(error: getrandom::Error) -> Error {
    Error::with_source(ErrorKind::Io, format!("the system gives no randomness: {error}"), error)
}
