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

use crate::failure::Trouble;
use crate::ledger::Ledger;
use crate::row::{bytes, counted, stored};
use crate::standing::State;
use crate::writer::Writing;
use crate::{sql, tree};

/// Cuts tree, checkpoints, lists and marks.
pub(crate) fn cut_back(writing: &Writing<'_>, state: State) -> Result<(), Trouble> {
    let n_events = state.n_rows;
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
        writing.connection.execute(statement, &[&stored(n_events)])?;
    }
    crate::awareness::cut_back(writing.connection, n_events)?;
    writing.connection.execute(sql::CUT_CHECKPOINTS, &[&stored(n_events)])?;
    cut_marks(writing, n_events)
}

/// Declares the dead letters whose declaration is gone.
pub(crate) fn declare_letters(ledger: &mut Ledger<'_, '_>) -> Result<(), Error> {
    let connection = ledger.connection()?;
    let letters = connection.rows(sql::DEAD_LETTERS_ASIDE, &[]).map_err(|error| ledger.writing().failed(error))?;
    for row in &letters {
        let read = || Ok::<_, Trouble>((row.try_get::<_, i64>(0)?, bytes(row, 1)?, counted(row, 2)?));
        let (aside, producer, pseq) = read().map_err(|error| ledger.writing().failed(error))?;
        let gap_seq = ledger.declare_refused(ProducerId::from_bytes(producer), pseq)?;
        connection
            .execute(sql::MOVE_DEAD_LETTER, &[&stored(gap_seq), &aside])
            .map_err(|error| ledger.writing().failed(error))?;
    }
    Ok(())
}

/// Sets marks back to what rows and declared losses say.
fn cut_marks(writing: &Writing<'_>, n_events: u64) -> Result<(), Trouble> {
    let connection = writing.connection;
    let mut marks = HashMap::<ProducerId, Mark>::new();
    let rows = connection.rows(sql::NUMBERS, &[])?;
    for row in &rows {
        reach(&mut marks, ProducerId::from_bytes(bytes(row, 0)?), counted(row, 1)?);
    }
    let is_pruned = connection.one(sql::COUNT_EVENTS, &[]).and_then(|row| counted(&row, 0))? < n_events;
    for row in connection.rows(sql::GAPS, &[])? {
        // One that can't be read is `verify`'s to tell.
        if let Ok(gap) = Gap::from_details(row.try_get::<_, Option<&str>>(0)?.unwrap_or_default()) {
            declared(&mut marks, &gap);
        }
    }
    for row in &connection.rows(sql::ALL_MARKS, &[])? {
        let producer = bytes(row, 0)?;
        let mark = Mark { next_pseq: counted(row, 1)?, n_shed: counted(row, 2)? };
        match marks.get(&ProducerId::from_bytes(producer)) {
            Some(known) if known.next_pseq < mark.next_pseq || known.n_shed < mark.n_shed => {
                let (next_pseq, n_shed) = (known.next_pseq.min(mark.next_pseq), known.n_shed.min(mark.n_shed));
                connection.execute(sql::SET_MARK_BACK, &[&&producer[..], &stored(next_pseq), &stored(n_shed)])?;
            }
            None if !is_pruned => drop(connection.execute(sql::FORGET_MARK, &[&&producer[..]])?),
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
