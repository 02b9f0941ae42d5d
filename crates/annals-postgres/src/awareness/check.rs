//! What beside the entries does not follow from them and the log.
//!
//! Events and rows of usage come in the order of the log and are merged, some at a time; what the database can compare by itself, it compares.
//!
//! It does not know which words an entry should have: whoever stemmed them knows the language. That they are words of the entry's own space, and that index and bag are those of the words, it sees.

use std::collections::{BTreeSet, VecDeque};

use annals_event::Timestamp;
use annals_store::awareness::{Astray, Beside, EntryId, Told, Trace};
use annals_store::backend::bag;
use annals_store::backend::usage::{Line, first_number, lines, seq_of};
use tokio_postgres::Row;

use super::asked::indexed as words_of;
use super::sql;
use crate::connection::{Connection, Parameter};
use crate::failure::Trouble;
use crate::read;
use crate::row::{bytes, counted};

/// So many rows are read at once.
const AT_ONCE: i64 = 1_000;

/// See [`annals_store::awareness::AwarenessStore::check`].
pub(super) fn read(connection: &Connection, now: Timestamp) -> Result<Vec<Astray>, Trouble> {
    let mut astray = Vec::new();
    usage(connection, &mut astray)?;
    // What is expired for whoever wrote last is expired, also by a clock that was set back since.
    let now = read::head(connection)?.recorded_at.map_or(now, |written| written.max(now)).as_nanos();
    let compared: [(Beside, &'static str, &[&dyn Parameter]); 4] = [
        (Beside::Readings, sql::READINGS_ASTRAY, &[]),
        (Beside::Unread, sql::UNREAD_ASTRAY, &[]),
        (Beside::Counted, sql::COUNTED_ASTRAY, &[&now]),
        (Beside::Counts, sql::COUNTS_ASTRAY, &[]),
    ];
    for (what, statement, values) in compared {
        for row in connection.rows(statement, values)? {
            Astray::add(&mut astray, what, bytes(&row, 0).ok().map(EntryId::from_bytes), None);
        }
    }
    words(connection, &mut astray)?;
    Ok(astray)
}

/// Rows of a statement in the order of their first column, read some at a time.
struct Rows<'c> {
    connection: &'c Connection,
    statement: &'static str,
    after: i64,
    read: VecDeque<Row>,
    is_over: bool,
}

impl<'c> Rows<'c> {
    fn new(connection: &'c Connection, statement: &'static str) -> Self {
        Self { connection, statement, after: i64::MIN, read: VecDeque::new(), is_over: false }
    }

    fn next(&mut self) -> Result<Option<Row>, Trouble> {
        if self.read.is_empty() && !self.is_over {
            self.read = self.connection.rows(self.statement, &[&self.after, &AT_ONCE])?.into();
            self.is_over = self.read.is_empty();
            if let Some(last) = self.read.back() {
                self.after = last.try_get(0)?;
            }
        }
        Ok(self.read.pop_front())
    }
}

/// Rows of usage against the events, both by `seq`.
fn usage(connection: &Connection, astray: &mut Vec<Astray>) -> Result<(), Trouble> {
    let first_change = connection.first(sql::FIRST_CHANGE, &[])?.map(|row| counted(&row, 0)).transpose()?;
    let (mut events, mut rows) = (Rows::new(connection, sql::TELLING_EVENTS), Rows::new(connection, sql::ALL_USAGE));
    let mut row = rows.next()?;
    while let Some(event) = events.next()? {
        let (seq, trace) = (counted(&event, 0)?, trace(&event)?);
        let told = trace.as_ref().map(|trace| lines(trace, seq)).unwrap_or_default();
        // Of events from before there were entries nothing was taken in.
        let is_early = first_change.is_none_or(|first| seq < first);
        let next = row.as_ref().map(number).transpose()?;
        if is_early && next.is_none_or(|next| next >= first_number(seq.saturating_add(1))) {
            continue;
        }
        for line in &told {
            while let Some(before) = &row
                && number(before)? < line.number
            {
                untold(before, astray)?;
                row = rows.next()?;
            }
            match &row {
                Some(same) if number(same)? == line.number => {
                    if !is_told(same, line, &event)? {
                        Astray::add(astray, Beside::Usage, Some(line.entry), Some(seq));
                    }
                    row = rows.next()?;
                }
                _ => Astray::add(astray, Beside::Usage, Some(line.entry), Some(seq)),
            }
        }
    }
    while let Some(rest) = row {
        untold(&rest, astray)?;
        row = rows.next()?;
    }
    Ok(())
}

fn number(row: &Row) -> Result<i64, Trouble> {
    Ok(row.try_get(0)?)
}

fn trace(event: &Row) -> Result<Option<Trace>, Trouble> {
    Ok(Trace::of(Told {
        event_type: event.try_get(3)?,
        resource: event.try_get(4)?,
        tool: event.try_get(5)?,
        client: event.try_get(6)?,
        details: event.try_get(7)?,
    }))
}

/// A row that no event tells.
fn untold(row: &Row, astray: &mut Vec<Astray>) -> Result<(), Trouble> {
    let entry = bytes(row, 3).ok().map(EntryId::from_bytes);
    Astray::add(astray, Beside::Usage, entry, Some(seq_of(number(row)?)));
    Ok(())
}

fn is_told(row: &Row, line: &Line<'_>, event: &Row) -> Result<bool, Trouble> {
    let text = |index: usize| row.try_get::<_, Option<&str>>(index);
    Ok(row.try_get::<_, i64>(1)? == line.kind
        && text(2)? == event.try_get::<_, Option<&str>>(1)?
        && row.try_get::<_, &[u8]>(3)? == line.entry.as_bytes()
        && row.try_get::<_, i64>(4)? == event.try_get::<_, i64>(2)?
        && text(5)? == line.platform
        && text(6)? == Some(line.tool)
        && text(7)? == Some(line.action)
        && text(8)? == line.detail
        && text(9)? == Some(&*line.tags))
}

/// The words of each entry, in the index and in the bag.
fn words(connection: &Connection, astray: &mut Vec<Astray>) -> Result<(), Trouble> {
    let mut rows = Rows::new(connection, sql::ALL_TEXTS);
    while let Some(row) = rows.next()? {
        if !has_its_words(&row)? {
            Astray::add(astray, Beside::Words, bytes(&row, 1).ok().map(EntryId::from_bytes), None);
        }
    }
    Ok(())
}

fn has_its_words(row: &Row) -> Result<bool, Trouble> {
    let text = |index: usize| row.try_get::<_, Option<&str>>(index);
    let (Some(_), Some(title), Some(body), Some(labels)) =
        (row.try_get::<_, Option<&[u8]>>(1)?, text(2)?, text(3)?, text(4)?)
    else {
        return Ok(false);
    };
    let (Some(number), Some(indexed)) = (row.try_get::<_, Option<i64>>(7)?, row.try_get::<_, Option<Vec<&str>>>(6)?)
    else {
        return Ok(false);
    };
    let number = format!("{number}_");
    let bare: Option<BTreeSet<&str>> = indexed.iter().map(|word| word.strip_prefix(&*number)).collect();
    let bag = row.try_get::<_, Option<&[u8]>>(5)?;
    Ok(bare == Some(words_of([title, body, labels])) && bag == Some(&*bag::pack_fields([title, body, labels])))
}
