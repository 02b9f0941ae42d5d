//! How the service is, in a few numbers.

use crate::ErrorKind;
use crate::audit::{Core, Route};

/// How the service is, in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum HealthState {
    /// Events become durable.
    Ok,
    /// Something is wrong that may mend by itself; events wait, none is lost. Also when recording is synchronous against the settings.
    Degraded,
    /// Events cannot become durable without somebody's help, or are no longer taken.
    Failing,
}

impl HealthState {
    /// The word in messages and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }
}

/// How the service is.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Health {
    /// In one word.
    pub state: HealthState,
    /// Events accepted and not yet durable.
    pub queued: u64,
    /// How long the oldest of them has waited; 0 when none does.
    pub oldest_queued_ms: u64,
    /// The newest sequence number of the log: as the open database has it, else as far as this service knows.
    pub durable_seq: Option<u64>,
    /// So many events of the log are under a signed checkpoint, as far as this service knows; `None` before it knows of any.
    pub sealed_size: Option<u64>,
    /// Whether the disk under the database is full, so that nothing more becomes durable.
    pub is_disk_full: bool,
    /// Why the log is recorded and not sealed, if that is so.
    pub unsealed_because: Option<String>,
    /// Why the open database could not be read just now, if that is so.
    pub unread_because: Option<String>,
    /// Events of sheddable types dropped since the journal was opened.
    pub shed: u64,
    /// So many events this service made durable, or put aside, out of its own journal since it began.
    pub durable: u64,
    /// How often this service set out to open its database: once, unless that failed.
    pub openings: u64,
    /// Events put aside because the database refuses them; `None` while the database is not open.
    pub dead_letters: Option<u64>,
    /// What the writer waits for, if anything; else why the database could not be opened, or why nothing is sealed.
    pub last_error: Option<String>,
}

impl Health {
    /// All of it; asks an open database for the newest number and the dead letters.
    pub(crate) fn of(core: &Core) -> Self {
        let known = Self::in_memory(core);
        let Some(store) = core.store.opened().filter(|_| !core.is_remote()) else { return known };
        // Others write into the log, too: what was forwarded, what another process recorded.
        let head = match store.head() {
            Ok(head) => head,
            // Whether events wait or none came: nothing becomes durable now.
            Err(error) => {
                let state = if known.state == HealthState::Ok { HealthState::Degraded } else { known.state };
                let unread_because = Some(error.to_string());
                let last_error = known.last_error.clone().or_else(|| unread_because.clone());
                return Self { state, unread_because, last_error, ..known };
            }
        };
        let durable_seq = head.n_events.checked_sub(1).max(known.durable_seq);
        Self { dead_letters: store.n_dead_letters().ok(), durable_seq, ..known }
    }

    /// What is known without asking the database.
    pub(crate) fn in_memory(core: &Core) -> Self {
        let trouble = core.progress.trouble().or_else(|| core.progress.opening_trouble());
        let seal_trouble = core.progress.seal_trouble().map(|trouble| trouble.message);
        let (waiting, fell_back) = match core.known_route() {
            Some(Route::Journal(journal)) => (Some(journal.stats()), None),
            Some(Route::Direct { because }) => (None, because.clone()),
            None => (None, None),
        };
        let state = match &trouble {
            // Nothing is taken any more.
            _ if core.is_closed() => HealthState::Failing,
            Some(trouble) if !trouble.is_retryable => HealthState::Failing,
            Some(_) => HealthState::Degraded,
            None if fell_back.is_some() || seal_trouble.is_some() => HealthState::Degraded,
            None => HealthState::Ok,
        };
        let oldest_ms =
            waiting.as_ref().and_then(|stats| stats.oldest).map_or(0, |oldest| oldest.elapsed().as_millis());
        Self {
            state,
            queued: waiting.as_ref().map_or(0, |stats| stats.n_records),
            oldest_queued_ms: u64::try_from(oldest_ms).unwrap_or(u64::MAX),
            durable_seq: core.progress.durable_seq(),
            sealed_size: Some(core.progress.sealed_size()).filter(|size| *size != 0),
            is_disk_full: trouble.as_ref().is_some_and(|trouble| trouble.kind == ErrorKind::StorageFull),
            unsealed_because: seal_trouble.clone(),
            unread_because: None,
            shed: waiting.as_ref().map_or(0, |stats| stats.n_shed),
            durable: core.progress.durable(),
            openings: core.store.n_attempts(),
            dead_letters: None,
            last_error: trouble.map(|trouble| trouble.message).or(fell_back).or(seal_trouble),
        }
    }
}
