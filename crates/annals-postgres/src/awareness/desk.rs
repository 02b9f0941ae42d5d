//! Writing entries, and what beside an entry follows from it, in the transaction of a change.
//!
//! Whoever changes anything holds the log's write lock, so what is read for change stays as it is without further ado, and what is looked up before it is written is still so when it is. A statement
//! that fails would end the transaction for all who share it; so what may be another's is looked up in the statement that writes, and what no column takes is refused before.

use std::collections::BTreeSet;

use annals_event::Timestamp;
use annals_store::awareness::{Answered, Change, Desk, Entry, EntryId, Facets, Name, Terms};
use annals_store::backend::bag;
use annals_store::{Error, ErrorKind, KEYS_KEPT};

use super::asked::indexed;
use super::row::{Stored, array, key_digest, name_digest};
use super::shelf::Table;
use super::sql;
use crate::connection::Parameter;
use crate::row::{bytes, stored};

/// The words of an entry as columns take them.
struct Text {
    /// Each once.
    words: Vec<String>,
    /// Title, body and labels, with single blanks between words.
    fields: [String; 3],
    bag: Vec<u8>,
}

impl Text {
    fn of(terms: &Terms) -> Self {
        let field = |text: &str| text.replace('\0', "").split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let fields = [field(&terms.title), field(&terms.body), field(&terms.labels)];
        let whole = fields.each_ref().map(String::as_str);
        let words = indexed(whole).into_iter().map(str::to_owned).collect();
        Self { words, bag: bag::pack_fields(whole), fields }
    }
}

impl Table<'_> {
    fn execute(&self, statement: &'static str, values: &[&dyn Parameter]) -> Result<u64, Error> {
        self.connection.execute(statement, values).map_err(|error| self.failed(error))
    }

    /// Counts no longer what expired since something of the space was changed last.
    pub(super) fn sweep(&self) -> Result<(), Error> {
        for expired in self.expired().map_err(|error| self.failed(error))? {
            self.tally(&expired.source, &expired.entry_type, &expired.tags.into_iter().collect(), -1)?;
            self.execute(sql::UNCOUNT, &[&expired.n])?;
        }
        Ok(())
    }

    fn tally_entry(&self, entry: &Entry, by: i64) -> Result<(), Error> {
        self.tally(&entry.source, entry.entry_type.as_str(), &tags(entry), by)
    }

    /// Counts one live entry more or less.
    fn tally(&self, source: &str, entry_type: &str, tags: &Vec<String>, by: i64) -> Result<(), Error> {
        self.execute(sql::TALLY, &[&self.space, &source, &entry_type, tags, &by])?;
        if by < 0 {
            self.execute(sql::FORGET_COUNTS, &[&self.space, &source, &entry_type, tags])?;
        }
        Ok(())
    }
}

impl Desk for Table<'_> {
    fn entry_for_change(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        Ok(self.stored(id)?.map(|stored| stored.entry))
    }

    fn keyed_for_change(&mut self, source: &str, logical_key: &str) -> Result<Option<Entry>, Error> {
        let found = self.one(sql::BY_KEY, &[&self.space, &key_digest(source, logical_key)])?;
        Ok(found.map(|stored| stored.entry))
    }

    fn named_for_change(&mut self, name: &Name) -> Result<Option<Entry>, Error> {
        Ok(self.one(sql::BY_NAME, &[&self.space, &name_digest(name)])?.map(|stored| stored.entry))
    }

    fn stale(&mut self, before: Timestamp, limit: u64) -> Result<Vec<Entry>, Error> {
        self.all(sql::STALE, &[&self.space, &before.as_nanos(), &stored(limit)])
    }

    fn put(&mut self, mut entry: Entry, terms: &Terms, changes: &[Change]) -> Result<Entry, Error> {
        (entry.n_changes, entry.changes_digest) = (0, [0; 32]);
        for change in changes {
            entry.add_change(change);
        }
        let facets = entry.facets();
        check(&entry, &facets)?;
        let (text, links) = (Text::of(terms), links(&facets));
        let (key, name) = digests(&entry, &facets);
        let moments: Vec<i64> = changes.iter().map(|change| change.at.as_nanos()).collect();
        let befores: Vec<String> = changes.iter().map(fields).collect();
        let values: [&dyn Parameter; 35] = [
            &self.space,
            &&entry.id.as_bytes()[..],
            &entry.entry_type.as_str(),
            &entry.source,
            &array(&entry.tags),
            &entry.created.as_nanos(),
            &entry.updated.map(Timestamp::as_nanos),
            &entry.expires.map(Timestamp::as_nanos),
            &entry.deleted.map(Timestamp::as_nanos),
            &entry.logical_key,
            &entry.language,
            &entry.credential,
            &data(&entry),
            &stored(entry.n_changes),
            &&entry.changes_digest[..],
            &facets.name.as_ref().map(Name::as_str),
            &facets.state,
            &facets.due.map(Timestamp::as_nanos),
            &facets.learned_from,
            &facets.schema.as_ref().map(Name::as_str),
            &facets.has_effect,
            &key,
            &name,
            &entry.is_live(self.now),
            &tags(&entry),
            &links,
            &moments,
            &befores,
            &text.words,
            &text.fields[0],
            &text.fields[1],
            &text.fields[2],
            &text.bag,
            &terms.language,
            &entry.entry_type.is_embedded(),
        ];
        let put = self.connection.first(sql::PUT_ENTRY, &values).map_err(|error| self.failed(error))?;
        if put.is_none() {
            return Err(taken(&entry));
        }
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
        let (facets, is_live) = (entry.facets(), entry.is_live(self.now));
        check(&entry, &facets)?;
        let (key, name) = digests(&entry, &facets);
        let values: [&dyn Parameter; 21] = [
            &n,
            &entry.source,
            &array(&entry.tags),
            &entry.updated.map(Timestamp::as_nanos),
            &entry.expires.map(Timestamp::as_nanos),
            &entry.deleted.map(Timestamp::as_nanos),
            &entry.logical_key,
            &entry.language,
            &entry.credential,
            &data(&entry),
            &stored(entry.n_changes),
            &&entry.changes_digest[..],
            &facets.name.as_ref().map(Name::as_str),
            &facets.state,
            &facets.due.map(Timestamp::as_nanos),
            &facets.learned_from,
            &facets.schema.as_ref().map(Name::as_str),
            &facets.has_effect,
            &key,
            &name,
            &is_live,
        ];
        if self.execute(sql::REPLACE_ENTRY, &values)? == 0 {
            return Err(taken(&entry));
        }
        if let Some(change) = change {
            let (nth, at) = (stored(before.n_changes), change.at.as_nanos());
            self.execute(sql::PUT_CHANGE, &[&n, &self.space, &nth, &at, &fields(change)])?;
        }
        if tags(&before) != tags(&entry) {
            self.execute(sql::CUT_TAGS, &[&n])?;
            self.execute(sql::PUT_TAGS, &[&n, &self.space, &tags(&entry)])?;
        }
        if before.facets().related != facets.related {
            self.execute(sql::CUT_LINKS, &[&n])?;
            self.execute(sql::PUT_LINKS, &[&n, &self.space, &links(&facets)])?;
        }
        if let Some(terms) = terms {
            let Text { words, fields: [title, body, labels], bag } = Text::of(terms);
            let values: [&dyn Parameter; 8] = [&n, &self.space, &words, &title, &body, &labels, &bag, &terms.language];
            self.execute(sql::REPLACE_TEXT, &values)?;
        }
        if (counted, &before.source, tags(&before)) != (is_live, &entry.source, tags(&entry)) {
            if counted {
                self.tally_entry(&before, -1)?;
            }
            if is_live {
                self.tally_entry(&entry, 1)?;
            }
        }
        self.execute(sql::REVISE, &[&self.space])?;
        self.unrecorded.changed(self.space, &entry);
        Ok(entry)
    }

    fn answered(&mut self, key: &[u8; 32]) -> Result<Option<Answered>, Error> {
        let values: [&dyn Parameter; 3] = [&self.space, &&key[..], &oldest(self.now)];
        let found = self.connection.first(sql::ANSWERED, &values);
        found
            .and_then(|row| row.map(|row| Ok(Answered { call: bytes(&row, 0)?, answer: row.try_get(1)? })).transpose())
            .map_err(|error| self.failed(error))
    }

    fn keep_answer(&mut self, key: &[u8; 32], answered: &Answered) -> Result<(), Error> {
        refuse_zero("answer", &answered.answer)?;
        self.execute(sql::FORGET_ANSWERS, &[&oldest(self.now)])?;
        let values: [&dyn Parameter; 5] =
            [&self.space, &&key[..], &&answered.call[..], &answered.answer, &self.now.as_nanos()];
        self.execute(sql::KEEP_ANSWER, &values).map(drop)
    }

    fn purge(&mut self, id: EntryId) -> Result<(), Error> {
        let Some(Stored { n, counted, entry }) = self.stored(id)? else { return Ok(()) };
        self.execute(sql::PURGE, &[&n])?;
        if counted {
            self.tally_entry(&entry, -1)?;
        }
        self.execute(sql::REVISE, &[&self.space])?;
        self.unrecorded.purged(id);
        Ok(())
    }
}

/// Refuses what no column takes. What is written as JSON is no such thing.
fn check(entry: &Entry, facets: &Facets) -> Result<(), Error> {
    let texts = [
        ("source", Some(entry.source.as_str())),
        ("logical_key", entry.logical_key.as_deref()),
        ("language", entry.language.as_deref()),
        ("credential", Some(entry.credential.as_str())),
        ("state", facets.state.as_deref()),
        ("learned_from", facets.learned_from.as_deref()),
    ];
    let tags = entry.tags.iter().map(|tag| ("tags", Some(tag.as_str())));
    for (field, text) in texts.into_iter().chain(tags) {
        refuse_zero(field, text.unwrap_or_default())?;
    }
    Ok(())
}

fn refuse_zero(field: &str, text: &str) -> Result<(), Error> {
    if !text.contains('\0') {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::RowRefused,
        format!("`{field}` has a zero byte, which PostgreSQL keeps in no text (hint: leave it out)"),
    ))
}

fn taken(entry: &Entry) -> Error {
    Error::new(
        ErrorKind::Taken,
        format!("the id, key or name of entry `{}` is another's (hint: change that one)", entry.id),
    )
}

fn digests(entry: &Entry, facets: &Facets) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let key = entry.logical_key.as_ref().map(|key| key_digest(&entry.source, key));
    (key, facets.name.as_ref().map(name_digest))
}

/// Each once.
fn tags(entry: &Entry) -> Vec<String> {
    entry.tags.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

fn links(facets: &Facets) -> Vec<Vec<u8>> {
    facets.related.iter().map(|target| target.as_bytes().to_vec()).collect()
}

fn fields(change: &Change) -> String {
    serde_json::to_string(&change.changed).expect("an object with text keys is always JSON")
}

fn data(entry: &Entry) -> String {
    serde_json::to_string(&entry.data).expect("an object with text keys is always JSON")
}

/// Answers from before this are forgotten.
fn oldest(now: Timestamp) -> i64 {
    now.as_nanos().saturating_sub(i64::try_from(KEYS_KEPT.as_nanos()).unwrap_or(i64::MAX))
}
