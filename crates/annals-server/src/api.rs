//! The HTTP interface under `/v1`: one file an endpoint.

mod accept;
pub(crate) mod body;
pub(crate) mod forwarded;
mod get_event;
mod health;
mod list_events;
mod log;
mod openapi;
pub(crate) mod pages;
mod post_events;
mod problem;
mod sums;
mod tail;

use axum::Router;
use axum::routing::get;

/// What needs to know the caller.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/v1/events", get(list_events::list_events).post(post_events::post_events))
        .route("/v1/events/stream", get(tail::tail))
        .route("/v1/events/{id}", get(get_event::get_event))
        .route("/v1/events/{id}/proof", get(get_event::prove))
        .route("/v1/sessions", get(sums::sessions))
        .route("/v1/stats", get(sums::stats))
        .route("/v1/health", get(health::health))
        .route("/openapi.json", get(openapi::openapi))
        .route("/log/{*path}", get(log::log_file))
}

/// What anybody may ask: whether the server lives.
pub(crate) fn open_routes() -> Router {
    Router::new().route("/healthz", get(health::healthz))
}
