//! Requests by route, method and class of status, with how long they took.
//!
//! The time ends where the head of the answer begins; a stream that lasts for hours would else be the slowest request of the day.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{Gauge, Histogram, Label, Recorder};

use super::{Metrics, Registry};

/// How long requests took.
pub(super) const DURATION: &str = "annals_http_request_duration_seconds";
/// More kinds of requests than this are not told apart: beyond all routes times all methods, it is only a guard.
pub(super) const MAX_KINDS: usize = 1_024;

/// What requests are told apart by: a route's template, which axum gives, and two words out of short lists.
type Kind = (String, &'static str, &'static str);

/// The requests that were answered and those under way.
pub(crate) struct Requests {
    under_way: Gauge,
    /// One histogram a kind, made when the first of its kind is answered.
    by_kind: RwLock<HashMap<Kind, Histogram>>,
}

impl Requests {
    pub(super) fn new(registry: &Registry) -> Self {
        let about = "How long requests took until their answer began, by route.";
        registry.recorder.describe_histogram(DURATION.into(), None, about.into());
        let under_way = registry.gauge("annals_http_requests_in_flight", "Requests whose answer has not begun.");
        Self { under_way, by_kind: RwLock::default() }
    }
}

/// A request whose answer has not begun; it counts as under way until this is dropped, also when its client goes away.
pub(crate) struct UnderWay(Gauge);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

impl Metrics {
    /// A request has come.
    pub(crate) fn request(&self) -> UnderWay {
        self.requests.under_way.increment(1);
        UnderWay(self.requests.under_way.clone())
    }

    /// Its answer begins.
    pub(crate) fn answered(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let (method, class) = (method_word(method), class(status));
        let by_kind = &self.requests.by_kind;
        // The tuple's text must be owned to be looked up, and a route's template is short.
        let kind = (route.to_owned(), method, class);
        let known = by_kind.read().unwrap_or_else(PoisonError::into_inner).get(&kind).cloned();
        let histogram = known.unwrap_or_else(|| self.new_kind(kind));
        histogram.record(took.as_secs_f64());
        self.observed();
    }

    fn new_kind(&self, kind: Kind) -> Histogram {
        let mut by_kind = self.requests.by_kind.write().unwrap_or_else(PoisonError::into_inner);
        let kind = if by_kind.len() < MAX_KINDS { kind } else { ("other".to_owned(), kind.1, kind.2) };
        let labels = [
            Label::new("route", kind.0.clone()),
            Label::from_static_parts("method", kind.1),
            Label::from_static_parts("status", kind.2),
        ];
        by_kind.entry(kind).or_insert_with(|| self.registry.histogram_with(DURATION, &labels)).clone()
    }
}

/// A method of HTTP; clients may make up others, and those are one.
fn method_word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
