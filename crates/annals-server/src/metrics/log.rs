//! How the log is, looked up when somebody fetches: everything that `health` reports.
//!
//! Some of it must be asked of the database, which may be slow or stuck. One look is under way at a time, on a thread that may wait, and a fetch waits for it for a moment only:
//! then the figures are those of the look before, and `annals_log_readable` says so. A server that is stuck is just the one that somebody wants figures from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use annals::{Audit, Evidence, Filter, Gap, Health, HealthState, KeyState, Limit, PageRequest, Waiting, WaitingState};
use metrics::{Counter, Gauge, Label, Recorder};

use super::{Registry, float};
use crate::app::App;

/// How long a fetch waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which words a gauge with the label `state` has.
const STATES: [HealthState; 3] = [HealthState::Ok, HealthState::Degraded, HealthState::Failing];

/// The figures that are always there. Those that are unknown before something was found out are made when it is.
pub(crate) struct LogFigures {
    /// A look is under way.
    is_looking: AtomicBool,
    state: [Gauge; 3],
    queued: Gauge,
    oldest_queued: Gauge,
    durable: Counter,
    openings: Counter,
    shed: Counter,
    has_error: Gauge,
    is_unsealed: Gauge,
    is_readable: Gauge,
}

/// Those that the database or the disk knows.
struct Found {
    dead_letters: Option<u64>,
    n_gaps: Option<u64>,
    newest_at: Option<f64>,
    evidence: Option<Evidence>,
    waiting: Option<Vec<Waiting>>,
    is_readable: bool,
}

impl LogFigures {
    pub(super) fn new(registry: &Registry) -> Self {
        let name = "annals_health_state";
        registry.recorder.describe_gauge(name.into(), None, "1 for the state that the service is in.".into());
        let state = STATES.map(|state| registry.gauge_with(name, &[Label::from_static_parts("state", state.as_str())]));
        for (name, about) in LATER {
            registry.recorder.describe_gauge(name.into(), None, about.into());
        }
        Self {
            is_looking: AtomicBool::new(false),
            state,
            queued: registry.gauge("annals_queue_events", "Events accepted and not yet durable."),
            oldest_queued: registry
                .gauge("annals_queue_oldest_age_seconds", "How long the oldest of those has waited; 0 without one."),
            durable: registry.counter("annals_events_durable_total", "Events that this process made durable."),
            openings: registry
                .counter("annals_store_openings_total", "How often this process set out to open the database."),
            shed: registry.counter("annals_events_shed_total", "Events dropped as the settings allow."),
            has_error: registry
                .gauge("annals_last_error", "1 while the writer or the sealing waits for something to be mended."),
            is_unsealed: registry.gauge("annals_sealing_stopped", "1 while the log is recorded and not sealed."),
            is_readable: registry
                .gauge("annals_log_readable", "1 when the figures of the database are those of this moment."),
        }
    }

    fn set_health(&self, registry: &Registry, health: &Health) {
        for (state, gauge) in STATES.iter().zip(&self.state) {
            gauge.set(truth(*state == health.state));
        }
        self.queued.set(float(health.queued));
        self.oldest_queued.set(float(health.oldest_queued_ms) / 1e3);
        self.durable.absolute(health.durable);
        self.openings.absolute(health.openings);
        self.shed.absolute(health.shed);
        self.has_error.set(truth(health.last_error.is_some()));
        self.is_unsealed.set(truth(health.unsealed_because.is_some()));
        set(registry, "annals_durable_seq", health.durable_seq.map(float));
        set(registry, "annals_sealed_size", health.sealed_size.map(float));
    }

    fn set_found(&self, registry: &Registry, found: &Found) {
        self.is_readable.set(truth(found.is_readable));
        set(registry, "annals_dead_letters", found.dead_letters.map(float));
        set(registry, "annals_gaps", found.n_gaps.map(float));
        set(registry, "annals_newest_event_timestamp_seconds", found.newest_at);
        if let Some(evidence) = &found.evidence {
            set(registry, "annals_log_events", Some(float(evidence.n_events)));
            set(registry, "annals_sealed_size", evidence.sealed_size.map(float));
            set(registry, "annals_published_size", evidence.published_size.map(float));
            set(registry, "annals_last_checkpoint_timestamp_seconds", evidence.sealed_at.map(seconds));
            set(registry, "annals_rolled_back", Some(truth(evidence.rolled_back.is_some())));
            set(registry, "annals_published_problem", Some(truth(evidence.published_problem.is_some())));
            let is_lost = matches!(evidence.key.state, KeyState::Missing | KeyState::Other);
            set(registry, "annals_key_missing", Some(truth(is_lost)));
        }
        for word in WAITING_STATES {
            let Some(waiting) = &found.waiting else { break };
            let of_word = || waiting.iter().filter(|journal| waiting_state(journal.state) == word);
            let label = [Label::from_static_parts("state", word)];
            let n_journals = of_word().count();
            registry.gauge_with("annals_journals", &label).set(float(n_journals as u64));
            let n_events = of_word().map(|journal| journal.n_events).sum();
            registry.gauge_with("annals_journal_events", &label).set(float(n_events));
        }
    }
}

/// What is made when it is known, with what it means.
const LATER: [(&str, &str); 13] = [
    ("annals_durable_seq", "The newest sequence number that this process made durable."),
    ("annals_sealed_size", "So many events of the log are under a signed checkpoint."),
    ("annals_published_size", "So many events are under the newest checkpoint beside the database."),
    ("annals_log_events", "How many events the log has."),
    ("annals_last_checkpoint_timestamp_seconds", "When the newest checkpoint was signed, in seconds since 1970."),
    ("annals_newest_event_timestamp_seconds", "When the newest event became durable, in seconds since 1970."),
    ("annals_dead_letters", "Events put aside because the database refuses them."),
    ("annals_gaps", "Losses that the log declares."),
    ("annals_rolled_back", "1 when the database lacks what a published checkpoint covers."),
    ("annals_published_problem", "1 when the checkpoints beside the database can't be believed or lag behind."),
    ("annals_key_missing", "1 when the log's private key is not where it should be."),
    ("annals_journals", "Journals in the data directory that hold events, by what is to be expected of them."),
    ("annals_journal_events", "How many events those hold."),
];

/// The words of the label `state` of a journal.
const WAITING_STATES: [&str; 4] = ["live", "dead", "foreign", "unreadable"];

fn waiting_state(state: WaitingState) -> &'static str {
    match state {
        WaitingState::Live => "live",
        WaitingState::Dead => "dead",
        WaitingState::Foreign => "foreign",
        _ => "unreadable",
    }
}

/// Looks everything up, as far as it can be had in a moment.
pub(super) async fn look(app: &Arc<App>) {
    let figures = &app.metrics.log;
    figures.set_health(&app.metrics.registry, &app.audit.pulse());
    if figures.is_looking.swap(true, Ordering::AcqRel) {
        // Somebody else's look has not ended: the database hangs, or two fetch at once.
        figures.is_readable.set(0.0);
        return;
    }
    let looking = Looking(Arc::clone(app));
    let look = app.workers.run(move || {
        let app = &looking.0;
        let found = find(&app.audit);
        app.metrics.log.set_found(&app.metrics.registry, &found);
    });
    if !matches!(tokio::time::timeout(PATIENCE, look).await, Ok(Ok(()))) {
        figures.is_readable.set(0.0);
    }
}

/// The one look that is under way; over when it is dropped, wherever that is.
struct Looking(Arc<App>);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.metrics.log.is_looking.store(false, Ordering::Release);
    }
}

fn find(audit: &Audit) -> Found {
    let evidence = audit.evidence();
    let gaps = audit.count(&Filter::new().event_type(Gap::EVENT_TYPE));
    let newest = PageRequest { limit: Limit::new(1).expect("1 is a page"), ..PageRequest::default() };
    let newest = audit.query(&Filter::new(), &newest);
    let waiting = audit.waiting();
    let is_readable = evidence.is_ok() && gaps.is_ok() && newest.is_ok() && waiting.is_ok();
    let errors = [evidence.as_ref().err(), gaps.as_ref().err(), newest.as_ref().err(), waiting.as_ref().err()];
    for error in errors.into_iter().flatten() {
        tracing::debug!("metrics without what the log knows: {error}");
    }
    Found {
        dead_letters: audit.health().dead_letters,
        n_gaps: gaps.ok(),
        newest_at: newest.ok().and_then(|page| page.events.first().map(|event| seconds(event.recorded_at))),
        evidence: evidence.ok().flatten(),
        waiting: waiting.ok(),
        is_readable,
    }
}

/// Makes or sets a gauge that is there as soon as its value is known.
fn set(registry: &Registry, name: &'static str, value: Option<f64>) {
    if let Some(value) = value {
        registry.gauge_with(name, &[]).set(value);
    }
}

fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn seconds(at: annals::Timestamp) -> f64 {
    // To the millisecond: more does not fit beside so many seconds.
    Duration::from_millis(u64::try_from(at.as_nanos() / 1_000_000).unwrap_or_default()).as_secs_f64()
}
