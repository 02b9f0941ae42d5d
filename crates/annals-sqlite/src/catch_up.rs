//! Taking the events of an older database into the tree, which was not there when they were recorded.
//!
//! It happens at the first opening to write, in the log's order, in short transactions under the lock like any append: others queue in between, and a process that is killed leaves what
//! the next one goes on with. Nothing is appended before the last of them is in, and then the log itself says how many they were: what was changed before is not caught by any proof.

use std::time::{Duration, Instant};

use annals_event::Event;
use annals_store::backend::{LeafScratch, Ledger as _, OWN_SPACE, hash_leaf};
use annals_store::{Error, ErrorKind};
use serde_json::json;

use crate::failure::Trouble;
use crate::ledger::Ledger;
use crate::read;
use crate::row::stored;
use crate::scan::Span;
use crate::sql;
use crate::standing::State;
use crate::tree;
use crate::writer::{Ending, Writer, Writing};

/// A transaction takes at most so many events…
const MAX_EVENTS: u64 = 4_096;
/// … and no more after so long.
const MAX_WORK: Duration = Duration::from_millis(20);
/// How many events lie between two looks at the clock.
const LOOK_EVERY: usize = 64;

/// Takes in all that is left, if anything is.
pub(crate) fn finish(writer: &Writer) -> Result<(), Error> {
    if !writer.inspect(|connection| {
        State::read(connection).map(|state| state.n_before_tree.is_none()).map_err(|error| writer.told(error))
    })? {
        return Ok(());
    }
    let mut scratch = LeafScratch::default();
    loop {
        match writer.transaction(|writing| take(writing, &mut scratch))? {
            Progress::Done => return Ok(()),
            Progress::Some { n_leaves, n_rows } if writer.patience().is_over() => {
                return Err(Error::new(
                    ErrorKind::Busy,
                    format!("the events of an older format are being taken into the tree: {n_leaves} of {n_rows}"),
                ));
            }
            Progress::Some { .. } => {}
        }
    }
}

enum Progress {
    Done,
    Some { n_leaves: u64, n_rows: u64 },
}

/// One transaction of it.
fn take(writing: &mut Writing<'_>, scratch: &mut LeafScratch) -> Result<Ending<Progress>, Error> {
    let started = Instant::now();
    // Read again under the lock: another process may have been faster.
    let state = State::read(writing.connection).map_err(|error| writing.failed(error))?;
    writing.location.check_name(state.log, writing.log)?;
    if state.n_before_tree.is_some() {
        return Ok(Ending::Nothing(Progress::Done));
    }
    let n_rows = read::head(writing.connection).map_err(|error| writing.failed(error))?.n_events;
    if state.n_leaves == n_rows {
        return begin(writing, n_rows).map(|()| Ending::Commit(Progress::Done));
    }
    let n_leaves = grow(writing, state.n_leaves, n_rows, started, scratch).map_err(|error| writing.failed(error))?;
    Ok(Ending::Commit(Progress::Some { n_leaves, n_rows }))
}

/// Takes some rows in, and answers how many leaves there are then.
fn grow(
    writing: &Writing<'_>,
    n_leaves: u64,
    n_rows: u64,
    started: Instant,
    scratch: &mut LeafScratch,
) -> Result<u64, Trouble> {
    let last = stored(n_rows.min(n_leaves + MAX_EVENTS)) - 1;
    // Reading is the lesser half of the work.
    let go_on = |n: usize| !n.is_multiple_of(LOOK_EVERY) || started.elapsed() < MAX_WORK / 2;
    let span = Span::read_while(writing.connection, stored(n_leaves), last, go_on)?;
    let mut tree = tree::open(writing.connection, n_leaves)?;
    let mut outcome = Ok(());
    span.visit(&mut |scanned| {
        if outcome.is_err() {
            return;
        }
        outcome = match scanned.content {
            _ if scanned.seq != stored(tree.size()) => {
                Err(Trouble::Damaged(format!("event {} is missing", tree.size())))
            }
            Err(problem) => Err(Trouble::Damaged(format!("event {}: {problem}", scanned.seq))),
            Ok(content) => match content.salt {
                Some(salt) => tree.append(hash_leaf(content.row, &salt, scratch)).map_err(Trouble::from),
                None => Err(Trouble::Damaged(format!("event {} has no salt", scanned.seq))),
            },
        };
    });
    outcome?;
    tree::store(&mut tree, writing.connection)?;
    Ok(tree.size())
}

/// Says in the log that it is provable from here on.
fn begin(writing: &mut Writing<'_>, n_events: u64) -> Result<(), Error> {
    writing.connection.execute(sql::BEGIN_TREE, [stored(n_events)]).map_err(|error| writing.failed(error))?;
    if n_events > 0 {
        let mut ledger = Ledger::open(writing, 1)?;
        let event = Event::new("audit.tree_begun").details(json!({ "n_events": n_events }));
        ledger.put_own(&event, OWN_SPACE, "")?;
        ledger.finish()?;
    }
    Ok(())
}
