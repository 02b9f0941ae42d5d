//! When the writer seals: at once where somebody asks, else an interval after the newest attempt, and rather when nothing waits.
//!
//! A batch is held up by a seal only where batches have come without a pause for another whole interval, so that a log under constant load is sealed too.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use annals_journal::Journal;

use crate::audit::Core;

/// After a failure, try again no sooner than this.
const FAILED_PAUSE: Duration = Duration::from_secs(1);

/// What is to be sealed yet, and when.
pub(super) struct Sealing {
    /// So many events shall be sealed.
    wanted: u64,
    due_at: Instant,
    /// The newest attempt failed, at the end if nothing else: what is stored is published then.
    has_failed: bool,
}

impl Sealing {
    pub(super) fn new() -> Self {
        Self { wanted: 0, due_at: Instant::now(), has_failed: false }
    }

    /// This service has made events durable.
    pub(super) fn wrote(&mut self, core: &Core) {
        if let Some(seq) = core.progress.durable_seq() {
            self.wanted = self.wanted.max(seq + 1);
        }
    }

    /// The log may have grown by what others left. Whoever died before it had sealed its events is made up for too.
    pub(super) fn looked(&mut self, core: &Core) {
        if core.is_remote() {
            return;
        }
        if let Some(head) = core.store.opened().and_then(|store| store.head().ok()) {
            self.wanted = self.wanted.max(head.n_events);
        }
    }

    /// How long the writer may wait for records.
    pub(super) fn idle_at_most(&self, core: &Core) -> Duration {
        if self.is_behind(core) { self.due_at.saturating_duration_since(Instant::now()) } else { Duration::MAX }
    }

    /// Seals if it is time.
    pub(super) fn go_on(&mut self, core: &Core, journal: &Journal) {
        let is_asked = core.seal_wanted.swap(false, Ordering::AcqRel);
        if !is_asked && !self.is_due(core, journal) {
            return;
        }
        let interval = core.settings.checkpoint_interval;
        let sealed = if is_asked { core.seal_now(annals_store::Kept::Hour).map(drop) } else { core.seal_if_due() };
        self.has_failed = sealed.is_err();
        self.due_at = Instant::now() + if self.has_failed { interval.max(FAILED_PAUSE) } else { interval };
    }

    fn is_behind(&self, core: &Core) -> bool {
        // A server seals for itself.
        !core.is_remote() && (self.has_failed || core.progress.sealed_size() < self.wanted)
    }

    fn is_due(&self, core: &Core, journal: &Journal) -> bool {
        let interval = core.settings.checkpoint_interval;
        self.is_behind(core)
            && self.due_at <= Instant::now()
            && (journal.stats().n_records == 0 || self.due_at + interval <= Instant::now())
    }
}
