//! What is told of each request: a span for the log, a time for the metrics, and the trace that it belongs to.
//!
//! A span has the route's template, the method, and who asked once that is known: never a path, a token or anything of a body.
//! The answer is told at `debug`, with its status and how long it took, since a server that records thirty agents would else write more about its work than they about theirs; what failed for a reason of the server's own
//! is told where it is handled.
//! A request's `traceparent` is taken in W3C's form and passed on as a [`TraceContext`]; what is malformed is ignored, as the recommendation has it.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use annals::{Column, Event};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method, StatusCode};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::app::App;
use crate::metrics::UnderWay;

/// The header, and the field of an event.
const TRACEPARENT: &str = "traceparent";

/// The trace that a request says it belongs to. Every request has it as an extension.
#[derive(Clone, Debug, Default)]
pub(crate) struct TraceContext(Option<Arc<str>>);

impl TraceContext {
    /// From a request's headers. More than one is none, since nobody could say which.
    fn of(headers: &HeaderMap) -> Self {
        let mut all = headers.get_all(TRACEPARENT).iter();
        let (Some(text), None) = (all.next(), all.next()) else { return Self(None) };
        Self(text.to_str().ok().filter(|text| annals_event::is_traceparent(text)).map(Into::into))
    }

    /// The text, if there is one.
    pub(crate) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Puts an event into this trace if it says of none itself.
    pub(crate) fn onto(&self, event: Event) -> Event {
        match self.text() {
            Some(text) if event.get(Column::Traceparent).is_none() => event.traceparent(text),
            _ => event,
        }
    }
}

/// Notes in the request's span who asks. Called where that is found out.
pub(crate) fn asked_by(credential: &str) {
    tracing::Span::current().record("credential", credential);
}

/// A request that is told of.
pub(crate) struct Told {
    span: Span,
    began: Instant,
    route: Option<MatchedPath>,
    method: Method,
    _under_way: UnderWay,
}

impl Told {
    /// Begins to tell of a request, and gives it its [`TraceContext`].
    pub(crate) fn of(app: &App, request: &mut Request) -> Self {
        let began = Instant::now();
        let context = TraceContext::of(request.headers());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let method = request.method().clone();
        let span = tracing::info_span!(
            "request",
            method = %method,
            route = word(route.as_ref()),
            traceparent = context.text(),
            credential = Empty,
        );
        request.extensions_mut().insert(context);
        Self { span, began, route, method, _under_way: app.metrics.request() }
    }

    /// Runs what belongs to the request in its span.
    pub(crate) fn during<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        work.instrument(self.span.clone())
    }

    /// The head of the answer is there.
    pub(crate) fn answered(self, app: &App, status: StatusCode) {
        let took = self.began.elapsed();
        app.metrics.answered(word(self.route.as_ref()), &self.method, status, took);
        self.span.in_scope(|| {
            tracing::debug!(status = status.as_u16(), duration_ms = took.as_secs_f64() * 1e3, "answered");
        });
    }
}

/// A route's template.
fn word(route: Option<&MatchedPath>) -> &str {
    route.map_or("none", MatchedPath::as_str)
}

#[cfg(test)]
mod tests;
