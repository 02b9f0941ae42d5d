//! Writing rows inside one transaction: numbers, times, salts and marks.
//!
//! Rows are gathered and go to the database together, at the end or when something has to be read that depends on them; so a batch is a few statements, however many events it has. What follows
//! them, their leaves and the tables of what is open, goes with them: a row without its leaf, or a leaf without its row, cannot be committed.

use std::collections::hash_map::{Entry, HashMap};

use annals_event::{Encoded, Event, EventId, LeafRow, ProducerId, Salt, Stamp, StoredEvent, Timestamp};
use annals_store::Error;
use annals_store::backend::{self, Author, EndingSessions, Kept, Tree, decode, hash_leaf};
use tokio_postgres::Row;

use crate::awareness;
use crate::connection::{Bundle, Connection, Parameter};
use crate::following;
use crate::row::{counts, stored};
use crate::rows::{Gathered, Place};
use crate::standing::State;
use crate::writer::{Ending, Known, Writing, no_randomness, random};
use crate::{read, sql, tree, writer};

/// Rows that wait together are at most so many bytes.
const MAX_GATHERED: usize = 4 * 1024 * 1024;
/// The marks of so many who wrote last are asked for before anybody knows who writes next.
const MAX_PRODUCERS: usize = 16;

/// The log, open for writing in one transaction.
pub(crate) struct Ledger<'w, 'c> {
    writing: &'w mut Writing<'c>,
    next_seq: u64,
    recorded_at: Timestamp,
    marks: HashMap<ProducerId, Kept>,
    /// Marks that were read with the lock.
    known: HashMap<ProducerId, Option<Row>>,
    /// The tree of all rows that were written.
    tree: Tree,
    /// Rows that were not written yet.
    gathered: Gathered,
    /// Whether there is anything to make durable.
    is_changed: bool,
    pub(crate) ending: EndingSessions,
}

impl<'w, 'c> Ledger<'w, 'c> {
    /// Reads where the log ends.
    pub(crate) fn open(writing: &'w mut Writing<'c>) -> Result<Self, Error> {
        let connection = writing.connection;
        let (state, edge, known) = match writing.known.take() {
            Some(Known { state, edge, marks }) => (State::of(&state), edge, marks),
            None => (State::read(connection), None, HashMap::new()),
        };
        let state = state.map_err(|error| writing.failed(error))?;
        writing.address.check_name(state.log, writing.log)?;
        state.check_rows(writing.address)?;
        let n_rows = state.n_rows;
        let as_left = writing.scratch.tree.take().filter(|tree| tree.size() == n_rows);
        let tree = as_left.map_or_else(
            || {
                let edge = edge.map_or_else(|| connection.rows(sql::EDGE, &[]), Ok)?;
                tree::open(connection, n_rows, &edge)
            },
            Ok,
        );
        let tree = tree.map_err(|error| writing.failed(error))?;
        Ok(Self {
            next_seq: n_rows,
            recorded_at: state.recorded_at.map_or(writing.now, |newest| newest.max(writing.now)),
            writing,
            marks: HashMap::new(),
            known,
            tree,
            gathered: Gathered::default(),
            is_changed: false,
            ending: EndingSessions::default(),
        })
    }

    /// The connection, with all rows so far written to it.
    pub(crate) fn connection(&mut self) -> Result<&'c Connection, Error> {
        self.write()?;
        Ok(self.writing.connection)
    }

    /// What the transaction is about.
    pub(crate) fn writing(&self) -> &Writing<'c> {
        self.writing
    }

    /// Writes what is left, the tree and the marks, and commits, if there is anything to commit; a mark may move without a row. Nothing is written behind it.
    pub(crate) fn finish(mut self) -> Result<Ending<()>, Error> {
        let gathered = std::mem::take(&mut self.gathered);
        let (events, mut bundle) = (gathered.events()?, Bundle::default());
        self.push(&events, &mut bundle)?;
        tree::store(&mut self.tree, &mut bundle).map_err(|error| self.writing.failed(error))?;
        let mut is_changed = self.is_changed;
        for (producer, kept) in self.marks.iter().filter(|(_, kept)| kept.moved) {
            let (next_pseq, n_shed) = (stored(kept.mark.next_pseq), stored(kept.mark.n_shed));
            let producer = producer.as_bytes().to_vec();
            bundle.push(
                sql::MOVE_MARK,
                vec![
                    Box::new(producer),
                    Box::new(next_pseq),
                    Box::new(n_shed),
                    Box::new(kept.credential.as_deref().map(str::to_owned)),
                ],
            );
            is_changed = true;
        }
        if !is_changed {
            self.writing.scratch.tree = Some(self.tree);
            return Ok(Ending::Nothing(()));
        }
        let connection = self.writing.connection;
        writer::commit(connection, self.writing.scratch, bundle).map_err(|error| self.writing.failed(error))?;
        self.writing.scratch.producers = self.marks.keys().take(MAX_PRODUCERS).copied().collect();
        self.writing.scratch.tree = Some(self.tree);
        Ok(Ending::Commit(()))
    }

    /// Writes the rows that were gathered, and what follows from them.
    fn write(&mut self) -> Result<(), Error> {
        let gathered = std::mem::take(&mut self.gathered);
        let (events, mut bundle) = (gathered.events()?, Bundle::default());
        self.push(&events, &mut bundle)?;
        bundle.carry_out(self.writing.connection).map_err(|error| self.writing.failed(error))
    }

    /// Appends the leaves of some rows, and adds what writes the rows and what follows from them.
    fn push<'a>(&mut self, events: &'a [(Encoded<'a>, Place)], bundle: &mut Bundle<'a>) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        self.writing.scratch.has_rows = true;
        for (event, place) in events {
            let row = LeafRow::of_encoded(event, self.recorded_at, place.producer, place.pseq);
            let leaf = hash_leaf(row, &place.salt, &mut self.writing.scratch.leaf);
            self.tree.append(leaf).map_err(|error| self.writing.failed(error))?;
        }
        let (connection, at) = (self.writing.connection, self.recorded_at);
        crate::rows::insert(events, at, bundle);
        awareness::follow(connection, events, at, bundle);
        following::follow(connection, events, at, bundle).map_err(|error| self.writing.failed(error))
    }

    fn forget(&mut self, statement: &'static str, seq: u64) -> Result<(), Error> {
        let forgotten = self.connection()?.execute(statement, &[&vec![stored(seq)]]);
        forgotten.map(drop).map_err(|error| self.writing.failed(error))
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
                let used = match self.known.remove(&producer) {
                    Some(row) => row.as_ref().map_or_else(|| Ok(<_>::default()), read::mark),
                    None => read::used(self.writing.connection, producer),
                };
                let (mark, credential) = used.map_err(|error| self.writing.failed(error))?;
                Ok(unknown.insert(Kept { mark, moved: false, credential }))
            }
        }
    }

    fn put(&mut self, event: &Encoded<'_>, pseq: u64, author: Author<'_>) -> Result<u64, Error> {
        let seq = self.next_seq;
        let mut salt = Salt::default();
        getrandom::fill(&mut salt).map_err(no_randomness)?;
        let owner = author.owner.filter(|_| event.begun()).copied();
        let place = Place { seq, producer: author.producer, pseq, salt, owner };
        match author.payload {
            Some(payload) => self.gathered.push(payload, place),
            None => self.gathered.push(&self.writing.scratch.payload, place),
        }
        self.next_seq += 1;
        self.is_changed = true;
        if self.gathered.n_bytes() > MAX_GATHERED {
            self.write()?;
        }
        Ok(seq)
    }

    fn put_own(&mut self, event: &Event, space: &str, credential: &str) -> Result<u64, Error> {
        let created_at = self.writing.now;
        let stamp = Stamp { id: EventId::v7(created_at, random()?), created_at, space, credential, begun: false };
        let mut payload = std::mem::take(&mut self.writing.scratch.payload);
        payload.clear();
        annals_event::encode_own(event, &stamp, &mut payload);
        let written =
            decode(&payload).and_then(|event| backend::Ledger::put_next_own(self, &event, Some(&payload), None));
        self.writing.scratch.payload = payload;
        written
    }

    fn by_seq(&mut self, seq: u64) -> Result<Option<StoredEvent>, Error> {
        read::by_seq(self.connection()?, seq).map_err(|error| self.writing.failed(error))
    }

    fn operations_of(&mut self, space: &str, session: &str, before: u64, limit: usize) -> Result<Vec<u64>, Error> {
        following::operations_of(self.connection()?, space, session, before, limit)
            .map_err(|error| self.writing.failed(error))
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

/// The numbers that a statement answers.
pub(crate) fn seqs(
    connection: &Connection,
    statement: &'static str,
    parameters: &[&dyn Parameter],
) -> Result<Vec<u64>, crate::failure::Trouble> {
    counts(&connection.rows(statement, parameters)?, 0)
}
