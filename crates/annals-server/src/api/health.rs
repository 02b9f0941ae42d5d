//! `GET /healthz`: the process lives and answers. `GET /v1/health`: how the log is, in the same numbers as `annals health` and the metrics.

use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::trail::Trail;

/// Alive. Asks nobody and opens nothing.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// How the log is. What went wrong in words stays with those who run the server: it names paths.
pub(crate) async fn health(Extension(trail): Extension<Trail>) -> Result<Json<Value>, Failure> {
    let health = trail.health().await?;
    Ok(Json(json!({
        "state": health.state.as_str(),
        "queued": health.queued,
        "oldest_queued_ms": health.oldest_queued_ms,
        "durable_seq": health.durable_seq,
        "sealed_size": health.sealed_size,
        "seals": health.unsealed_because.is_none(),
        "shed": health.shed,
        "dead_letters": health.dead_letters,
    })))
}
