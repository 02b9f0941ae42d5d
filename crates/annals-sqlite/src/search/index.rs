//! The index of words: taking events in, and taking out what goes.

use std::time::{Duration, Instant};

use annals_event::StoredEvent;
use annals_store::{Error, EventWords};
use rusqlite::{Connection, OptionalExtension, params};

use crate::readers::Readers;
use crate::row::{self, counted, stored};
use crate::writer::{Ending, Writer};
use crate::{read, sql};

/// One transaction takes in at most so many events…
const MAX_EVENTS: u64 = 64;
/// … and no more after so long, so that no append waits longer than that for its turn.
const MAX_WORK: Duration = Duration::from_millis(4);

/// See [`annals_store::EventStore::index_words`].
pub(crate) fn index(writer: &Writer, readers: &Readers) -> Result<u64, Error> {
    // A look first: there is nothing to do most of the time, and looking takes nobody's turn.
    let is_behind =
        readers.read(|connection| Ok(Some(mark(connection)?) <= read::head(connection)?.n_events.checked_sub(1)))?;
    if !is_behind {
        return Ok(0);
    }
    writer.transaction(|writing| {
        let n_events = take_in(writing.connection).map_err(|error| writing.failed(error))?;
        Ok(if n_events == 0 { Ending::Nothing(0) } else { Ending::Commit(n_events) })
    })
}

/// How far the index is: the words of each event below are in.
pub(super) fn mark(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached(sql::TEXT_MARK)?.query_row([], |row| counted(row, 0))
}

/// Takes in the next events. They are read here, under the lock: what was read before it may have been erased since.
fn take_in(connection: &Connection) -> rusqlite::Result<u64> {
    let started = Instant::now();
    let mut next = connection.prepare_cached(sql::EVENTS_TO_INDEX)?;
    let mut rows = next.query(params![stored(mark(connection)?), stored(MAX_EVENTS)])?;
    let (mut n_events, mut last) = (0, None);
    while let Some(row) = rows.next()? {
        let event = row::read(row)?;
        put(connection, &event)?;
        n_events += 1;
        last = Some(event.seq);
        if started.elapsed() > MAX_WORK {
            break;
        }
    }
    if let Some(last) = last {
        connection.prepare_cached(sql::MOVE_TEXT_MARK)?.execute([stored(last + 1)])?;
    }
    Ok(n_events)
}

/// Takes the words out that a row has no more. The row is as it shall be, or gone.
pub(crate) fn forget(connection: &Connection, seq: u64) -> rusqlite::Result<()> {
    if mark(connection)? <= seq {
        return Ok(());
    }
    connection.prepare_cached(sql::FORGET_EVENT_TEXT)?.execute([stored(seq)])?;
    match read::by_seq(connection, seq)? {
        Some(event) => put(connection, &event),
        None => Ok(()),
    }
}

/// Takes out what lies behind the log's new end.
pub(crate) fn cut_back(connection: &Connection, n_events: u64) -> rusqlite::Result<()> {
    connection.prepare_cached(sql::CUT_EVENT_TEXT)?.execute([stored(n_events)])?;
    connection.prepare_cached(sql::CUT_TEXT_MARK)?.execute([stored(n_events)]).map(drop)
}

fn put(connection: &Connection, event: &StoredEvent) -> rusqlite::Result<()> {
    let space = number(connection, &event.space)?;
    let words = EventWords::of(event);
    let mut put = connection.prepare_cached(sql::PUT_EVENT_TEXT)?;
    put.execute(params![stored(event.seq), of_space(space, &words.said), of_space(space, &words.labels)]).map(drop)
}

/// A space's number, given to it when it is first met.
fn number(connection: &Connection, space: &str) -> rusqlite::Result<i64> {
    let known = connection.prepare_cached(sql::EVENT_SPACE)?.query_row([space], |row| row.get(0)).optional()?;
    match known {
        Some(number) => Ok(number),
        None => connection.prepare_cached(sql::NAME_EVENT_SPACE)?.query_row([space], |row| row.get(0)),
    }
}

/// Words with the number of their space in front.
pub(super) fn of_space(space: i64, words: &str) -> String {
    let named = words.split(' ').filter(|word| !word.is_empty()).map(|word| format!("{space}_{word}"));
    named.collect::<Vec<_>>().join(" ")
}
