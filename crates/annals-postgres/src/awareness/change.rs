//! Changes that share a commit: each work in a part of the transaction of its own. Who leads and who waits is decided by [`changes::Changes`].

use annals_store::Error;
use annals_store::awareness::Abort;
use annals_store::backend::changes::{self, Done, Job, Outcomes};

use super::shelf::Table;
use crate::ledger::Ledger;
use crate::store::PostgresStore;
use crate::writer::{Ending, Writing};

/// Does the works in one transaction, and answers what became of each; nothing for those that there was no time for.
pub(super) fn together(store: &PostgresStore, jobs: &mut [Job]) -> Result<Outcomes, Error> {
    let (outcomes, rest) = store.transaction(|writing| {
        let done = changes::each(jobs, |job| alone(store, writing, job))?;
        if changes::n_events(&done) == 0 {
            return Ok(Ending::Nothing((changes::without_events(done), Vec::new())));
        }
        let mut ledger = Ledger::open(writing)?;
        let outcomes = changes::append(&mut ledger, &done)?;
        let rest = ledger.ending.take_rest();
        ledger.finish()?;
        Ok(Ending::Commit((outcomes, rest)))
    })?;
    // The events are durable, so no error behind them is theirs: what is not ended here ends by its age.
    let _ = store.end_rest(&rest);
    Ok(outcomes)
}

/// Does one work in its own part. An error is one of the whole transaction.
fn alone(store: &PostgresStore, writing: &Writing<'_>, job: &mut Job) -> Result<Done, Error> {
    writing.connection.part(&job.space);
    let mut table = Table::new(store, writing.connection, &job.space, writing.now);
    let mut outcome = changes::work_at(&mut job.work, &mut table);
    if outcome.is_ok() && !table.unrecorded.is_empty() {
        outcome = table.sweep().map_err(Abort::Store).and(outcome);
    }
    let outcome = changes::told(outcome, std::mem::take(&mut table.unrecorded));
    // A work without events keeps nothing.
    if outcome.as_ref().map_or(true, Vec::is_empty) {
        let undone = writing.connection.undo_part();
        if let (Err(error), Err(Abort::Store(cause))) = (&undone, &outcome)
            && !error.is_of_statement()
        {
            // The connection is gone, and the work was told why.
            return Err(cause.clone());
        }
        undone.map_err(|error| writing.failed(error))?;
    }
    Ok(outcome)
}
