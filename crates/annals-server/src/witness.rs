//! What the server records of itself: when it began and ended, how it is set up, that it lives, who logged in, who was turned away, and how a verification ended.
//!
//! These events go the way of all others and wait for nothing. What can't be recorded because the journal is full is told in the log; no request fails for it.
//! Who is turned away without a credential has no name, and can be as many as they like: such events are bounded in number, and the next one says how many there were between.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use annals::verify::Report;
use annals::{Audit, Caller, Event, Outcome, ServiceEvent, Value, json};

use crate::config::{Config, Witnessed};

/// How often denials are recorded at most.
const BETWEEN_DENIALS: Duration = Duration::from_secs(1);
/// After so long without a new event the log is told that the server lives.
const SILENCE: Duration = Duration::from_hours(1);
/// How often it is tried to begin, while the data directory can't be written to.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Writes events about the server.
pub(crate) struct Witness {
    audit: Audit,
    /// The server itself: the user that it runs as, in the space `default`.
    system: Caller,
    witnessed: Witnessed,
    denials: Mutex<Denials>,
}

/// What there was to tell of denials.
#[derive(Default)]
struct Denials {
    told_at: Option<Instant>,
    n_untold: u64,
}

impl Witness {
    pub(crate) fn new(audit: Audit, witnessed: Witnessed) -> Self {
        let system = Caller::new("default", annals::system_user())
            .or_else(|_| Caller::new("default", "unknown"))
            .expect("both words are visible names");
        Self { audit, system, witnessed, denials: Mutex::default() }
    }

    /// Says that the server has begun, with which settings. The first event opens the journal and starts the writer, which opens the database: so this is what opens the log, and may take
    /// as long as that does.
    fn started(&self, config: &Config, at: &str) -> Result<(), annals::Error> {
        let started = json!({"version": env!("CARGO_PKG_VERSION"), "address": at});
        self.audit.declare(ServiceEvent::Started, started, &self.system)?;
        self.audit.declare(ServiceEvent::Configured, settings(config), &self.system).map(drop)
    }

    /// Says that the server has ended.
    pub(crate) fn stopped(&self) {
        self.tell(ServiceEvent::Stopped, json!({}));
    }

    /// Somebody was turned away.
    pub(crate) fn denied(&self) {
        let n_before = {
            let mut denials = self.denials.lock().unwrap_or_else(PoisonError::into_inner);
            if denials.told_at.is_some_and(|told_at| told_at.elapsed() < BETWEEN_DENIALS) {
                denials.n_untold += 1;
                return;
            }
            denials.told_at = Some(Instant::now());
            std::mem::take(&mut denials.n_untold)
        };
        let event = Event::new("auth_failure").outcome(Outcome::Denied).details(json!({"n_more_before": n_before}));
        self.record(event, &self.system);
    }

    /// Somebody logged in with a browser.
    pub(crate) fn logged_in(&self, caller: &Caller) {
        self.record(Event::new("auth_success").outcome(Outcome::Success), caller);
    }

    /// Somebody had the whole log verified.
    pub(crate) fn verified(&self, report: &Report, caller: &Caller) {
        let (event_type, outcome) = match report.verdict() {
            None => ("validation.passed", Outcome::Success),
            Some(_) => ("validation.failed", Outcome::Failure),
        };
        let verdict = report.verdict().map_or("sound", annals::verify::Verdict::as_str);
        let details = json!({"verdict": verdict, "n_events": report.n_events, "sealed_size": report.sealed_size});
        self.record(Event::new(event_type).tool("verify_log").outcome(outcome).details(details), caller);
    }

    /// Records an event about somebody's doings, in their space and under their credential.
    pub(crate) fn record(&self, event: Event, caller: &Caller) {
        if self.witnessed == Witnessed::Nothing {
            return;
        }
        match self.audit.accept(event, caller) {
            Ok(_) => {}
            // What a stream says at the very end comes too late.
            Err(error) if error.kind() == annals::ErrorKind::Closed => {}
            Err(error) => tracing::warn!("an event about the server was not recorded: {error}"),
        }
    }

    fn tell(&self, what: ServiceEvent, details: Value) {
        if self.witnessed == Witnessed::Nothing {
            return;
        }
        if let Err(error) = self.audit.declare(what, details, &self.system) {
            tracing::warn!("`{}` was not recorded: {error}", what.as_str());
        }
    }
}

/// Opens the log and says that the server has begun, however often that takes; then says that it lives, whenever nothing else does. Runs until it is dropped.
pub(crate) async fn attend(app: Arc<crate::app::App>, at: std::net::SocketAddr) {
    if app.config.witnessed == Witnessed::Nothing {
        return;
    }
    loop {
        let begun = Arc::clone(&app);
        let told = tokio::task::spawn_blocking(move || begun.witness.started(&begun.config, &at.to_string())).await;
        match told {
            Ok(Ok(())) => break,
            Ok(Err(error)) => tracing::warn!("the log can't be opened yet: {error}"),
            Err(panic) => tracing::warn!("the log can't be opened yet: {panic}"),
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    let mut seen = None;
    loop {
        tokio::time::sleep(SILENCE).await;
        let newest = app.audit.health().durable_seq;
        if newest == seen {
            app.witness.tell(ServiceEvent::Alive, json!({"durable_seq": newest}));
        }
        seen = newest;
    }
}

/// The settings in force, by their names.
fn settings(config: &Config) -> Value {
    let mut settings = serde_json::Map::new();
    for setting in config.list() {
        settings.insert(setting.name.to_owned(), setting.value.into());
    }
    settings.into()
}
