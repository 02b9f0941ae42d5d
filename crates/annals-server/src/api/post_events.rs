//! `POST /v1/events`: records what the body holds.

use annals_event::json;
use axum::Extension;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;
use crate::trail::Trail;

/// Records one event.
pub(crate) async fn post_events(Extension(trail): Extension<Trail>, body: Bytes) -> Result<Response, Failure> {
    let event = json::from_slice(&body)?;
    let receipt = trail.accept(event)?;
    let answer = format!("{{\"id\":\"{}\",\"state\":\"accepted\"}}", receipt.id());
    Ok((StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], answer).into_response())
}
