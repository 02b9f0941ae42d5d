//! Emptying rows, and what other tables repeat of them, inside one transaction, some hundred rows at a time.

use std::collections::BTreeSet;

use annals_event::{EventId, GroupKey, LeafGroup, LeafRow, Salt, StoredEvent};
use annals_store::backend::{Effect, unbelievable};
use annals_store::{Error, is_kept_for_ever};

use crate::connection::Connection;
use crate::failure::Trouble;
use crate::row::{self, SALT, optional_bytes, stored};
use crate::sql;
use crate::writer::Writing;

/// How many rows are read at once.
const AT_ONCE: usize = 250;

/// Empties or deletes these rows, and answers their ids. Rows that are as they should be already are among them, so that journals are looked through for them too.
pub(super) fn empty(writing: &Writing<'_>, by: u64, effect: Effect, covered: &[u64]) -> Result<Vec<EventId>, Error> {
    let mut ids = Vec::with_capacity(covered.len());
    let mut producers = BTreeSet::<[u8; 16]>::new();
    for some in covered.chunks(AT_ONCE) {
        let rows = read(writing.connection, some).map_err(|error| writing.failed(error))?;
        if rows.iter().any(|(event, _)| is_kept_for_ever(&event.event_type)) {
            return Err(unbelievable(by, "covers a row that is never erased"));
        }
        let some = Emptying { connection: writing.connection, by: stored(by), rows: &rows };
        match effect {
            Effect::Deleted => some.delete(),
            Effect::Emptied => some.erase(),
            Effect::WithoutDetails => some.prune(),
        }
        .and_then(|()| some.execute(sql::FORGET_KEYED_BODY))
        .and_then(|()| crate::awareness::forget(writing.connection, &some.seqs()))
        .map_err(|error| writing.failed(error))?;
        if effect != Effect::WithoutDetails {
            producers.extend(rows.iter().map(|(event, _)| *event.producer.as_bytes()));
        }
        ids.extend(rows.iter().map(|(event, _)| event.id));
    }
    // Who first used a producer is known from its events; where one of them is erased, it is kept nowhere else.
    let producers: Vec<&[u8]> = producers.iter().map(|producer| &producer[..]).collect();
    let forgotten = writing.connection.execute(sql::FORGET_CREDENTIAL, &[&producers]);
    forgotten.map(|_| ids).map_err(|error| writing.failed(error))
}

fn read(connection: &Connection, seqs: &[u64]) -> Result<Vec<(StoredEvent, Option<Salt>)>, Trouble> {
    let seqs: Vec<i64> = seqs.iter().map(|seq| stored(*seq)).collect();
    let rows = connection.rows(sql::EVENTS_TO_EMPTY, &[&seqs])?;
    // Behind `event-columns.sql` comes the salt.
    rows.iter().map(|row| Ok((row::read(row)?, optional_bytes(row, SALT)?))).collect()
}

/// Some rows that go together.
struct Emptying<'a> {
    connection: &'a Connection,
    by: i64,
    rows: &'a [(StoredEvent, Option<Salt>)],
}

impl Emptying<'_> {
    fn seqs(&self) -> Vec<i64> {
        self.rows.iter().map(|(event, _)| stored(event.seq)).collect()
    }

    /// Carries out a statement about all of them.
    fn execute(&self, statement: &'static str) -> Result<(), Trouble> {
        self.connection.execute(statement, &[&self.seqs()]).map(drop)
    }

    fn delete(&self) -> Result<(), Trouble> {
        self.execute(sql::FORGET_SESSION)?;
        self.execute(sql::FORGET_OPERATION)?;
        self.execute(sql::DELETE_COMMITMENT)?;
        self.execute(sql::DELETE_ROW)
    }

    fn erase(&self) -> Result<(), Trouble> {
        self.keep(&[])?;
        let emptied = self.rows.iter().filter(|(_, salt)| salt.is_none());
        let emptied: Vec<i64> = emptied.map(|(event, _)| stored(event.seq)).collect();
        self.connection.execute(sql::DESTROY_KEYS, &[&emptied])?;
        // The name of the session stands in these tables too, as a digest that can be guessed; that of the operation is in the leaf in clear.
        self.execute(sql::FORGET_SESSION)?;
        self.execute(sql::FORGET_SESSION_OF_OPERATION)?;
        self.connection.execute(sql::ERASE_ROW, &[&self.seqs(), &self.by]).map(drop)
    }

    fn prune(&self) -> Result<(), Trouble> {
        self.keep(&[LeafGroup::Who, LeafGroup::Context])?;
        self.connection.execute(sql::PRUNE_DETAILS, &[&self.seqs(), &self.by]).map(drop)
    }

    /// Keeps the commitments of rows that have their salt still, and the keys of these groups. A row without its salt was emptied before, of as much or more.
    fn keep(&self, keys: &[LeafGroup]) -> Result<(), Trouble> {
        let mut scratch = Vec::new();
        let salted = self.rows.iter().filter_map(|(event, salt)| Some((event, (*salt)?)));
        let kept: Vec<_> = salted
            .map(|(event, salt)| (event.seq, salt, LeafRow::of_stored(event).commitments(&salt, &mut scratch)))
            .collect();
        if kept.is_empty() {
            return Ok(());
        }
        let seqs: Vec<i64> = kept.iter().map(|(seq, ..)| stored(*seq)).collect();
        let commitments = |group| -> Vec<Option<Vec<u8>>> {
            kept.iter().map(|(.., kept)| kept.get(group).map(|commitment| commitment.as_bytes().to_vec())).collect()
        };
        let group_keys = |group| -> Vec<Option<Vec<u8>>> {
            let key = |salt: &Salt| GroupKey::derive(salt, group).as_bytes().to_vec();
            let is_kept = keys.contains(&group);
            kept.iter().map(|(_, salt, kept)| kept.get(group).filter(|_| is_kept).map(|_| key(salt))).collect()
        };
        self.connection
            .execute(
                sql::KEEP_COMMITMENT,
                &[
                    &seqs,
                    &commitments(LeafGroup::Who),
                    &commitments(LeafGroup::Context),
                    &commitments(LeafGroup::Details),
                    &group_keys(LeafGroup::Who),
                    &group_keys(LeafGroup::Context),
                ],
            )
            .map(drop)
    }
}
