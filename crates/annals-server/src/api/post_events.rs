//! `POST /v1/events`: records what the body holds, and answers once it has come as far as was asked.
//!
//! What kind of body it is, is said by its media type alone. A whole body, one event or several, is checked to its end before anything of it is accepted; a stream of
//! lines is accepted line by line (`lines`), since nobody holds all of it.

mod asked;
mod lines;
mod whole;

use axum::Extension;
use axum::body::Body;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use self::asked::{Asked, Media};
use crate::api::forwarded;
use crate::failure::{Code, Failure};
use crate::ladder::{Reached, Rung};
use crate::trail::Trail;

/// Records events.
pub(crate) async fn post_events(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let media = Media::of(&headers)?;
    let asked = Asked::read(&pairs, trail.app().config.request_timeout)?;
    match media {
        Media::Batch => forwarded::receive(&trail, &headers, body).await,
        // A stream has no body that could be compared with another.
        Media::Lines if headers.contains_key("idempotency-key") => {
            Err(Failure::new(Code::Invalid, "a stream of lines has no key")
                .at("idempotency-key")
                .with_hint("send one event or an array as `application/json`"))
        }
        Media::Lines => lines::take(&trail, &asked, body).await,
        media => whole::take(&trail, &asked, media, &headers, body).await,
    }
}

/// The answer to events that have come so far.
fn answer(rung: Rung, body: &Value) -> Response {
    let status = if rung == Rung::Accepted { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// The answer to one event.
fn answer_one(reached: &Reached) -> Response {
    let mut response = answer(reached.rung, &Value::Object(reached.members()));
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/events/{}", reached.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}
