//! Requests to a server, with a bound on everything, and what their answers mean.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use annals_store::{Error, ErrorKind};
use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body};

use super::Token;
use crate::MEDIA_TYPE;

/// No answer of a server is nearly so long.
const MAX_ANSWER: u64 = 1 << 20;
/// No token is nearly so long.
const MAX_TOKEN: usize = 16 << 10;
/// How long it may take to find and reach the server.
const REACH: Duration = Duration::from_secs(5);
/// A server that asks for more patience is asked again after this.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The way to one server.
#[derive(Debug)]
pub(super) struct Http {
    server: String,
    token: Token,
    agent: Agent,
}

/// What a server has said.
pub(super) enum Reply {
    /// 200, with this body.
    Done(String),
    /// The producer's count jumps.
    Jump,
    /// The body is too large.
    TooLarge,
    /// Not now; perhaps it says when.
    Later { error: Error, after: Option<Duration> },
}

impl Http {
    pub(super) fn new(server: &str, token: Token, timeout: Duration) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            // What the machine trusts, a company's own authority included.
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirection would carry events, and perhaps the token, to somewhere nobody named.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(timeout))
            .timeout_resolve(Some(REACH.min(timeout)))
            .timeout_connect(Some(REACH.min(timeout)))
            .user_agent(concat!("annals/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Self { server: server.trim_end_matches('/').to_owned(), token, agent: config.into() }
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn post(&self, body: &str) -> Result<Reply, Error> {
        let mut request = self.agent.post(format!("{}/v1/events", self.server)).header("Content-Type", MEDIA_TYPE);
        if let Some(token) = self.token()? {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        self.understand(request.send(body))
    }

    pub(super) fn get(&self, path: &str) -> Result<Reply, Error> {
        let mut request = self.agent.get(format!("{}{path}", self.server));
        if let Some(token) = self.token()? {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        self.understand(request.call())
    }

    /// The server, or whatever answers in its place, said something that makes no sense. It may say something better later.
    pub(super) fn strange(&self, what: &str) -> Error {
        let message = format!("`{}` answered {what} (hint: is it an Annals server?)", self.server);
        Error::new(ErrorKind::Io, message)
    }

    fn understand(&self, response: Result<ureq::http::Response<Body>, ureq::Error>) -> Result<Reply, Error> {
        let mut response = response.map_err(|error| self.unreachable(error))?;
        let status = response.status().as_u16();
        let after = response
            .headers()
            .get("Retry-After")
            .and_then(|after| after.to_str().ok()?.trim().parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
        let problem: Option<Value> = body.as_ref().ok().and_then(|body| serde_json::from_str(body).ok());
        let named = |name: &str| problem.as_ref().and_then(|problem| problem.get(name));
        let later = |kind, message: String| Reply::Later { error: Error::new(kind, message), after };
        let server = &self.server;
        Ok(match status {
            200 => Reply::Done(body.map_err(|error| self.unreachable(error))?),
            401 => later(
                ErrorKind::Permission,
                match self.token {
                    Token::None => format!(
                        "`{server}` asks for a token (hint: give one in `ANNALS_TOKEN`, or a file with one as `token_file`)"
                    ),
                    _ => format!(
                        "`{server}` does not take this token (hint: look at `ANNALS_TOKEN` or the file that `token_file` names)"
                    ),
                },
            ),
            403 => {
                if named("field").and_then(Value::as_str) == Some("producer") {
                    return Err(Error::new(
                        ErrorKind::Foreign,
                        format!(
                            "`{server}` knows this producer under another credential (hint: send it with the token that was used first)"
                        ),
                    ));
                }
                later(
                    ErrorKind::Permission,
                    format!(
                        "`{server}` does not let this token record (hint: look at `ANNALS_TOKEN`, and at the server's list of hosts)"
                    ),
                )
            }
            409 if named("expected_pseq").is_some() => Reply::Jump,
            413 => Reply::TooLarge,
            429 | 502 | 503 | 504 => {
                later(ErrorKind::Busy, format!("`{server}` takes nothing at the moment ({status})"))
            }
            _ => {
                let detail = named("detail").and_then(Value::as_str);
                let detail: String = detail.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
                let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
                later(
                    ErrorKind::Io,
                    format!(
                        "`{server}` answered {status}{detail} (hint: is it an Annals server, and as new as this one?)"
                    ),
                )
            }
        })
    }

    fn token(&self) -> Result<Option<String>, Error> {
        let text = match &self.token {
            Token::None => return Ok(None),
            Token::Given(token) => token.clone(),
            Token::File(path) => fs::read_to_string(path).map_err(|error| {
                let message = format!("`{}`, which `token_file` names, could not be read: {error}", path.display());
                Error::new(ErrorKind::Permission, message)
            })?,
        };
        let token = text.trim();
        if token.is_empty() || MAX_TOKEN < token.len() || token.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(Error::new(
                ErrorKind::Permission,
                "the token is no single word of visible ASCII (hint: look at `ANNALS_TOKEN` or the file that `token_file` names)",
            ));
        }
        Ok(Some(token.to_owned()))
    }

    fn unreachable(&self, error: ureq::Error) -> Error {
        let message = format!("`{}` does not answer: {error}", self.server);
        Error::with_source(ErrorKind::Io, message, error)
    }
}
