//! Briefings that still hold, so that asking again costs little more than looking whether they do.
//!
//! One holds until something of its space is changed, an intention is due or an entry expires, and for a second at the most: it tells ages in seconds, and conditions of patterns
//! name hours. It is told as it was made, with the moment when that was.
//! Whoever finds none that holds makes it, and those who come meanwhile wait for that one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use annals_event::Timestamp;
use serde_json::Value;

/// The longest that one holds.
const LONGEST_NANOS: i64 = 1_000_000_000;
/// Of so many spaces and lengths one is kept.
const MOST: usize = 64;

/// The briefings of one service.
#[derive(Debug, Default)]
pub(crate) struct HeldBriefings(Mutex<HashMap<Key, Arc<Place>>>);

/// A space, and how many sources are listed.
type Key = (String, usize);

/// Where the briefing of one space is kept.
#[derive(Debug, Default)]
pub(crate) struct Place {
    held: Mutex<Option<Held>>,
    turn: Mutex<()>,
}

#[derive(Debug)]
struct Held {
    revision: u64,
    from: Timestamp,
    until: Timestamp,
    briefing: Value,
}

impl HeldBriefings {
    pub(crate) fn place(&self, space: &str, max_sources: usize) -> Arc<Place> {
        let mut places = lock(&self.0);
        let key = (space.to_owned(), max_sources);
        if MOST <= places.len() && !places.contains_key(&key) {
            // They are made again by whoever asks.
            places.clear();
        }
        Arc::clone(places.entry(key).or_default())
    }
}

impl Place {
    /// The briefing, if it holds now and at this revision of its space.
    pub(crate) fn held(&self, revision: u64, now: Timestamp) -> Option<Value> {
        let held = lock(&self.held);
        let held = held.as_ref().filter(|held| held.revision == revision && held.from <= now && now < held.until);
        held.map(|held| held.briefing.clone())
    }

    /// Keeps one that was made at this revision and moment, and that nothing but a change makes another before `until`.
    pub(crate) fn keep(&self, revision: u64, from: Timestamp, until: Option<Timestamp>, briefing: &Value) {
        let longest = Timestamp::from_nanos(from.as_nanos().saturating_add(LONGEST_NANOS));
        let until = until.map_or(longest, |until| until.min(longest));
        *lock(&self.held) = Some(Held { revision, from, until, briefing: briefing.clone() });
    }

    /// A turn to make it.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.turn)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
