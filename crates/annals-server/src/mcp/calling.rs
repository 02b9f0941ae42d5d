//! Who calls, and what is known about the call beside its arguments.

use annals_event::is_traceparent;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use rmcp::RoleServer;
use rmcp::model::ProgressToken;
use rmcp::service::{Peer, RequestContext};

use super::session::Session;
use crate::trail::Trail;

/// The longest name of a client that is kept, in characters.
const MAX_CLIENT_CHARS: usize = 200;

/// One call, without its arguments.
pub(super) struct Calling {
    /// The log as the caller may see it.
    pub(super) trail: Trail,
    /// The client's name and version, as it says itself.
    pub(super) client: Option<String>,
    /// The W3C trace context that the request carries.
    pub(super) traceparent: Option<String>,
    /// Where to report progress, if the client wants any.
    pub(super) progress: Option<(Peer<RoleServer>, ProgressToken)>,
}

impl Calling {
    /// `None` where nobody has said who the caller is.
    pub(super) fn of(context: &RequestContext<RoleServer>, own: Option<&Trail>) -> Option<Self> {
        // Over HTTP the caller stands in the request; the library's `Extension` argument would fail on a pipe.
        let parts = context.extensions.get::<Parts>();
        let trail = own.or_else(|| parts?.extensions.get::<Trail>())?.clone();
        let info = match parts {
            // Over HTTP the library has nobody's name in the other place but its own.
            Some(_) => context.meta.client_info(),
            None => context.client_info(),
        };
        let header = |name| parts.and_then(|parts| text_of(&parts.headers, name));
        let client = match (info, parts.map(|parts| Session::of(&parts.headers))) {
            (Some(client), _) => Some(named(&client.name, &client.version)),
            (None, Some(Session::Of(client))) => Some(client),
            (None, _) => header("user-agent").map(str::to_owned),
        };
        let traceparent = context.meta.get_traceparent().or_else(|| header("traceparent"));
        let token = context.meta.get_progress_token();
        Some(Self {
            trail,
            client: client.map(|client| client.chars().take(MAX_CLIENT_CHARS).collect()),
            // One that is malformed is left out and not held against a caller who did not give it as an argument.
            traceparent: traceparent.filter(|text| is_traceparent(text)).map(str::to_owned),
            progress: token.map(|token| (context.peer.clone(), token)),
        })
    }
}

/// A client as events name it.
pub(super) fn named(name: &str, version: &str) -> String {
    format!("{name}/{version}")
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
