//! Reading one space over one connection, in whichever transaction it is.

use std::collections::{BTreeSet, HashMap};

use annals_event::Timestamp;
use annals_store::Error;
use annals_store::awareness::{
    Briefing, By, Change, Choice, Entry, EntryId, EntryPage, EntryType, Found, Name, Question, Readings, Shelf, Stats,
    Unrecorded, Usage, UsageWish, Wish,
};
use rusqlite::{Connection, OptionalExtension, Params, params, params_from_iter};

use super::Remembered;
use super::choice::Plan;
use super::row::{self, Stored};
use super::{search, sql, usage};
use crate::failure;
use crate::location::Location;
use crate::row::counted;

/// One space, as one transaction sees it.
pub(super) struct Table<'c> {
    pub(super) connection: &'c Connection,
    pub(super) location: &'c Location,
    pub(super) space: &'c str,
    pub(super) now: Timestamp,
    /// What searches need not read again; a change needs none of it.
    pub(super) remembered: Option<&'c Remembered>,
    /// What this work has changed so far.
    pub(super) unrecorded: Unrecorded,
}

/// An entry that is counted and should not be.
pub(super) struct Expired {
    pub(super) n: i64,
    pub(super) source: String,
    pub(super) entry_type: String,
    pub(super) tags: BTreeSet<String>,
}

impl<'c> Table<'c> {
    pub(super) fn new(connection: &'c Connection, location: &'c Location, space: &'c str, now: Timestamp) -> Self {
        Self { connection, location, space, now, remembered: None, unrecorded: Unrecorded::default() }
    }

    /// The same for who searches.
    pub(super) fn with(self, remembered: &'c Remembered) -> Self {
        Self { remembered: Some(remembered), ..self }
    }

    /// An error of this database.
    pub(super) fn failed(&self, error: rusqlite::Error) -> Error {
        failure::database(&self.location.database, error)
    }

    /// The row with this id, wherever it stands.
    pub(super) fn stored(&self, id: EntryId) -> Result<Option<Stored>, Error> {
        self.one(sql::BY_ID, params![self.space, &id.as_bytes()[..]])
    }

    /// The row of a statement that finds one at most.
    pub(super) fn one(&self, statement: &str, values: impl Params) -> Result<Option<Stored>, Error> {
        self.connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.query_row(values, row::read).optional())
            .map_err(|error| self.failed(error))
    }

    /// The entries of a statement.
    pub(super) fn all(&self, statement: &str, values: impl Params) -> Result<Vec<Entry>, Error> {
        self.connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.query_map(values, row::entry)?.collect())
            .map_err(|error| self.failed(error))
    }

    /// The first moment after now that a statement finds.
    fn next(&self, statement: &str) -> Result<Option<Timestamp>, Error> {
        let next = self.connection.prepare_cached(statement).and_then(|mut statement| {
            statement.query_row(params![self.space, self.now.as_nanos()], |row| row.get::<_, Option<i64>>(0))
        });
        next.map(|next| next.map(Timestamp::from_nanos)).map_err(|error| self.failed(error))
    }

    fn live(&self, found: Option<Stored>) -> Option<Entry> {
        found.map(|stored| stored.entry).filter(|entry| entry.is_live(self.now))
    }

    /// All chosen entries.
    fn chosen(&mut self, choice: &Choice, by: By) -> Result<Vec<Entry>, Error> {
        Ok(self.page(choice, &Wish::first(by, u64::MAX))?.entries)
    }

    /// Reads rows until the page is full.
    fn filled(&self, plan: &Plan<'_>, wish: &Wish) -> rusqlite::Result<EntryPage> {
        let statement = plan.page(wish, wish.amount.limit.saturating_add(1));
        let mut prepared = self.connection.prepare_cached(&statement.text)?;
        let values = params_from_iter(&statement.values);
        if !plan.is_merged() {
            return fill(prepared.query_map(values, row::entry)?, wish);
        }
        let numbers: Vec<i64> = prepared.query_map(values, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut entry = self.connection.prepare_cached(sql::BY_NUMBER)?;
        fill(numbers.into_iter().map(|n| entry.query_row([n], row::entry)), wish)
    }

    /// What is expired and still counted.
    pub(super) fn expired(&self) -> rusqlite::Result<Vec<Expired>> {
        self.connection
            .prepare_cached(sql::EXPIRED)?
            .query_map(params![self.space, self.now.as_nanos()], |row| {
                let tags = row::json(row, 3)?.into_iter().collect();
                Ok(Expired { n: row.get(0)?, source: row.get(1)?, entry_type: row.get(2)?, tags })
            })?
            .collect()
    }

    /// Tells how many live entries there are by source and type, those of a source one after another; of none nothing.
    fn each_count(&self, mut tell: impl FnMut(&str, &str, u64)) -> rusqlite::Result<()> {
        let mut expired: HashMap<(String, String), i64> = HashMap::new();
        for entry in self.expired()? {
            *expired.entry((entry.source, entry.entry_type)).or_default() += 1;
        }
        let mut statement = self.connection.prepare_cached(sql::COUNTS)?;
        let mut rows = statement.query([self.space])?;
        while let Some(row) = rows.next()? {
            let (source, entry_type) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
            let mut count: i64 = row.get(2)?;
            if !expired.is_empty() {
                count -= expired.get(&(source.to_owned(), entry_type.to_owned())).copied().unwrap_or_default();
            }
            if let Some(count) = u64::try_from(count).ok().filter(|count| *count > 0) {
                tell(source, entry_type, count);
            }
        }
        Ok(())
    }

    /// How many are chosen by no more than source and type, which is counted already.
    fn counted(&self, choice: &Choice) -> rusqlite::Result<Option<u64>> {
        let by_more = Choice { types: Vec::new(), source: None, ..choice.clone() };
        if by_more != Choice::default() {
            return Ok(None);
        }
        let mut n_chosen = 0;
        self.each_count(|source, entry_type, count| {
            let is_of_source = choice.source.as_ref().is_none_or(|chosen| chosen == source);
            let is_of_type = choice.types.is_empty() || choice.types.iter().any(|chosen| chosen.as_str() == entry_type);
            if is_of_source && is_of_type {
                n_chosen += count;
            }
        })?;
        Ok(Some(n_chosen))
    }

    /// How many of each tag there are.
    fn tag_counts(&self) -> rusqlite::Result<Vec<(String, u64)>> {
        let mut counts: HashMap<String, i64> = self
            .connection
            .prepare_cached(sql::TAG_COUNTS)?
            .query_map([self.space], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for tag in self.expired()?.into_iter().flat_map(|expired| expired.tags) {
            *counts.entry(tag).or_default() -= 1;
        }
        let mut tags: Vec<(String, u64)> = counts
            .into_iter()
            .filter_map(|(tag, count)| Some((tag, u64::try_from(count).ok().filter(|count| *count > 0)?)))
            .collect();
        tags.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Ok(tags)
    }
}

impl Shelf for Table<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn revision(&mut self) -> Result<u64, Error> {
        let known = self
            .connection
            .prepare_cached(sql::REVISION)
            .and_then(|mut revision| revision.query_row([self.space], |row| counted(row, 0)).optional());
        known.map(Option::unwrap_or_default).map_err(|error| self.failed(error))
    }

    fn entry(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        Ok(self.live(self.stored(id)?))
    }

    fn entries(&mut self, ids: &[EntryId]) -> Result<Vec<Entry>, Error> {
        ids.iter().filter_map(|id| self.entry(*id).transpose()).collect()
    }

    fn any_entry(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        Ok(self.stored(id)?.map(|stored| stored.entry))
    }

    fn keyed(&mut self, source: &str, logical_key: &str) -> Result<Option<Entry>, Error> {
        Ok(self.live(self.one(sql::BY_KEY, params![self.space, source, logical_key])?))
    }

    fn named(&mut self, name: &Name) -> Result<Option<Entry>, Error> {
        Ok(self.live(self.one(sql::BY_NAME, params![self.space, name.as_str(), name.entry_type().as_str()])?))
    }

    fn changes(&mut self, ids: &[EntryId]) -> Result<Vec<(EntryId, Vec<Change>)>, Error> {
        let read = || -> rusqlite::Result<Vec<(EntryId, Vec<Change>)>> {
            let mut statement = self.connection.prepare_cached(sql::CHANGES)?;
            let mut all = Vec::new();
            for id in ids {
                let changes: Vec<Change> = statement
                    .query_map(params![self.space, &id.as_bytes()[..]], |row| {
                        Ok(Change { at: Timestamp::from_nanos(row.get(0)?), changed: row::object(row, 1)? })
                    })?
                    .collect::<rusqlite::Result<_>>()?;
                if !changes.is_empty() {
                    all.push((*id, changes));
                }
            }
            Ok(all)
        };
        read().map_err(|error| self.failed(error))
    }

    fn page(&mut self, choice: &Choice, wish: &Wish) -> Result<EntryPage, Error> {
        Plan::new(self.connection, self.space, self.now, choice, Some(wish.by))
            .and_then(|plan| self.filled(&plan, wish))
            .map_err(|error| self.failed(error))
    }

    fn count(&mut self, choice: &Choice) -> Result<u64, Error> {
        if let Some(n) = self.counted(choice).map_err(|error| self.failed(error))? {
            return Ok(n);
        }
        Plan::new(self.connection, self.space, self.now, choice, None)
            .and_then(|plan| {
                let statement = plan.count();
                self.connection
                    .prepare_cached(&statement.text)?
                    .query_row(params_from_iter(&statement.values), |row| counted(row, 0))
            })
            .map_err(|error| self.failed(error))
    }

    fn stats(&mut self) -> Result<Stats, Error> {
        let mut stats = Stats::default();
        let counted = self.each_count(|source, entry_type, count| {
            if let Some(at) = EntryType::ALL.iter().position(|known| known.as_str() == entry_type) {
                stats.n_entries[at] += count;
            }
            if stats.sources.last().is_none_or(|last| last != source) {
                stats.sources.push(source.to_owned());
            }
        });
        counted.map_err(|error| self.failed(error))?;
        Ok(stats)
    }

    fn tags(&mut self) -> Result<Vec<(String, u64)>, Error> {
        self.tag_counts().map_err(|error| self.failed(error))
    }

    fn related(&mut self, id: EntryId) -> Result<Vec<Entry>, Error> {
        let Some(entry) = self.entry(id)? else { return Ok(Vec::new()) };
        let latest_first = |entries: &mut Vec<Entry>| {
            entries.sort_by_key(|entry| std::cmp::Reverse((entry.touched(), entry.id)));
        };
        let named = entry.facets().related;
        let mut forward = self.entries(&named.iter().copied().collect::<Vec<_>>())?;
        latest_first(&mut forward);
        let mut reverse = self.all(sql::RELATED_TO, params![self.space, &id.as_bytes()[..]])?;
        let now = self.now;
        reverse.retain(|entry| entry.is_live(now) && !named.contains(&entry.id) && entry.id != id);
        latest_first(&mut reverse);
        forward.append(&mut reverse);
        Ok(forward)
    }

    fn briefing(&mut self) -> Result<Briefing, Error> {
        let of_state = |entry_type, state: &str| Choice { state: Some(state.to_owned()), ..Choice::of([entry_type]) };
        let alerts = self.chosen(&of_state(EntryType::Alert, "active"), By::Touched)?;
        let mut sources: BTreeSet<&str> = alerts.iter().map(|alert| alert.source.as_str()).collect();
        sources.insert("");
        let sources = serde_json::Value::from_iter(sources).to_string();
        let concerned = |statement| self.all(statement, params![self.space, sources, self.now.as_nanos()]);
        let (mut suppressions, mut patterns) = (concerned(sql::SUPPRESSING)?, concerned(sql::WITH_EFFECT)?);
        for entries in [&mut suppressions, &mut patterns] {
            entries.sort_by_key(|entry| std::cmp::Reverse((entry.touched(), entry.id)));
        }
        let due = Choice { due_until: Some(self.now), ..Choice::of([EntryType::Intention]) };
        let until = [self.next(sql::NEXT_DUE)?, self.next(sql::NEXT_EXPIRY)?].into_iter().flatten().min();
        Ok(Briefing {
            statuses: self.chosen(&Choice::of([EntryType::Status]), By::Touched)?,
            suppressions,
            patterns,
            due: self.chosen(&due, By::Touched)?,
            fired: self.chosen(&of_state(EntryType::Intention, "fired"), By::Touched)?,
            n_suppressions: self.count(&Choice::of([EntryType::Suppression]))?,
            n_pending: self.count(&of_state(EntryType::Intention, "pending"))?,
            alerts,
            until,
        })
    }

    fn readings(&mut self, ids: &[EntryId]) -> Result<Vec<Readings>, Error> {
        let read = || -> rusqlite::Result<Vec<Readings>> {
            let mut statement = self.connection.prepare_cached(sql::READINGS)?;
            ids.iter()
                .map(|id| {
                    let found = statement
                        .query_row(params![self.space, &id.as_bytes()[..]], |row| Ok((counted(row, 0)?, row.get(1)?)))
                        .optional()?;
                    let last = found.map(|(_, last)| Timestamp::from_nanos(last));
                    Ok(Readings { entry: *id, n_reads: found.map_or(0, |(n_reads, _)| n_reads), last })
                })
                .collect()
        };
        read().map_err(|error| self.failed(error))
    }

    fn usage(&mut self, wish: &UsageWish) -> Result<Vec<Usage>, Error> {
        usage::read(self.connection, self.space, wish).map_err(|error| self.failed(error))
    }

    fn languages(&mut self) -> Result<Vec<String>, Error> {
        self.connection
            .prepare_cached(sql::LANGUAGES)
            .and_then(|mut languages| languages.query_map([self.space], |row| row.get(0))?.collect())
            .map_err(|error| self.failed(error))
    }

    fn search(&mut self, question: &Question) -> Result<Found, Error> {
        search::read(self.connection, self.space, self.now, question, self.remembered)
            .map_err(|error| self.failed(error))
    }
}

/// Takes entries until there are enough, or enough bytes of them; the next one tells that there are more.
fn fill(entries: impl Iterator<Item = rusqlite::Result<Entry>>, wish: &Wish) -> rusqlite::Result<EntryPage> {
    let mut page = EntryPage::default();
    let mut n_bytes = 0_usize;
    for entry in entries {
        if page.entries.len() as u64 == wish.amount.limit {
            page.has_more = true;
            break;
        }
        let entry = entry?;
        n_bytes = n_bytes.saturating_add(entry.weight());
        if !page.entries.is_empty() && wish.amount.max_bytes.is_some_and(|max_bytes| max_bytes < n_bytes) {
            page.has_more = true;
            break;
        }
        page.entries.push(entry);
    }
    Ok(page)
}
