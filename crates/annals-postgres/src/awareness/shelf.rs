//! Reading one space over one connection, in whichever transaction it is.

use std::collections::{BTreeSet, HashMap};

use annals_event::Timestamp;
use annals_store::Error;
use annals_store::awareness::{
    Briefing, Change, Choice, Entry, EntryId, EntryPage, EntryType, Found, Name, Question, Readings, Shelf, Stats,
    Unrecorded, Usage, UsageWish, Wish,
};
use tokio_postgres::Row;

use super::bags::Bags;
use super::choice::Plan;
use super::row::{self, BEHIND, Stored, key_digest, name_digest};
use super::{search, sql, usage};
use crate::address::Address;
use crate::connection::{Answer, Connection, Parameter, Statement};
use crate::failure::Trouble;
use crate::row::{bytes, counted, time};
use crate::store::PostgresStore;

/// Rows of a page are read so many at a time where it may end for its bytes.
const FIRST_ROWS: u64 = 64;

/// One space, as one transaction sees it.
pub(super) struct Table<'c> {
    pub(super) connection: &'c Connection,
    pub(super) address: &'c Address,
    /// The bags of entries that were searched before.
    bags: &'c Bags,
    pub(super) space: &'c str,
    pub(super) now: Timestamp,
    /// The rows of `space.sql`, where whoever reads has asked for them.
    of_space: Option<Vec<Row>>,
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
    pub(super) fn new(store: &'c PostgresStore, connection: &'c Connection, space: &'c str, now: Timestamp) -> Self {
        let (address, bags) = (store.address(), store.bags());
        Self { connection, address, bags, space, now, of_space: None, unrecorded: Unrecorded::default() }
    }

    /// An error of this database.
    pub(super) fn failed(&self, trouble: Trouble) -> Error {
        trouble.of(self.address)
    }

    /// The row with this id, wherever it stands.
    pub(super) fn stored(&self, id: EntryId) -> Result<Option<Stored>, Error> {
        self.one(sql::BY_ID, &[&self.space, &&id.as_bytes()[..]])
    }

    /// The row of a statement that finds one at most.
    pub(super) fn one(&self, statement: &'static str, values: &[&dyn Parameter]) -> Result<Option<Stored>, Error> {
        let found = self.connection.first(statement, values).and_then(|row| row.as_ref().map(row::read).transpose());
        found.map_err(|error| self.failed(error))
    }

    /// The entries of a statement.
    pub(super) fn all(&self, statement: &'static str, values: &[&dyn Parameter]) -> Result<Vec<Entry>, Error> {
        self.read(|connection| connection.rows(statement, values)?.iter().map(row::entry).collect())
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Error> {
        read(self.connection).map_err(|error| self.failed(error))
    }

    fn live(&self, found: Option<Stored>) -> Option<Entry> {
        found.map(|stored| stored.entry).filter(|entry| entry.is_live(self.now))
    }

    fn plan<'a>(&'a self, choice: &'a Choice) -> Plan<'a> {
        Plan { choice, space: self.space, now: self.now }
    }

    /// Reads rows until the page is full. Where it may end for its bytes, which are not known before, some at a time.
    fn filled(&self, plan: &Plan<'_>, wish: &Wish) -> Result<EntryPage, Trouble> {
        let (mut page, mut n_bytes, mut n_read) = (EntryPage::default(), 0_usize, 0_u64);
        let most = wish.amount.limit.saturating_add(1);
        let mut at_once = if wish.amount.max_bytes.is_some() { most.min(FIRST_ROWS) } else { most };
        loop {
            let rest = Wish { offset: wish.offset.saturating_add(n_read), ..*wish };
            let rows = plan.page(&rest, at_once).rows(self.connection)?;
            for row in &rows {
                if page.entries.len() as u64 == wish.amount.limit {
                    page.has_more = true;
                    return Ok(page);
                }
                let entry = row::entry(row)?;
                n_bytes = n_bytes.saturating_add(entry.weight());
                if !page.entries.is_empty() && wish.amount.max_bytes.is_some_and(|max_bytes| max_bytes < n_bytes) {
                    page.has_more = true;
                    return Ok(page);
                }
                page.entries.push(entry);
            }
            n_read += rows.len() as u64;
            if (rows.len() as u64) < at_once || most <= n_read {
                return Ok(page);
            }
            at_once = (most - n_read).min(at_once.saturating_mul(4));
        }
    }

    /// What is expired and still counted.
    pub(super) fn expired(&self) -> Result<Vec<Expired>, Trouble> {
        let next = self.connection.answer(Statement::kept(sql::NEXT_TO_EXPIRE, &[&self.space]))?;
        self.expired_after(&next.rows)
    }

    /// The same, where it is known what expires next: most often later, and that is cheaper to look up.
    fn expired_after(&self, next: &[Row]) -> Result<Vec<Expired>, Trouble> {
        let Some(next) = next.first() else { return Ok(Vec::new()) };
        let now = self.now.as_nanos();
        if now < next.try_get::<_, i64>(0)? {
            return Ok(Vec::new());
        }
        let rows = self.connection.rows(sql::EXPIRED, &[&self.space, &now])?;
        let read = |row: &Row| {
            Ok(Expired {
                n: row.try_get(0)?,
                source: row.try_get(1)?,
                entry_type: row.try_get(2)?,
                tags: row::texts(row.try_get(3)?)?.into_iter().collect(),
            })
        };
        rows.iter().map(read).collect()
    }

    /// The rows of some counts of the space, and what is expired and still counted among them.
    fn counted_rows(&self, counts: &'static str) -> Result<(Vec<Row>, Vec<Expired>), Trouble> {
        let values: [&dyn Parameter; 1] = [&self.space];
        let both = [Statement::kept(sql::NEXT_TO_EXPIRE, &values), Statement::kept(counts, &values)];
        let [next, counts] = <[Answer; 2]>::try_from(self.connection.together(&both)?).unwrap_or_default();
        Ok((counts.rows, self.expired_after(&next.rows)?))
    }

    /// How many live entries there are by source and type, those of a source one after another; of none nothing.
    fn counts(&self) -> Result<Vec<(String, String, u64)>, Trouble> {
        let mut expired: HashMap<(String, String), i64> = HashMap::new();
        let (rows, gone) = self.counted_rows(sql::COUNTS)?;
        for entry in gone {
            *expired.entry((entry.source, entry.entry_type)).or_default() += 1;
        }
        let mut counts = Vec::new();
        for row in rows {
            let named: (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let n = row.try_get::<_, i64>(2)? - expired.get(&named).copied().unwrap_or_default();
            if let Some(n) = u64::try_from(n).ok().filter(|n| *n > 0) {
                counts.push((named.0, named.1, n));
            }
        }
        Ok(counts)
    }

    /// How many are chosen by no more than source and type, which is counted already.
    fn counted(&self, choice: &Choice) -> Result<Option<u64>, Trouble> {
        let by_more = Choice { types: Vec::new(), source: None, ..choice.clone() };
        if by_more != Choice::default() {
            return Ok(None);
        }
        let is_chosen = |(source, entry_type, _): &(String, String, u64)| {
            let is_of_type = choice.types.is_empty() || choice.types.iter().any(|chosen| chosen.as_str() == entry_type);
            is_of_type && choice.source.as_ref().is_none_or(|chosen| chosen == source)
        };
        Ok(Some(self.counts()?.iter().filter(|count| is_chosen(count)).map(|(.., n)| n).sum()))
    }

    /// How many of each tag there are.
    fn tag_counts(&self) -> Result<Vec<(String, u64)>, Trouble> {
        let mut counts: HashMap<String, i64> = HashMap::new();
        let (rows, gone) = self.counted_rows(sql::TAG_COUNTS)?;
        for row in rows {
            counts.insert(row.try_get(0)?, row.try_get(1)?);
        }
        for tag in gone.into_iter().flat_map(|expired| expired.tags) {
            *counts.entry(tag).or_default() -= 1;
        }
        let mut tags: Vec<(String, u64)> = counts
            .into_iter()
            .filter_map(|(tag, count)| Some((tag, u64::try_from(count).ok().filter(|count| *count > 0)?)))
            .collect();
        tags.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Ok(tags)
    }

    /// All lists by one statement, and all numbers by another that goes with it.
    fn brief(&self) -> Result<Briefing, Trouble> {
        let values: [&dyn Parameter; 2] = [&self.space, &self.now.as_nanos()];
        let mut briefing = Briefing::default();
        let both = [Statement::kept(sql::BRIEFING_LISTS, &values), Statement::kept(sql::BRIEFING_COUNTS, &values)];
        let [lists, counts] = <[Answer; 2]>::try_from(self.connection.together(&both)?).unwrap_or_default();
        for row in lists.rows {
            let list = match row.try_get::<_, i32>(BEHIND)? {
                0 => &mut briefing.statuses,
                1 => &mut briefing.alerts,
                2 => &mut briefing.suppressions,
                3 => &mut briefing.patterns,
                4 => &mut briefing.due,
                _ => &mut briefing.fired,
            };
            list.push(row::entry(&row)?);
        }
        let counts = counts.one()?;
        briefing.n_suppressions = counted(&counts, 0)?;
        briefing.n_pending = counted(&counts, 1)?;
        briefing.until = counts.try_get::<_, Option<i64>>(2)?.map(Timestamp::from_nanos);
        Ok(briefing)
    }
}

impl Shelf for Table<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn revision(&mut self) -> Result<u64, Error> {
        self.read(|connection| {
            let known = connection.first(sql::REVISION, &[&self.space])?;
            known.map_or(Ok(0), |row| counted(&row, 0))
        })
    }

    fn entry(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        Ok(self.live(self.stored(id)?))
    }

    fn entries(&mut self, ids: &[EntryId]) -> Result<Vec<Entry>, Error> {
        let found = self.all(sql::BY_IDS, &[&self.space, &blobs(ids)])?;
        let found: HashMap<EntryId, Entry> =
            found.into_iter().filter(|entry| entry.is_live(self.now)).map(|entry| (entry.id, entry)).collect();
        Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
    }

    fn any_entry(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        Ok(self.stored(id)?.map(|stored| stored.entry))
    }

    fn keyed(&mut self, source: &str, logical_key: &str) -> Result<Option<Entry>, Error> {
        Ok(self.live(self.one(sql::BY_KEY, &[&self.space, &key_digest(source, logical_key)])?))
    }

    fn named(&mut self, name: &Name) -> Result<Option<Entry>, Error> {
        Ok(self.live(self.one(sql::BY_NAME, &[&self.space, &name_digest(name)])?))
    }

    fn changes(&mut self, ids: &[EntryId]) -> Result<Vec<(EntryId, Vec<Change>)>, Error> {
        self.read(|connection| {
            let mut known: HashMap<EntryId, Vec<Change>> = HashMap::new();
            for row in connection.rows(sql::CHANGES, &[&self.space, &blobs(ids)])? {
                let change = Change { at: time(&row, 1)?, changed: row::object(row.try_get(2)?)? };
                known.entry(EntryId::from_bytes(bytes(&row, 0)?)).or_default().push(change);
            }
            Ok(ids.iter().filter_map(|id| Some((*id, known.get(id)?.clone()))).collect())
        })
    }

    fn page(&mut self, choice: &Choice, wish: &Wish) -> Result<EntryPage, Error> {
        self.filled(&self.plan(choice), wish).map_err(|error| self.failed(error))
    }

    fn count(&mut self, choice: &Choice) -> Result<u64, Error> {
        if let Some(n) = self.counted(choice).map_err(|error| self.failed(error))? {
            return Ok(n);
        }
        self.read(|connection| counted(&self.plan(choice).count().one(connection)?, 0))
    }

    fn stats(&mut self) -> Result<Stats, Error> {
        let mut stats = Stats::default();
        for (source, entry_type, n) in self.counts().map_err(|error| self.failed(error))? {
            if let Some(at) = EntryType::ALL.iter().position(|known| known.as_str() == entry_type) {
                stats.n_entries[at] += n;
            }
            if stats.sources.last() != Some(&source) {
                stats.sources.push(source);
            }
        }
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
        let mut reverse = self.all(sql::RELATED_TO, &[&self.space, &&id.as_bytes()[..]])?;
        let now = self.now;
        reverse.retain(|entry| entry.is_live(now) && !named.contains(&entry.id) && entry.id != id);
        latest_first(&mut reverse);
        forward.append(&mut reverse);
        Ok(forward)
    }

    fn briefing(&mut self) -> Result<Briefing, Error> {
        self.brief().map_err(|error| self.failed(error))
    }

    fn readings(&mut self, ids: &[EntryId]) -> Result<Vec<Readings>, Error> {
        self.read(|connection| {
            let rows = connection.rows(sql::READINGS, &[&self.space, &blobs(ids)])?;
            let readings = ids.iter().zip(&rows).map(|(id, row)| {
                let n_reads = row.try_get::<_, Option<i64>>(0)?.unwrap_or_default().max(0).cast_unsigned();
                let last = row.try_get::<_, Option<i64>>(1)?.map(Timestamp::from_nanos);
                Ok(Readings { entry: *id, n_reads, last })
            });
            readings.collect()
        })
    }

    fn usage(&mut self, wish: &UsageWish) -> Result<Vec<Usage>, Error> {
        self.read(|connection| usage::read(connection, self.space, wish))
    }

    /// Asked before a search, so that what that begins with is asked as well.
    fn languages(&mut self) -> Result<Vec<String>, Error> {
        let (languages, of_space) = self.read(|connection| {
            let values: [&dyn Parameter; 1] = [&self.space];
            let both = [Statement::kept(sql::LANGUAGES, &values), Statement::kept(sql::SPACE, &values)];
            let [languages, of_space] = <[Answer; 2]>::try_from(connection.together(&both)?).unwrap_or_default();
            let languages = languages.rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, Trouble>>()?;
            Ok((languages, of_space.rows))
        })?;
        // Whoever writes may change that before the search.
        self.of_space = self.connection.is_reading().then_some(of_space);
        Ok(languages)
    }

    fn search(&mut self, question: &Question) -> Result<Found, Error> {
        let known = self.of_space.take();
        self.read(|connection| {
            let of_space = known.map_or_else(|| connection.rows(sql::SPACE, &[&self.space]), Ok)?;
            search::read(connection, self.bags, self.space, &of_space, self.now, question)
        })
    }
}

fn blobs(ids: &[EntryId]) -> Vec<Vec<u8>> {
    ids.iter().map(|id| id.as_bytes().to_vec()).collect()
}
