//! Whether a journal still holds what was erased from the database.
//!
//! A running process gives up a file of its journal only when all of it is durable and the next one has begun, so an event may lie there long after it was recorded; and one that is not
//! recorded yet is not covered by any erasure. Both are told. Journals of other databases in the same folder are looked at too: the promise is about the folder.

use std::collections::{BTreeMap, HashMap, HashSet};

use annals_event::{Encoded, EventId, PAYLOAD_FORMAT, ProducerId};
use annals_journal::{Condition, Peeked};
use annals_store::Selection;

use super::PendingBytes;
use crate::Error;
use crate::place::Place;

/// What lies in one journal.
#[derive(Default)]
struct Lies {
    n_events: u64,
    looks_like_it: bool,
}

/// What of the erased still lies in journals: by the ids of what was emptied, and by what was meant.
pub(super) fn pending(place: &Place, what: &Selection, ids: &HashSet<EventId>) -> Result<Vec<PendingBytes>, Error> {
    let mut by_producer = BTreeMap::<[u8; 16], Lies>::new();
    annals_journal::peek(&place.journals(), PAYLOAD_FORMAT, &mut |producer, peeked| match peeked {
        Peeked::Record(payload) => {
            // An event that can't be read is looked at like damaged bytes.
            let is_meant = match Encoded::decode(payload) {
                Ok(event) => ids.contains(&event.id()) || what.means(&event),
                Err(_) => is_like_it(payload, what, ids),
            };
            if is_meant {
                by_producer.entry(producer).or_default().n_events += 1;
            }
        }
        Peeked::Unreadable(bytes) => {
            if is_like_it(bytes, what, ids) {
                by_producer.entry(producer).or_default().looks_like_it = true;
            }
        }
    })
    .map_err(Error::journal)?;
    if by_producer.is_empty() {
        return Ok(Vec::new());
    }
    let waiting = annals_journal::waiting(&place.journals(), PAYLOAD_FORMAT).map_err(Error::journal)?;
    let conditions: HashMap<_, _> = waiting.into_iter().map(|one| (one.producer, one.condition)).collect();
    let mut pending = Vec::new();
    for (producer, lies) in by_producer {
        // One that is gone by now was given up meanwhile.
        let Some(condition) = conditions.get(&producer) else { continue };
        let (id, n_events) = (ProducerId::from_bytes(producer), lies.n_events);
        if n_events > 0 {
            pending.push(match condition {
                Condition::Live => PendingBytes::LiveJournal { producer: id, n_events },
                _ => PendingBytes::DeadJournal { producer: id, n_events },
            });
        }
        if lies.looks_like_it {
            pending.push(PendingBytes::UnreadableJournal(id));
        }
    }
    Ok(pending)
}

/// Whether bytes that nobody can read hold the erased name, or the id of an erased event.
pub(super) fn is_like_it(bytes: &[u8], what: &Selection, ids: &HashSet<EventId>) -> bool {
    let has_id = |id: [u8; 16]| {
        let id = EventId::from_bytes(id);
        ids.contains(&id) || matches!(what, Selection::Events(named) if named.contains(&id))
    };
    let has_name = match what {
        Selection::User(user) => bytes.windows(user.len()).any(|window| window == user.as_bytes()),
        _ => false,
    };
    has_name || bytes.windows(16).any(|window| window.try_into().is_ok_and(has_id))
}
