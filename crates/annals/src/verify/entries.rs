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
    /// `None` once it is gone.
    digest: Option<[u8; 32]>,
    /// Whether the event still says it.
    is_known: bool,
}

/// All that the log says of entries.
#[derive(Default)]
struct Words {
    /// The newest word on each, by its space and id.
    newest: BTreeMap<(String, EntryId), Said>,
    /// Events of a space that might have told of any entry, and say nothing any more.
    emptied: BTreeMap<String, Emptied>,
    /// A row of them can't be read.
    is_broken: bool,
}

#[derive(Default)]
struct Emptied {
    n: usize,
    /// The `seq` of the last one.
    last: u64,
}

/// Whether rows were deleted, and the events of entries perhaps with them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    AllThere,
    SomeDeleted,
}

/// Accuses each entry that is not as the log says, and each that is missing; and answers how many entries there are.
pub(super) fn judge(
    store: &dyn EventStore,
    entries: &dyn AwarenessStore,
    rows: Rows,
    findings: &mut Findings,
) -> Result<u64, Error> {
    let mut stands = BTreeMap::<(String, EntryId), Stands>::new();
    let n_events = entries.scan(&mut |scanned| {
        let (digest, is_whole) = (scanned.entry.digest(scanned.space), scanned.is_whole);
        stands.insert((scanned.space.to_owned(), scanned.entry.id), Stands { digest, is_whole });
    });
    let n_events = match n_events {
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            findings.beside(Verdict::Edited, "the entries cannot be read: a row of them is none that Annals wrote");
            return Ok(0);
        }
        outcome => outcome?,
    };
    let words = words(store, n_events)?;
    if words.is_broken {
        return Ok(0);
    }
    let mut doubts = Doubts { emptied: &words.emptied, of_space: BTreeMap::new() };
    for ((space, id), stands) in &stands {
        match words.newest.get(&(space.clone(), *id)) {
            Some(said) if said.is_known && said.digest != Some(stands.digest) => {
                let text = format!("entry {id} is not as event {} says: it was changed beside the log", said.seq);
                doubts.add(space, Some(said.seq), (Verdict::Edited, text), findings);
            }
            None if rows == Rows::AllThere => {
                let text = format!("entry {id} is there, and no event tells of it");
                doubts.add(space, None, (Verdict::Inserted, text), findings);
            }
            _ if !stands.is_whole => {
                let text = format!("entry {id} has values beside it that do not follow from it");
                findings.beside(Verdict::Edited, text);
            }
            _ => {}
        }
    }
    for ((space, id), said) in &words.newest {
        if said.is_known && said.digest.is_some() && !stands.contains_key(&(space.clone(), *id)) {
            let text = format!("entry {id} is gone, and event {} says that it stands", said.seq);
            doubts.add(space, Some(said.seq), (Verdict::Missing, text), findings);
        }
    }
    doubts.settle(findings);
    Ok(stands.len() as u64)
}

/// Accusations that an emptied event might explain. Each explains one entry, so no more of them are held back than there are such events in the space.
struct Doubts<'a> {
    emptied: &'a BTreeMap<String, Emptied>,
    of_space: BTreeMap<&'a str, Vec<(Verdict, String)>>,
}

impl<'a> Doubts<'a> {
    /// Accuses at once what no emptied event behind the newest word can explain.
    fn add(&mut self, space: &'a str, said: Option<u64>, accusation: (Verdict, String), findings: &mut Findings) {
        match self.emptied.get(space) {
            Some(emptied) if said < Some(emptied.last) => self.of_space.entry(space).or_default().push(accusation),
            _ => findings.beside(accusation.0, accusation.1),
        }
    }

    fn settle(self, findings: &mut Findings) {
        for (space, doubts) in self.of_space {
            if self.emptied.get(space).is_none_or(|emptied| emptied.n < doubts.len()) {
                for (verdict, text) in doubts {
                    findings.beside(verdict, text);
                }
            }
        }
    }
}

/// What the log says before this `seq`.
fn words(store: &dyn EventStore, n_events: u64) -> Result<Words, Error> {
    let filter = CHANGES.into_iter().fold(Filter::new(), Filter::event_type);
    let mut request = PageRequest { limit: Limit::MAX, order: Order::Oldest, ..PageRequest::default() };
    let mut words = Words::default();
    loop {
        let page = match store.query(&filter, &request) {
            Ok(page) => page,
            // A forged row among them is accused already.
            Err(error) if error.kind() == ErrorKind::Corrupt => return Ok(Words { is_broken: true, ..words }),
            Err(error) => return Err(error),
        };
        for event in page.events.iter().filter(|event| event.seq < n_events) {
            let (entry, digest, is_known) = match Trace::of(event) {
                Some(Trace::Changed { entry, digest }) => (entry, Some(digest), true),
                Some(Trace::Purged { entry }) => (entry, None, true),
                _ if event.erased_by.is_some() => {
                    // Where only the details went, it is known whose they were.
                    let resource = event.texts.get(Column::Resource);
                    match resource.map(|text| text.strip_prefix("awareness:").and_then(|id| id.parse().ok())) {
                        Some(Some(entry)) => (entry, None, false),
                        Some(None) => continue,
                        None => {
                            let emptied = words.emptied.entry(event.space.clone()).or_default();
                            *emptied = Emptied { n: emptied.n + 1, last: event.seq };
                            continue;
                        }
                    }
                }
                _ => continue,
            };
            words.newest.insert((event.space.clone(), entry), Said { seq: event.seq, digest, is_known });
        }
        match page.cursor {
            Some(cursor) => request.cursor = Some(cursor),
            None => return Ok(words),
        }
    }
}
