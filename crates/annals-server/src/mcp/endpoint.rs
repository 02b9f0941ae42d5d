//! `POST /mcp`: one message a request, answered in one piece, or as a stream where the answer is preceded by progress.
//!
//! What is no message is answered before the library reads it, as it is behind a pipe: the library would say a sentence.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use rmcp::model::{ErrorCode, ErrorData, ProtocolVersion};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::Value;

use super::awareness;
use super::calling;
use super::handler::{Handler, Shared};
use super::message::{self, Refused};
use super::session::{self, Session};
use crate::api::body;
use crate::app::App;
use crate::config::Config;
use crate::failure::Failure;

type Service = StreamableHttpService<Handler, NeverSessionManager>;

/// The longest handshake, in bytes, whose client is given a session's id; the others do without.
const HANDSHAKE_BYTES: usize = 16 * 1024;

/// The longest message, unless bodies must be shorter still: as objects in memory it takes many times as much. Details are 64 KiB, and JSON may escape each byte of them.
pub(super) const MAX_MESSAGE_BYTES: usize = 512 << 10;

/// What to do instead of a longer one.
const TOO_LONG: &str = "keep long content elsewhere, and here its size, a digest and where it is";

/// The library reads a message into objects of its own before it makes ours of them.
const COPIES: usize = 4;

/// What is served under `/mcp`. Needs the caller's trail in the request.
pub(crate) fn routes(app: &Arc<App>) -> Router {
    let shared = Arc::new(Shared::new(app.config.tools));
    let (config, audit) = (limits(&app.config), app.audit.clone());
    let service =
        Service::new(move || Ok(Handler::new(&shared, &audit, None)), Arc::new(NeverSessionManager::default()), config);
    Router::new().route("/mcp", any(answer)).with_state(Arc::new((service, Arc::clone(app))))
}

/// The library's own guards stay off: those that stand before every path are stricter, and know the address at which a connection arrived.
fn limits(config: &Config) -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(config.max_body_bytes)
        .disable_allowed_hosts()
}

async fn answer(State(state): State<Arc<(Service, Arc<App>)>>, request: Request) -> Response {
    let (service, app) = &*state;
    match handle(service, app, request).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    }
}

async fn handle(service: &Service, app: &App, request: Request) -> Result<Response, Failure> {
    let (parts, incoming) = request.into_parts();
    let is_late = is_late(&parts.headers);
    if !is_late && Session::of(&parts.headers) == Session::Unknown {
        let error = ErrorData::new(ErrorCode(-32001), "there is no such session (hint: go on without an id)", None);
        return Ok(refused(StatusCode::NOT_FOUND, &Refused { id: None, error }));
    }
    let max_bytes = MAX_MESSAGE_BYTES.min(app.config.max_body_bytes);
    let bytes = body::whole(&parts.headers, incoming, max_bytes, app.config.body_timeout, TOO_LONG).await?;
    let is_json = is_json(&parts.headers);
    let _turn = app.limits.turn_to_read(bytes.len() * COPIES).await;
    let mut named = None;
    if is_json && parts.method == Method::POST {
        match message::check_named(&bytes) {
            Ok((_, name)) => named = name,
            Err(problem) => return Ok(refused(StatusCode::BAD_REQUEST, &problem)),
        }
    }
    // Until the library has made one body of it: a long answer is there several times meanwhile.
    let _place = match named {
        Some(name) if awareness::may_be_long(&name) => app.limits.place_for_long_answer().await,
        _ => None,
    };
    let response = service.handle(Request::from_parts(parts, Body::from(bytes.clone()))).await;
    // What the library could not read it would tell with a sentence.
    if is_json && response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        return Ok(refused(StatusCode::BAD_REQUEST, &Refused::unknown(&bytes)));
    }
    let mut response = response.map(Body::new);
    if !is_late
        && response.status().is_success()
        && let Some(id) = began(&bytes).and_then(|client| HeaderValue::from_str(&session::id_of(&client)).ok())
    {
        response.headers_mut().insert(session::HEADER, id);
    }
    Ok(response)
}

/// Whether the request is of the 2026 era, which has no sessions: their header means nothing in it.
fn is_late(headers: &HeaderMap) -> bool {
    let version = headers.get("mcp-protocol-version").and_then(|version| version.to_str().ok());
    version.is_some_and(|version| ProtocolVersion::V_2026_07_28.as_str() <= version)
}

/// Who begins a session with this message; `None` for every other.
fn began(body: &[u8]) -> Option<String> {
    // A handshake is short and names itself; all other messages are not read twice.
    let word = b"\"initialize\"";
    if HANDSHAKE_BYTES < body.len() || !body.windows(word.len()).any(|window| window == word) {
        return None;
    }
    let message: Value = serde_json::from_slice(body).ok()?;
    let client = &message["params"]["clientInfo"];
    let is_handshake = message["method"] == "initialize";
    if !is_handshake {
        return None;
    }
    Some(calling::named(client["name"].as_str()?, client["version"].as_str()?))
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = named.and_then(|kind| kind.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn refused(status: StatusCode, refused: &Refused) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], refused.answer()).into_response()
}
