//! Which checkpoint a proof names.

use annals_store::{EvidenceStore, Kept, StoredCheckpoint};

use crate::audit::Core;
use crate::settings::Mode;
use crate::{Error, ErrorKind};

/// How many checkpoints are looked at in one go.
const PAGE: usize = 256;

/// The newest checkpoint that covers this event; one is signed where none does.
pub(crate) fn cover(core: &Core, evidence: &dyn EvidenceStore, seq: u64) -> Result<StoredCheckpoint, Error> {
    if let Some(covering) = newest_checkpoint(evidence, seq + 1)? {
        return Ok(covering);
    }
    if core.settings.mode != Mode::ReadOnly {
        core.seal_now(Kept::Named)?;
    }
    newest_checkpoint(evidence, seq + 1)?.ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            format!("no checkpoint covers event {seq} yet (hint: `annals checkpoint` signs one)"),
        )
    })
}

/// The newest checkpoint of at least this size.
///
/// It is looked for from the log's end backwards, in spans that double, so that a log with years of checkpoints costs no more than a few rows.
pub(crate) fn newest_checkpoint(
    evidence: &dyn EvidenceStore,
    at_least: u64,
) -> Result<Option<StoredCheckpoint>, Error> {
    let end = evidence.standing()?.tree.size;
    let mut span = 0_u64;
    loop {
        let from = end.saturating_sub(span).max(at_least);
        let mut newest: Option<StoredCheckpoint> = None;
        let mut next = from;
        loop {
            let page = evidence.checkpoints(next, PAGE)?;
            let n_found = page.len();
            newest = page.into_iter().next_back().or(newest);
            match &newest {
                Some(newest) if n_found == PAGE => next = newest.size + 1,
                _ => break,
            }
        }
        if newest.is_some() || from == at_least || end <= at_least {
            return Ok(newest);
        }
        span = span.saturating_mul(2).max(256);
    }
}

/// The newest checkpoint, after one was signed for what none covers yet, if that can be done.
pub(crate) fn cover_all(core: &Core, evidence: &dyn EvidenceStore) -> Result<StoredCheckpoint, Error> {
    // Where nobody can sign, what was signed before covers what it covers.
    let sealed = if core.settings.mode == Mode::ReadOnly { Ok(None) } else { core.seal_now(Kept::Named) };
    if let Ok(Some(sealed)) = sealed {
        return Ok(sealed);
    }
    newest_checkpoint(evidence, 1)?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "the log has no checkpoint yet (hint: `annals checkpoint` signs one)")
    })
}
