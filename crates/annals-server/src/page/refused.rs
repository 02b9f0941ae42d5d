//! Refusals for people: whoever asks for HTML gets what is wrong as a page.
//!
//! Every refusal of the server is a problem document first, wherever it was made; it is dressed here, on its way out, so that status, headers and words are the same for a program and
//! a person. A page's own answers to a wrong question are pages already and pass.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use super::shell::Page;
use super::text::told;
use crate::failure::{Code, Failure};

/// No refusal is longer.
const MOST_BYTES: usize = 64 << 10;

/// What no path is for.
pub(crate) async fn nowhere() -> Failure {
    Failure::new(Code::NotFound, "there is nothing at this path")
}

/// A path that is there, asked by a method that it has not.
pub(crate) async fn not_so() -> Failure {
    Failure::new(Code::NotAllowed, "this path is not asked by that method").with_hint("`Allow` names those that it has")
}

/// Dresses an answer for whoever asked for HTML, if it is a refusal.
pub(crate) async fn dress(response: Response) -> Response {
    let is_refusal = response.status().is_client_error() || response.status().is_server_error();
    if is_refusal && !is_html(response.headers()) { dressed(response).await } else { response }
}

/// Whether this is a browser that shows what it gets: it names HTML itself, where a program takes `*/*`.
pub(crate) fn is_for_people(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|accept| accept.contains("text/html"))
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

async fn dressed(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let page = page(parts.status, &problem).into_html();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(page))
}

fn page(status: StatusCode, problem: &Value) -> Page {
    let said = |name: &str| problem.get(name).and_then(Value::as_str);
    let title = match status {
        StatusCode::NOT_FOUND => "Not here",
        StatusCode::UNAUTHORIZED => "Who are you?",
        StatusCode::FORBIDDEN => "Not for you",
        StatusCode::BAD_REQUEST => "That makes no sense",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => "Not now",
        status if status.is_server_error() => "That went wrong",
        _ => "Refused",
    };
    let content: Markup = html! {
        div.refused {
            p.kind { (status.as_u16()) " " (status.canonical_reason().unwrap_or_default()) }
            h1 { (title) }
            @if let Some(detail) = said("detail") {
                p.lead {
                    @if let Some(field) = said("field") { b { (told(field)) } ": " }
                    (told(detail)) "."
                }
            }
            @if let Some(hint) = said("hint") { p { (told(hint)) } }
            @match status {
                StatusCode::UNAUTHORIZED => p { a.button href="/login" { "Log in" } },
                _ if problem.get("retryable") == Some(&Value::Bool(true)) => p { "The same request may succeed in a moment." },
                _ => p { a href="/" { "What happens now" } " · " a href="/events" { "The timeline" } },
            }
        }
    };
    Page::aside(title, content).with_status(status)
}
