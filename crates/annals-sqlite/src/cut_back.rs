//! Cutting back to the rows that are there what tables beside the log know beyond them, before the log goes on under a new name.
//!
//! Somebody may have taken rows away and left the rest. Afterwards a database is what an older copy of it would have been: marks stand behind the last row of their producer, so that a
//! journal which still holds lost events can deliver them, and one that doesn't is asked for them; nothing that is listed for a lost row is taken for one that gets its number later.
//! The loss itself is told by the event with which the log goes on. Only dead letters are kept, since nobody else has what they hold: they are declared anew.
//!
//! What is not known: how far a producer had come whose rows were all pruned. Its mark stays.

use std::collections::HashMap;

use annals_event::{Gap, GapReason, GapSpan, ProducerId};
use annals_store::backend::Ledger as _;
use annals_store::{Error, Mark};
use rusqlite::params;

use crate::failure::Trouble;
use crate::ledger::Ledger;
use crate::row::{counted, stored};
use crate::standing::State;
use crate::writer::Writing;
use crate::{sql, tree};

/// Cuts tree, checkpoints, lists and marks.
pub(crate) fn cut_back(writing: &Writing<'_>, state: State, n_events: u64) -> Result<(), Trouble> {
    if state.n_leaves > n_events {
        tree::cut(writing.connection, n_events)?;
    }
    for statement in [
        sql::CUT_COMMITMENTS,
        sql::CUT_EMPTIED,
        sql::CUT_SESSIONS,
        sql::CUT_OPERATIONS,
        sql::CUT_KEYS,
        // Out of the way of new rows, until they are declared anew.
        sql::PUT_DEAD_LETTERS_ASIDE,
    ] {
        writing.connection.execute(statement, [stored(n_events)])?;
    }
    crate::awareness::cut_back(writing.connection, n_events)?;
    crate::search::cut_back(writing.connection, n_events)?;
    writing.connection.execute(sql::CUT_CHECKPOINTS, [stored(n_events)])?;
    // Behind the tree: the schema lets no mark move over rows without leaves.
    cut_marks(writing, n_events)
}

/// Declares the dead letters whose declaration is gone.
pub(crate) fn declare_letters(ledger: &mut Ledger<'_, '_>) -> Result<(), Error> {
    let connection = ledger.writing().connection;
    let letters: Vec<(i64, [u8; 16], u64)> = connection
        .prepare_cached(sql::DEAD_LETTERS_ASIDE)
        .and_then(|mut letters| {
            letters.query_map([], |row| Ok((row.get(0)?, row.get(1)?, counted(row, 2)?)))?.collect()
        })
        .map_err(|error| ledger.writing().failed(error))?;
    for (aside, producer, pseq) in letters {
        let gap_seq = ledger.declare_refused(ProducerId::from_bytes(producer), pseq)?;
        connection
            .prepare_cached(sql::MOVE_DEAD_LETTER)
            .and_then(|mut put| put.execute(params![stored(gap_seq), aside]))
            .map_err(|error| ledger.writing().failed(error))?;
    }
    Ok(())
}

/// Sets marks back to what rows and declared losses say.
fn cut_marks(writing: &Writing<'_>, n_events: u64) -> Result<(), Trouble> {
    let connection = writing.connection;
    let mut marks = HashMap::<ProducerId, Mark>::new();
    let mut n_rows = 0;
    {
        let mut statement = connection.prepare(sql::NUMBERS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            n_rows += 1;
            reach(&mut marks, ProducerId::from_bytes(row.get(0)?), counted(row, 1)? + 1);
        }
        let mut statement = connection.prepare(sql::GAPS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // One that can't be read is `verify`'s to tell.
            if let Ok(gap) = Gap::from_details(row.get_ref(0)?.as_str().unwrap_or_default()) {
                declared(&mut marks, &gap);
            }
        }
    }
    let is_pruned = n_rows < n_events;
    let kept: Vec<([u8; 16], Mark)> = connection
        .prepare(sql::ALL_MARKS)?
        .query_map([], |row| Ok((row.get(0)?, Mark { next_pseq: counted(row, 1)?, n_shed: counted(row, 2)? })))?
        .collect::<rusqlite::Result<_>>()?;
    for (producer, mark) in kept {
        match marks.get(&ProducerId::from_bytes(producer)) {
            Some(known) if known.next_pseq < mark.next_pseq || known.n_shed < mark.n_shed => {
                let (next_pseq, n_shed) = (known.next_pseq.min(mark.next_pseq), known.n_shed.min(mark.n_shed));
                connection.execute(sql::SET_MARK_BACK, params![&producer[..], stored(next_pseq), stored(n_shed)])?;
            }
            None if !is_pruned => drop(connection.execute(sql::FORGET_MARK, [&producer[..]])?),
            _ => {}
        }
    }
    Ok(())
}

fn declared(marks: &mut HashMap<ProducerId, Mark>, gap: &Gap) {
    match gap.span {
        GapSpan::Range { last, .. } => reach(marks, gap.producer, last.saturating_add(1)),
        GapSpan::From { first } => reach(marks, gap.producer, first.saturating_add(1)),
        GapSpan::After { .. } => {}
    }
    if gap.reason == GapReason::Shed {
        let mark = marks.entry(gap.producer).or_default();
        mark.n_shed = mark.n_shed.saturating_add(gap.n_events.unwrap_or_default());
    }
}

fn reach(marks: &mut HashMap<ProducerId, Mark>, producer: ProducerId, next_pseq: u64) {
    let mark = marks.entry(producer).or_default();
    mark.next_pseq = mark.next_pseq.max(next_pseq);
}
