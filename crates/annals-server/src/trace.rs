//! What is told of each request: a span for the log, a time for the metrics, and the trace that it belongs to.
//!
//! A span has the route's template, the method, the status, how long it took, and who asked once that is known: never a path, a token or anything of a body.
//! The answer is told at `debug`, since a server that records thirty agents would else write more about its work than they about theirs; what failed for a reason of the server's own
//! is told where it is handled.
//! A request's `traceparent` is taken in W3C's form and passed on as a [`TraceContext`]; what is malformed is ignored, as the recommendation has it.

use std::sync::Arc;
use std::time::Instant;

use annals::{Column, Event};
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::app::App;

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

/// Wraps each request.
pub(crate) async fn request(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let context = TraceContext::of(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let method = request.method().clone();
    let span = tracing::info_span!(
        "request",
        method = %method,
        route,
        traceparent = context.text(),
        credential = Empty,
        status = Empty,
        duration_ms = Empty,
    );
    request.extensions_mut().insert(context);
    let under_way = app.metrics.request();
    let answer = next.run(request).instrument(span.clone()).await;
    drop(under_way);
    let (status, took) = (answer.status(), began.elapsed());
    app.metrics.answered(route, &method, status, took);
    if !span.is_disabled() {
        let duration_ms = took.as_secs_f64() * 1e3;
        span.record("status", status.as_u16()).record("duration_ms", duration_ms);
        span.in_scope(|| tracing::debug!("answered"));
    }
    answer
}

#[cfg(test)]
mod tests;
