//! The HTTP interface under `/v1`: one file an endpoint.

mod body;
mod health;
mod list_events;
mod post_events;
mod problem;

use axum::Router;
use axum::routing::get;

/// What needs to know the caller.
pub(crate) fn routes() -> Router {
    Router::new().route("/v1/events", get(list_events::list_events).post(post_events::post_events))
}

/// What anybody may ask: whether the server lives.
pub(crate) fn open_routes() -> Router {
    Router::new().route("/healthz", get(health::healthz))
}
