//! The auditor's package: a folder that shows events, and that nothing is missing between the first of them and the last.
//!
//! | file | what |
//! | --- | --- |
//! | `checkpoint` | a signed checkpoint of the log (`tlog-checkpoint`), written last: a folder without it is unfinished |
//! | `key` | the log's verifier key, for reading; whether it is the right one the auditor knows from elsewhere |
//! | `tile/entries/…` | **every** leaf of the covered range, as entry bundles of `tlog-tiles`, whole bundles of 256 |
//! | `tile/0/…`, `tile/1/…` | the tiles that lead from those leaves to the checkpoint's root |
//! | `events.ndjson` | the events that fit the filter, as `annals query --format ndjson` shows them, without the cursor |
//! | `disclosures.ndjson` | for each of them `{"seq":N,"entry":"…","disclosed":{…}}`, the members of a proof's `extra` |
//! | `declared.ndjson` | `{"seq":N,"event_type":"…","proof":"…"}`: the events by which the log says of itself what is missing, and a `tlog-proof` of each |
//! | `VERIFY.md` | how to check all that without Annals |
//! | `REPORT.md` | period, counts, gaps, erasures, key changes, spans without a checkpoint |
//!
//! Leaves hold no content, so that all of them can be given away: an auditor who sees ten events of a thousand sees that there were a thousand, of which types and when, and that
//! no other event was left out. The range goes from the first fitting event to the last unless the filter names one.
//!
//! An entry of no bytes stands for a row that was pruned whole: its hash is in the tile, and an `audit.pruned` among the declared ones covers it; anything else is refused as damage.
//!
//! The log is read in one pass, in spans of 256 rows, and nothing of it is held that grows with it.

mod declared;
mod folder;
mod leaves;
mod pass;
mod report;

use std::path::Path;

use annals_store::{Filter, Order, PageRequest};

use self::folder::Folder;
use crate::proof::no_evidence;
use crate::{Audit, Error, ErrorKind};

/// What was put into a bundle.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Bundled {
    /// The first leaf of the covered range.
    pub first_seq: u64,
    /// The last one.
    pub last_seq: u64,
    /// How many events are shown.
    pub n_events: u64,
    /// How many rows of the range were pruned whole, so that only their hashes are there.
    pub n_pruned: u64,
    /// The size of the checkpoint.
    pub size: u64,
}

impl Audit {
    /// Writes a bundle of the events that fit into this folder, which is made if it is missing and must be empty.
    ///
    /// `asked` says in words what was asked for, and stands in the report. `progress` is told how many leaves of how many are done. A checkpoint is signed first where the newest one
    /// doesn't cover the log and this service may write.
    ///
    /// Errors: `Invalid` for a folder that is not empty, `NotFound` where no event fits or no checkpoint covers it, `Corrupt` where a row is not what the log recorded.
    pub fn export_bundle(
        &self,
        folder: &Path,
        filter: &Filter,
        asked: &str,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Bundled, Error> {
        let store = self.core().store.get()?;
        let evidence = store.evidence().ok_or_else(no_evidence)?;
        let checkpoint = crate::proof::cover_all(self.core(), evidence)?;
        let range = self.covered(filter, checkpoint.size)?;
        let mut folder = Folder::make(folder)?;
        let sources = pass::Sources { store: store.as_ref(), evidence, checkpoint: &checkpoint };
        let declared = declared::write(&sources, &range, &mut folder)?;
        let told = pass::write(&sources, &range, filter, &declared, &mut folder, progress)?;
        report::write(&sources, &range, &told, &declared, asked, &mut folder)?;
        folder.finish(&checkpoint.note)?;
        // The checkpoint is in the folder already; where the log can't be written, it may be thinned out here.
        let _ = evidence.keep_checkpoint(checkpoint.size);
        Ok(Bundled {
            first_seq: range.start,
            last_seq: range.end - 1,
            n_events: told.n_shown,
            n_pruned: told.n_pruned,
            size: checkpoint.size,
        })
    }

    /// The leaves from the first fitting event to the last, or those that the filter names; below this size.
    fn covered(&self, filter: &Filter, size: u64) -> Result<std::ops::Range<u64>, Error> {
        let nothing = || Error::new(ErrorKind::NotFound, "no event that a checkpoint covers fits");
        let range = if let Some(span) = filter.seqs {
            span.start..span.end.min(size)
        } else {
            let first = self.end_of(filter, Order::Oldest)?.ok_or_else(nothing)?;
            let last = self.end_of(filter, Order::Newest)?.ok_or_else(nothing)?;
            first..(last + 1).min(size)
        };
        if range.is_empty() { Err(nothing()) } else { Ok(range) }
    }

    /// The first fitting event from this end.
    fn end_of(&self, filter: &Filter, order: Order) -> Result<Option<u64>, Error> {
        let mut request = PageRequest { order, limit: annals_store::Limit::new(1)?, cursor: None };
        loop {
            let page = self.query(filter, &request)?;
            if let Some(event) = page.events.first() {
                return Ok(Some(event.seq));
            }
            let Some(cursor) = page.cursor else { return Ok(None) };
            request.cursor = Some(cursor);
        }
    }
}
