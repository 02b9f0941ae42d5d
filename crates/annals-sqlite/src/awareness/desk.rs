//! Writing entries, and what beside an entry follows from it, in the transaction of a change.
//!
//! There is one writer, so what is read for change stays as it is without further ado.

use std::collections::BTreeSet;

use annals_event::Timestamp;
use annals_store::awareness::{Answered, Change, Desk, Entry, EntryId, Facets, Name, Terms};
use annals_store::{Error, ErrorKind, KEYS_KEPT};
use rusqlite::{ErrorCode, OptionalExtension, Params, params};

use super::bag;
use super::row::{Stored, array};
use super::shelf::Table;
use super::sql;
use crate::row::stored;

impl Table<'_> {
    fn execute(&self, statement: &str, values: impl Params) -> Result<(), Error> {
        self.connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.execute(values))
            .map(drop)
            .map_err(|error| self.failed(error))
    }

    /// The same for the row itself, whose id, key or name may be another's.
    fn write_row(&self, statement: &str, values: impl Params, entry: &Entry) -> Result<(), Error> {
        let written = self.connection.prepare_cached(statement).and_then(|mut statement| statement.execute(values));
        written.map(drop).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Error::new(
                ErrorKind::Taken,
                format!("the id, key or name of entry `{}` is another's (hint: change that one)", entry.id),
            ),
            _ => self.failed(error),
        })
    }

    fn put_changes(&self, n: i64, first: u64, changes: &[Change]) -> Result<(), Error> {
        for (nth, change) in (first..).zip(changes) {
            let fields = serde_json::Value::Object(change.changed.clone()).to_string();
            self.execute(sql::PUT_CHANGE, params![n, stored(nth), change.at.as_nanos(), fields])?;
        }
        Ok(())
    }

    fn put_tags(&self, n: i64, entry: &Entry) -> Result<(), Error> {
        for tag in entry.tags.iter().collect::<BTreeSet<_>>() {
            let touched = entry.touched().as_nanos();
            self.execute(sql::PUT_TAG, params![self.space, tag, touched, &entry.id.as_bytes()[..], n])?;
        }
        Ok(())
    }

    fn put_links(&self, n: i64, facets: &Facets) -> Result<(), Error> {
        for target in &facets.related {
            self.execute(sql::PUT_LINK, params![self.space, &target.as_bytes()[..], n])?;
        }
        Ok(())
    }

    fn put_text(&self, n: i64, terms: &Terms) -> Result<(), Error> {
        let number = self.number_of_space()?;
        let named = |field: &str| {
            let words = field.split_ascii_whitespace();
            words.fold(String::with_capacity(field.len() * 3 / 2), |mut text, word| {
                use std::fmt::Write as _;
                let _ = write!(text, "{number}_{word} ");
                text
            })
        };
        self.execute(sql::PUT_TEXT, params![n, named(&terms.title), named(&terms.body), named(&terms.labels)])?;
        self.execute(sql::PUT_BAG, params![n, bag::pack(terms)])?;
        self.execute(sql::NAME_LANGUAGE, params![self.space, terms.language])
    }

    /// What was made of this space's entries before holds no longer.
    fn revised(&self) -> Result<(), Error> {
        self.execute(sql::REVISE, [self.space])
    }

    fn number_of_space(&self) -> Result<i64, Error> {
        let number = self
            .connection
            .prepare_cached(sql::SPACE)
            .and_then(|mut space| space.query_row([self.space], |row| row.get(0)).optional())
            .and_then(|known| match known {
                Some(number) => Ok(number),
                None => self.connection.query_row(sql::NAME_SPACE, [self.space], |row| row.get(0)),
            });
        number.map_err(|error| self.failed(error))
    }

    /// Counts no longer what expired since something of the space was changed last.
    pub(super) fn sweep(&self) -> Result<(), Error> {
        for expired in self.expired().map_err(|error| self.failed(error))? {
            let tags: Vec<&str> = expired.tags.iter().map(String::as_str).collect();
            self.tally(&expired.source, &expired.entry_type, &tags, -1)?;
            self.execute(sql::UNCOUNT, [expired.n])?;
        }
        Ok(())
    }

    fn tally_entry(&self, entry: &Entry, by: i64) -> Result<(), Error> {
        let tags: BTreeSet<&str> = entry.tags.iter().map(String::as_str).collect();
        self.tally(&entry.source, entry.entry_type.as_str(), &tags.into_iter().collect::<Vec<_>>(), by)
    }

    /// Counts one live entry more or less.
    fn tally(&self, source: &str, entry_type: &str, tags: &[&str], by: i64) -> Result<(), Error> {
        self.execute(sql::COUNT_ENTRY, params![self.space, source, entry_type, by])?;
        if by < 0 {
            self.execute(sql::FORGET_COUNT, params![self.space, source, entry_type])?;
        }
        for tag in tags {
            self.execute(sql::COUNT_TAG, params![self.space, tag, by])?;
            if by < 0 {
                self.execute(sql::FORGET_TAG_COUNT, params![self.space, tag])?;
            }
        }
        Ok(())
    }
}

impl Desk for Table<'_> {
    fn entry_for_change(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        Ok(self.stored(id)?.map(|stored| stored.entry))
    }

    fn keyed_for_change(&mut self, source: &str, logical_key: &str) -> Result<Option<Entry>, Error> {
        Ok(self.one(sql::BY_KEY, params![self.space, source, logical_key])?.map(|stored| stored.entry))
    }

    fn named_for_change(&mut self, name: &Name) -> Result<Option<Entry>, Error> {
        let found = self.one(sql::BY_NAME, params![self.space, name.as_str(), name.entry_type().as_str()])?;
        Ok(found.map(|stored| stored.entry))
    }

    fn stale(&mut self, before: Timestamp, limit: u64) -> Result<Vec<Entry>, Error> {
        let mut stale = Vec::new();
        for statement in [sql::STALE_TRASH, sql::STALE_EXPIRED] {
            let left = limit.saturating_sub(stale.len() as u64);
            stale.append(&mut self.all(statement, params![self.space, before.as_nanos(), stored(left)])?);
        }
        Ok(stale)
    }

    fn put(&mut self, mut entry: Entry, terms: &Terms, changes: &[Change]) -> Result<Entry, Error> {
        (entry.n_changes, entry.changes_digest) = (0, [0; 32]);
        for change in changes {
            entry.add_change(change);
        }
        let facets = entry.facets();
        let values = params![
            self.space,
            &entry.id.as_bytes()[..],
            entry.entry_type.as_str(),
            entry.source,
            array(&entry.tags),
            entry.created.as_nanos(),
            entry.updated.map(Timestamp::as_nanos),
            entry.expires.map(Timestamp::as_nanos),
            entry.deleted.map(Timestamp::as_nanos),
            entry.logical_key,
            entry.language,
            entry.credential,
            data(&entry),
            stored(entry.n_changes),
            &entry.changes_digest[..],
            facets.name.as_ref().map(Name::as_str),
            facets.state,
            facets.due.map(Timestamp::as_nanos),
            facets.learned_from,
            facets.schema.as_ref().map(Name::as_str),
            facets.has_effect,
            entry.is_live(self.now),
        ];
        self.write_row(sql::PUT_ENTRY, values, &entry)?;
        let n = self.connection.last_insert_rowid();
        self.put_changes(n, 0, changes)?;
        self.put_tags(n, &entry)?;
        self.put_links(n, &facets)?;
        self.put_text(n, terms)?;
        if entry.entry_type.is_embedded() {
            self.execute(sql::PUT_EMBEDDING, params![n, self.space])?;
        }
        if entry.is_live(self.now) {
            self.tally_entry(&entry, 1)?;
        }
        self.revised()?;
        self.unrecorded.changed(self.space, &entry);
        Ok(entry)
    }

    fn replace(&mut self, mut entry: Entry, terms: Option<&Terms>, change: Option<&Change>) -> Result<Entry, Error> {
        let Some(Stored { n, counted, entry: before }) = self.stored(entry.id)? else {
            return Err(Error::new(ErrorKind::Invalid, format!("entry `{}` is not there", entry.id)));
        };
        if (before.entry_type, before.created) != (entry.entry_type, entry.created) {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("entry `{}` can change neither its type nor when it was made", entry.id),
            ));
        }
        (entry.n_changes, entry.changes_digest) = (before.n_changes, before.changes_digest);
        if let Some(change) = change {
            entry.add_change(change);
        }
        let facets = entry.facets();
        let values = params![
            n,
            entry.source,
            array(&entry.tags),
            entry.updated.map(Timestamp::as_nanos),
            entry.expires.map(Timestamp::as_nanos),
            entry.deleted.map(Timestamp::as_nanos),
            entry.logical_key,
            entry.language,
            entry.credential,
            data(&entry),
            stored(entry.n_changes),
            &entry.changes_digest[..],
            facets.name.as_ref().map(Name::as_str),
            facets.state,
            facets.due.map(Timestamp::as_nanos),
            facets.learned_from,
            facets.schema.as_ref().map(Name::as_str),
            facets.has_effect,
            entry.is_live(self.now),
        ];
        self.write_row(sql::REPLACE_ENTRY, values, &entry)?;
        self.put_changes(n, before.n_changes, change.map_or(&[], std::slice::from_ref))?;
        if (&before.tags, before.touched()) != (&entry.tags, entry.touched()) {
            self.execute(sql::CUT_TAGS, [n])?;
            self.put_tags(n, &entry)?;
        }
        if before.facets().related != facets.related {
            self.execute(sql::CUT_LINKS, [n])?;
            self.put_links(n, &facets)?;
        }
        if let Some(terms) = terms {
            self.execute(sql::CUT_TEXT, [n])?;
            self.put_text(n, terms)?;
            self.execute(sql::EMBED_AGAIN, [n])?;
        }
        let is_live = entry.is_live(self.now);
        if (counted, &before.source, &before.tags) != (is_live, &entry.source, &entry.tags) {
            if counted {
                self.tally_entry(&before, -1)?;
            }
            if is_live {
                self.tally_entry(&entry, 1)?;
            }
        }
        self.revised()?;
        self.unrecorded.changed(self.space, &entry);
        Ok(entry)
    }

    fn answered(&mut self, key: &[u8; 32]) -> Result<Option<Answered>, Error> {
        let found = |row: &rusqlite::Row<'_>| Ok(Answered { call: row.get(0)?, answer: row.get(1)? });
        self.connection
            .prepare_cached(sql::ANSWERED)
            .and_then(|mut statement| {
                statement.query_row(params![self.space, &key[..], oldest(self.now)], found).optional()
            })
            .map_err(|error| self.failed(error))
    }

    fn keep_answer(&mut self, key: &[u8; 32], answered: &Answered) -> Result<(), Error> {
        self.execute(sql::FORGET_ANSWERS, params![oldest(self.now)])?;
        let values = params![self.space, &key[..], &answered.call[..], answered.answer, self.now.as_nanos()];
        self.execute(sql::KEEP_ANSWER, values)
    }

    fn purge(&mut self, id: EntryId) -> Result<(), Error> {
        let Some(Stored { n, counted, entry }) = self.stored(id)? else { return Ok(()) };
        let beside = [
            sql::CUT_TEXT,
            sql::CUT_BAG,
            sql::CUT_VECTORS,
            sql::CUT_EMBEDDING,
            sql::CUT_LINKS,
            sql::CUT_TAGS,
            sql::CUT_CHANGES,
        ];
        for statement in beside.into_iter().chain([sql::PURGE_ENTRY]) {
            self.execute(statement, [n])?;
        }
        if counted {
            self.tally_entry(&entry, -1)?;
        }
        self.revised()?;
        self.unrecorded.purged(id);
        Ok(())
    }
}

fn data(entry: &Entry) -> String {
    serde_json::to_string(&entry.data).expect("an object with text keys is always JSON")
}

/// Answers from before this are forgotten.
fn oldest(now: Timestamp) -> i64 {
    now.as_nanos().saturating_sub(i64::try_from(KEYS_KEPT.as_nanos()).unwrap_or(i64::MAX))
}
