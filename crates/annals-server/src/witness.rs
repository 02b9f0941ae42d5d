//! What the server records of itself: when it began and ended, how it is set up, and that it lives.
//!
//! These events go the way of all others and wait for nothing. What can't be recorded because the journal is full is told in the log; no request fails for it.

use std::sync::Arc;
use std::time::Duration;

use annals::{Audit, Caller, ServiceEvent, Value, json};

use crate::config::{Config, Witnessed};

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
}

impl Witness {
    pub(crate) fn new(audit: Audit, witnessed: Witnessed) -> Self {
        let system = Caller::new("default", annals::system_user())
            .or_else(|_| Caller::new("default", "unknown"))
            .expect("both words are visible names");
        Self { audit, system, witnessed }
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
