//! Entries held against the log: what stands in the tables must be what the newest event about it says.
//!
//! The events were checked with all others when this begins, so they are believed here. Tables and log are compared as of one moment of the database. Where events were erased or pruned, an entry
//! whose events may have been among them cannot be judged, and is not accused; neither is one that is newer than what was checked.

use std::collections::BTreeMap;

use annals_event::Column;
use annals_store::awareness::{AwarenessStore, EntryId, Trace};
use annals_store::{Error, ErrorKind, EventStore, Filter, Limit, Order, PageRequest};

use super::Verdict;
use super::findings::Findings;

/// The types that tell of a change, as [`annals_store::awareness::Record`] writes them.
const CHANGES: [&str; 2] = ["resource.modified", "entity_deleted"];

/// How an entry stands in the tables.
struct Stands {
    digest: [u8; 32],
    is_whole: bool,
}

/// What the log says of it last.
struct Said {
    seq: u64,
    /// `None` once it is gone, or where the event was emptied.
    digest: Option<[u8; 32]>,
    is_known: bool,
}

/// The newest word on each entry, by its space and id.
type Words = BTreeMap<(String, EntryId), Said>;

/// Accuses each entry that is not as the log says, and each that is missing.
pub(super) fn judge(
    store: &dyn EventStore,
    entries: &dyn AwarenessStore,
    has_pruned: bool,
    findings: &mut Findings,
) -> Result<(), Error> {
    let mut stands = BTreeMap::<(String, EntryId), Stands>::new();
    let n_events = entries.scan(&mut |scanned| {
        let (digest, is_whole) = (scanned.entry.digest(scanned.space), scanned.is_whole);
        stands.insert((scanned.space.to_owned(), scanned.entry.id), Stands { digest, is_whole });
    });
    let n_events = match n_events {
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            findings.beside(Verdict::Edited, "the entries cannot be read: a row of them is none that Annals wrote");
            return Ok(());
        }
        outcome => outcome?,
    };
    let (said, mut has_gone) = said(store, n_events)?;
    has_gone |= has_pruned;
    for ((space, id), stands) in &stands {
        match said.get(&(space.clone(), *id)) {
            Some(said) if said.is_known && said.digest != Some(stands.digest) => {
                let text = format!("entry {id} is not as event {} says: it was changed beside the log", said.seq);
                findings.beside(Verdict::Edited, text);
            }
            _ if !stands.is_whole => {
                let text = format!("entry {id} has values beside it that do not follow from it");
                findings.beside(Verdict::Edited, text);
            }
            None if !has_gone => {
                findings.beside(Verdict::Inserted, format!("entry {id} is there, and no event tells of it"));
            }
            _ => {}
        }
    }
    for ((space, id), said) in &said {
        if said.is_known && said.digest.is_some() && !stands.contains_key(&(space.clone(), *id)) {
            findings
                .beside(Verdict::Missing, format!("entry {id} is gone, and event {} says that it stands", said.seq));
        }
    }
    Ok(())
}

/// The newest word on each entry before this `seq`, and whether there were words that are gone.
fn said(store: &dyn EventStore, n_events: u64) -> Result<(Words, bool), Error> {
    let filter = CHANGES.into_iter().fold(Filter::new(), Filter::event_type);
    let mut request = PageRequest { limit: Limit::MAX, order: Order::Oldest, ..PageRequest::default() };
    let (mut said, mut has_gone) = (BTreeMap::new(), false);
    loop {
        let page = match store.query(&filter, &request) {
            Ok(page) => page,
            // A forged row among them is accused already.
            Err(error) if error.kind() == ErrorKind::Corrupt => return Ok((BTreeMap::new(), true)),
            Err(error) => return Err(error),
        };
        for event in page.events.iter().filter(|event| event.seq < n_events) {
            let (entry, digest, is_known) = match Trace::of(event) {
                Some(Trace::Changed { entry, digest }) => (entry, Some(digest), true),
                Some(Trace::Purged { entry }) => (entry, None, true),
                _ if event.erased_by.is_some() => {
                    has_gone = true;
                    let resource = event.texts.get(Column::Resource).and_then(|text| text.strip_prefix("awareness:"));
                    match resource.and_then(|id| id.parse().ok()) {
                        Some(entry) => (entry, None, false),
                        None => continue,
                    }
                }
                _ => continue,
            };
            said.insert((event.space.clone(), entry), Said { seq: event.seq, digest, is_known });
        }
        match page.cursor {
            Some(cursor) => request.cursor = Some(cursor),
            None => return Ok((said, has_gone)),
        }
    }
}
