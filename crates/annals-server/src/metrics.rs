//! What the server counts of itself, for Prometheus to fetch at `/metrics`.
//!
//! Names follow Prometheus' conventions: `annals_`, base units, `_total` for what only grows. A label has a value from a short list that stands in the sources (a route's template,
//! a method, a class of statuses), never a path, a name or anything else that a client chooses, so that no client can fill this process's memory.
//! The recorder belongs to one server and not to the process, so that two servers in one process count apart.
//!
//! What the server does itself is counted as it happens; how the log is ([`log`]) and what the process uses ([`process`]) is looked up when somebody fetches.

mod log;
mod process;
mod requests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals::ErrorKind;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use metrics::{Counter, Gauge, Key, KeyName, Label, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

pub(crate) use self::log::LogFigures;
pub(crate) use self::requests::{Requests, UnderWay};
use crate::app::App;

/// The media type of Prometheus' text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Events that were not taken.
const REFUSED: &str = "annals_events_refused_total";
/// Upper bounds of a request's duration, in seconds.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// After so many observations they are folded into their buckets, so that a server that nobody watches doesn't keep them.
const FOLD_EVERY: u64 = 4_096;

/// One server's counters. What is public here is counted where it happens.
pub(crate) struct Metrics {
    registry: Registry,
    n_observed: AtomicU64,
    pub(crate) requests: Requests,
    pub(crate) log: LogFigures,
    /// Events taken into the journal.
    pub(crate) events_accepted: Counter,
    /// Batches of another Annals that were taken, and the events in them that were new.
    pub(crate) forwarded_batches: Counter,
    pub(crate) forwarded_events: Counter,
    /// Connections that are open, and all that ever were.
    connections_open: Gauge,
    connections_accepted: Counter,
    /// Connections that were turned away, since there were too many.
    pub(crate) connections_refused: Counter,
    /// Streams of events that are open, in or out.
    streams_open: Gauge,
    /// Threads that wait for the database, and requests that wait for such a thread.
    workers_busy: Gauge,
    workers_waiting: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Full(requests::DURATION.to_owned()), &SECONDS)
            .expect("the bounds are a constant that is not empty");
        let recorder = builder.build_recorder();
        let registry = Registry { handle: recorder.handle(), recorder };
        process::describe(&registry);
        registry.recorder.describe_counter(REFUSED.into(), None, "Events that were not taken, by why.".into());
        Self {
            n_observed: AtomicU64::new(0),
            requests: Requests::new(&registry),
            log: LogFigures::new(&registry),
            events_accepted: registry.counter("annals_events_accepted_total", "Events taken into the journal."),
            forwarded_batches: registry.counter("annals_forwarded_batches_total", "Batches taken from another Annals."),
            forwarded_events: registry.counter(
                "annals_forwarded_events_total",
                "Events taken from another Annals, told again ones included.",
            ),
            connections_open: registry.gauge("annals_connections_open", "Connections that are open."),
            connections_accepted: registry
                .counter("annals_connections_accepted_total", "Connections that were accepted."),
            connections_refused: registry.counter(
                "annals_connections_refused_total",
                "Connections that were closed at once, since too many were open.",
            ),
            streams_open: registry.gauge("annals_streams_open", "Streams of events that are open, in or out."),
            workers_busy: registry.gauge("annals_workers_busy", "Threads that are at work on the log or wait for it."),
            workers_waiting: registry
                .gauge("annals_workers_waiting_requests", "Requests that wait for a thread to work on the log."),
            registry,
        }
    }

    /// Counts what became of an event that was offered, by one of a handful of words.
    pub(crate) fn took<T>(&self, accepted: Result<T, annals::Error>) -> Result<T, annals::Error> {
        match &accepted {
            Ok(_) => self.events_accepted.increment(1),
            Err(error) => {
                let label = Label::from_static_parts("code", refusal(error.kind()));
                self.registry.counter_with(REFUSED, &[label]).increment(1);
            }
        }
        accepted
    }

    /// A connection was taken in; it counts as open until this is dropped.
    pub(crate) fn connection(&self) -> Open {
        self.connections_accepted.increment(1);
        self.connections_open.increment(1);
        Open(self.connections_open.clone())
    }

    /// Told after each request: folds what was observed into buckets now and then.
    fn observed(&self) {
        if self.n_observed.fetch_add(1, Ordering::Relaxed) % FOLD_EVERY == FOLD_EVERY - 1 {
            self.registry.handle.run_upkeep();
        }
    }
}

/// Something that is open.
pub(crate) struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// `GET /metrics`.
pub(crate) async fn fetch(State(app): State<Arc<App>>) -> impl IntoResponse {
    log::look(&app).await;
    let metrics = &app.metrics;
    let (busy, waiting) = app.workers.load();
    metrics.workers_busy.set(float(busy as u64));
    metrics.workers_waiting.set(float(waiting as u64));
    metrics.streams_open.set(float(app.limits.n_streams() as u64));
    process::look(&metrics.registry);
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], metrics.registry.handle.render())
}

/// Where metrics are made. Asking for the same one again gives the same one.
struct Registry {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Registry {
    fn counter(&self, name: &'static str, about: &'static str) -> Counter {
        self.recorder.describe_counter(KeyName::from_const_str(name), None, about.into());
        self.counter_with(name, &[])
    }

    fn gauge(&self, name: &'static str, about: &'static str) -> Gauge {
        self.recorder.describe_gauge(KeyName::from_const_str(name), None, about.into());
        self.gauge_with(name, &[])
    }

    fn counter_with(&self, name: &'static str, labels: &[Label]) -> Counter {
        self.recorder.register_counter(&key(name, labels), &METADATA)
    }

    fn gauge_with(&self, name: &'static str, labels: &[Label]) -> Gauge {
        self.recorder.register_gauge(&key(name, labels), &METADATA)
    }

    fn histogram_with(&self, name: &'static str, labels: &[Label]) -> metrics::Histogram {
        self.recorder.register_histogram(&key(name, labels), &METADATA)
    }
}

/// Why an event was not taken, as one of three words: its sender's fault, too much at once, or ours.
fn refusal(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid | ErrorKind::UnknownType | ErrorKind::Rejected => "invalid",
        ErrorKind::Overloaded | ErrorKind::Shed | ErrorKind::Timeout => "overloaded",
        _ => "unavailable",
    }
}

static METADATA: Metadata<'static> = Metadata::new("annals_server", metrics::Level::INFO, None);

fn key(name: &'static str, labels: &[Label]) -> Key {
    Key::from_parts(KeyName::from_const_str(name), labels.to_vec())
}

/// Metrics are floating point by their format; what is counted here stays far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "the format has no other numbers")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
