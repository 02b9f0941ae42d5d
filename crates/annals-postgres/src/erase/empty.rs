//! Emptying rows, and what other tables repeat of them, inside one transaction.

use std::collections::BTreeSet;

use annals_event::{Commitments, EventId, GroupKey, LeafGroup, LeafRow, ProducerId, Salt, StoredEvent};
use annals_store::backend::{Effect, unbelievable};
use annals_store::{Error, is_kept_for_ever};

use crate::connection::Parameter;
use crate::failure::Trouble;
use crate::row::{optional_bytes, stored};
use crate::sql;
use crate::writer::Writing;

/// Empties or deletes these rows, and answers their ids. Rows that are as they should be already are among them, so that journals are looked through for them too.
pub(super) fn empty(writing: &Writing<'_>, by: u64, effect: Effect, covered: &[u64]) -> Result<Vec<EventId>, Error> {
    let mut ids = Vec::with_capacity(covered.len());
    let mut producers = BTreeSet::<[u8; 16]>::new();
    let mut scratch = Vec::new();
    for seq in covered {
        let Some(event) = crate::read::by_seq(writing.connection, *seq).map_err(|error| writing.failed(error))? else {
            continue;
        };
        if is_kept_for_ever(&event.event_type) {
            return Err(unbelievable(by, "covers a row that is never erased"));
        }
        let row = Emptying { writing, seq: stored(*seq), by: stored(by), event: &event };
        match effect {
            Effect::Deleted => row.delete(),
            Effect::Emptied => row.erase(&mut scratch),
            Effect::WithoutDetails => row.prune(&mut scratch),
        }
        .and_then(|()| row.execute(sql::FORGET_KEYED_BODY, &[&row.seq]))
        .map_err(|error| writing.failed(error))?;
        if effect != Effect::WithoutDetails {
            producers.insert(*event.producer.as_bytes());
        }
        ids.push(event.id);
    }
    for producer in producers {
        forget_credential(writing, ProducerId::from_bytes(producer)).map_err(|error| writing.failed(error))?;
    }
    Ok(ids)
}

struct Emptying<'a, 'w> {
    writing: &'a Writing<'w>,
    seq: i64,
    by: i64,
    event: &'a StoredEvent,
}

impl Emptying<'_, '_> {
    fn execute(&self, statement: &str, values: &[&dyn Parameter]) -> Result<(), Trouble> {
        self.writing.connection.execute(statement, values).map(drop)
    }

    fn delete(&self) -> Result<(), Trouble> {
        self.execute(sql::FORGET_SESSION, &[&self.seq])?;
        self.execute(sql::FORGET_OPERATION, &[&self.seq])?;
        self.execute(sql::DELETE_COMMITMENT, &[&self.seq])?;
        self.execute(sql::DELETE_ROW, &[&self.seq])
    }

    fn erase(&self, scratch: &mut Vec<u8>) -> Result<(), Trouble> {
        match self.salt()? {
            Some(salt) => {
                let kept = LeafRow::of_stored(self.event).commitments(&salt, scratch);
                self.keep(&kept, None, None)?;
            }
            None => self.execute(sql::DESTROY_KEYS, &[&self.seq])?,
        }
        // The name of the session stands in these tables too; that of the operation is in the leaf in clear.
        self.execute(sql::FORGET_SESSION, &[&self.seq])?;
        self.execute(sql::FORGET_SESSION_OF_OPERATION, &[&self.seq])?;
        self.execute(sql::ERASE_ROW, &[&self.seq, &self.by])
    }

    fn prune(&self, scratch: &mut Vec<u8>) -> Result<(), Trouble> {
        // A row without its salt was emptied before, of as much or more.
        if let Some(salt) = self.salt()? {
            let kept = LeafRow::of_stored(self.event).commitments(&salt, scratch);
            let key = |group| kept.get(group).map(|_| GroupKey::derive(&salt, group));
            self.keep(&kept, key(LeafGroup::Who), key(LeafGroup::Context))?;
        }
        self.execute(sql::PRUNE_DETAILS, &[&self.seq, &self.by])
    }

    fn salt(&self) -> Result<Option<Salt>, Trouble> {
        let row = self.writing.connection.first(sql::SALT_OF_ROW, &[&self.seq])?;
        row.map_or(Ok(None), |row| optional_bytes(&row, 0))
    }

    fn keep(&self, kept: &Commitments, who: Option<GroupKey>, context: Option<GroupKey>) -> Result<(), Trouble> {
        let commitment = |group| kept.get(group).map(|commitment| commitment.as_bytes().to_vec());
        let key = |key: Option<GroupKey>| key.map(|key| key.as_bytes().to_vec());
        self.execute(
            sql::KEEP_COMMITMENT,
            &[
                &self.seq,
                &commitment(LeafGroup::Who),
                &commitment(LeafGroup::Context),
                &commitment(LeafGroup::Details),
                &key(who),
                &key(context),
            ],
        )
    }
}

/// Who first used a producer is known from its events; where one of them is erased, it is kept nowhere else.
fn forget_credential(writing: &Writing<'_>, producer: ProducerId) -> Result<(), Trouble> {
    writing.connection.execute(sql::FORGET_CREDENTIAL, &[&&producer.as_bytes()[..]]).map(drop)
}
