//! Changes that share a commit: each work in a savepoint of its own. Who leads and who waits is decided by [`changes::Changes`].

use annals_store::Error;
use annals_store::awareness::{Abort, Work};
use annals_store::backend::changes::{self, Done, Job, Outcomes};

use super::shelf::Table;
use crate::ledger::Ledger;
use crate::operations;
use crate::writer::{Ending, Writer, Writing};

/// The changes of one store that wait for a commit.
#[derive(Default)]
pub(crate) struct Changes(changes::Changes);

impl Changes {
    /// See [`annals_store::awareness::AwarenessStore::change`].
    pub(crate) fn change(&self, writer: &Writer, space: &str, work: Work) -> Result<Option<u64>, Abort> {
        self.0.change(space, work, |jobs| together(writer, jobs))
    }
}

/// Does the works in one transaction, and answers what became of each; nothing for those that there was no time for.
fn together(writer: &Writer, jobs: &mut [Job]) -> Result<Outcomes, Error> {
    let (outcomes, rest) = writer.transaction(|writing| {
        let done = changes::each(jobs, |job| alone(writing, job))?;
        let n_events = changes::n_events(&done);
        if n_events == 0 {
            return Ok(Ending::Nothing((changes::without_events(done), None)));
        }
        let mut ledger = Ledger::open(writing, n_events)?;
        let outcomes = changes::append(&mut ledger, &done)?;
        let rest = ledger.ending.take_rest();
        ledger.finish()?;
        Ok(Ending::Commit((outcomes, Some(rest))))
    })?;
    if let Some(rest) = rest {
        // The events are durable, so no error behind them is theirs: what is not ended here ends by its age.
        let _ = operations::end_rest(writer, &rest);
    }
    Ok(outcomes)
}

/// Does one work in its own savepoint. An error is one of the whole transaction.
fn alone(writing: &Writing<'_>, job: &mut Job) -> Result<Done, Error> {
    let failed = |error| writing.failed(error);
    writing.connection.execute_batch("SAVEPOINT work").map_err(failed)?;
    let mut table = Table::new(writing.connection, writing.location, &job.space, writing.now);
    let outcome = changes::work_at(&mut job.work, &mut table);
    if outcome.is_ok() && !table.unrecorded.is_empty() {
        table.sweep()?;
    }
    let outcome = changes::told(outcome, std::mem::take(&mut table.unrecorded));
    if let (Err(Abort::Store(error)), true) = (&outcome, writing.connection.is_autocommit()) {
        // SQLite has undone all of it.
        return Err(error.clone());
    }
    let ending = if outcome.is_ok() { "RELEASE work" } else { "ROLLBACK TO work; RELEASE work" };
    writing.connection.execute_batch(ending).map_err(failed)?;
    Ok(outcome)
}
