//! What all requests share.

use std::sync::Arc;

use annals::Audit;
use annals_awareness::Awareness;

use crate::config::Config;
use crate::embedding;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::page::Verifying;
use crate::watch::Watch;
use crate::witness::Witness;
use crate::workers::Workers;

/// One server's state. Handlers get at the log through a [`Trail`](crate::trail::Trail) alone.
pub(crate) struct App {
    pub(crate) audit: Audit,
    /// What agents know, kept in the same database as the log.
    pub(crate) awareness: Awareness,
    pub(crate) config: Config,
    pub(crate) workers: Arc<Workers>,
    pub(crate) limits: Limits,
    /// What the server records of itself.
    pub(crate) witness: Witness,
    /// Who waits for new events.
    pub(crate) watch: Arc<Watch>,
    /// The verification that the page shows.
    pub(crate) verifying: Verifying,
    pub(crate) metrics: Metrics,
}

impl App {
    /// Errors: `InvalidInput` for settings of embedding that nothing can be done with; the text names the setting.
    pub(crate) fn new(audit: Audit, config: Config) -> std::io::Result<Arc<Self>> {
        let workers = Arc::new(Workers::new(&config));
        let limits = Limits::new(&config);
        let witness = Witness::new(audit.clone(), config.witnessed);
        let (watch, metrics, verifying) = (Watch::new(), Metrics::new(), Verifying::new());
        let awareness = embedding::open(Awareness::new(audit.clone()), &config)?;
        Ok(Arc::new(Self { audit, awareness, config, workers, limits, witness, watch, verifying, metrics }))
    }
}
