//! Cleaning up entries: what lay in the trash or was expired for long enough goes for good, each with its event.
//!
//! It is done a few entries at a time, each time in a transaction of one space, so that nobody waits long for it, and whoever takes an entry out of the trash meanwhile has it. When, and how
//! long is long enough, is the caller's to say. Two who clean at once do no harm: each entry goes once, with one event.

use std::convert::Infallible;
use std::sync::Arc;

use annals_event::Timestamp;
use annals_store::awareness::{Action, Record};

use super::change::{Undone, entries_of};
use crate::audit::Core;
use crate::{Caller, Error};

/// Who purges, as the events tell: Annals itself.
const CREDENTIAL: &str = "annals";
/// What the events tell for a tool.
const TOOL: &str = "cleaner";
/// So many entries go in one transaction.
const MOST: u64 = 64;

impl Core {
    /// See [`crate::Audit::purge_stale`].
    pub(crate) fn purge_stale(self: &Arc<Self>, before: Timestamp) -> Result<u64, Error> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        let store = self.store.get()?;
        let mut n_purged = 0;
        for space in entries_of(store.as_ref())?.stale_spaces(before)? {
            // A name that no caller can have is none that Annals wrote; `verify` tells of it.
            let Ok(caller) = Caller::new(&space, CREDENTIAL) else { continue };
            loop {
                let space = space.clone();
                let purged = self.change(&caller, move |desk| {
                    let stale = desk.stale(before, MOST)?;
                    let mut events = Vec::with_capacity(stale.len());
                    for entry in &stale {
                        desk.purge(entry.id)?;
                        events.push(Record::change(&space, Action::Purged, entry, TOOL));
                    }
                    Ok::<_, super::change::Stop<Infallible>>((stale.len() as u64, events))
                });
                let purged = purged.map_err(|undone| match undone {
                    Undone::Failed(error) => error,
                    Undone::Refused(never) => match never {},
                })?;
                n_purged += purged;
                if purged < MOST {
                    break;
                }
            }
        }
        Ok(n_purged)
    }
}
