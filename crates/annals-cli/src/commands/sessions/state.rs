//! Whether a session is over: what its newest `session.created` or `session.ended` says.
//!
//! A client may go on with a session that it had ended, which it then tells as created again. A session with neither event has no state: nobody said that it would end.

use std::collections::HashMap;

use annals::{Column, Filter, Limit, Order, PageRequest, SeqRange, Session, StoredEvent, Timestamp};

use crate::failure::Failure;
use crate::reading::Reading;

const CREATED: &str = "session.created";
const ENDED: &str = "session.ended";

/// After this silence a session without an end is not waited for any more: the outcomes of its calls are then `unknown`.
const PATIENCE_S: i64 = 24 * 3_600;

/// What a session says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Told {
    pub(super) state: State,
    /// Its own agent, which no subagent is.
    pub(super) agent: Option<String>,
}

impl Told {
    fn of(event: &StoredEvent) -> Option<Self> {
        Some(Self { state: State::of(event)?, agent: event.get(Column::ActorName).map(str::to_owned) })
    }
}

/// What the newest of these events says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::commands) enum State {
    /// It was created, and not ended since.
    Open,
    /// It ended.
    Ended(Timestamp),
}

impl State {
    /// What an event says, if it is one of these.
    pub(in crate::commands) fn of(event: &StoredEvent) -> Option<Self> {
        match event.event_type.as_str() {
            CREATED => Some(Self::Open),
            ENDED => Some(Self::Ended(event.recorded_at)),
            _ => None,
        }
    }

    /// In a word: `open`, `ended`, or `silent` for a day or longer.
    pub(super) fn word(self, last_at: Timestamp, now: Timestamp) -> &'static str {
        match self {
            Self::Open if is_silent(last_at, now) => "silent",
            Self::Open => "open",
            Self::Ended(_) => "ended",
        }
    }

    /// In a few words.
    pub(in crate::commands) fn sentence(self, last_at: Timestamp, now: Timestamp) -> String {
        match self {
            Self::Open if is_silent(last_at, now) => "no end on record and silent for a day".to_owned(),
            Self::Open => "no end yet".to_owned(),
            Self::Ended(at) => format!("ended {}", crate::output::day_and_clock(at)),
        }
    }
}

fn is_silent(last_at: Timestamp, now: Timestamp) -> bool {
    PATIENCE_S <= now.as_nanos().saturating_sub(last_at.as_nanos()) / 1_000_000_000
}

/// What some sessions say, in a log that ends before `end`.
pub(super) fn of_sessions(reading: &Reading, sessions: &[Session], end: u64) -> Result<Vec<Option<Told>>, Failure> {
    let log = SeqRange { end, ..SeqRange::ALL };
    let mut found: HashMap<&str, Told> = HashMap::new();
    if let Some(first_at) = sessions.iter().map(|session| session.first_at).min() {
        // Few events are of these types, so that one look at all of them is cheaper than one into each session.
        let filter = Filter::new().event_type(CREATED).event_type(ENDED).seqs(log).since(first_at);
        let names: HashMap<&str, &str> =
            sessions.iter().map(|session| (session.session_id.as_str(), session.session_id.as_str())).collect();
        reading.each_event(&filter, newest(Limit::MAX), None, |event| {
            let name = event.get(Column::SessionId).and_then(|name| names.get(name));
            if let (Some(name), Some(told)) = (name, Told::of(&event)) {
                found.entry(name).or_insert(told);
            }
            Ok(())
        })?;
    }
    sessions
        .iter()
        .map(|session| match found.remove(session.session_id.as_str()) {
            Some(told) => Ok(Some(told)),
            // Its beginning lies before what was asked for, or it has none.
            None => of_session(reading, &session.session_id, log),
        })
        .collect()
}

fn of_session(reading: &Reading, name: &str, log: SeqRange) -> Result<Option<Told>, Failure> {
    let filter = Filter::new().equals(Column::SessionId, name).event_type(CREATED).event_type(ENDED).seqs(log);
    let mut told = None;
    reading.each_event(&filter, newest(Limit::new(1)?), Some(1), |event| {
        told = Told::of(&event);
        Ok(())
    })?;
    Ok(told)
}

fn newest(limit: Limit) -> PageRequest {
    PageRequest { order: Order::Newest, limit, cursor: None }
}
