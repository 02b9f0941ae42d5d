//! One question to an endpoint, with a bound on everything, and what its answer means.
//!
//! What an endpoint says in an error is not repeated: many copy the text or a part of the key into it. Only its code is, where that is a plain word.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body};

use crate::settings::shown;
use crate::{Failure, FailureKind, Key, SettingsError};

/// No key is nearly so long.
const MAX_KEY: usize = 16 << 10;
/// How much of an error's body is read, for its code.
const MAX_ERROR: u64 = 64 << 10;
/// Whoever asks for more patience is asked again after this.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// One address that is asked.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    url: String,
    key: Option<Key>,
    agent: Agent,
}

impl Endpoint {
    /// The endpoint of this name below a URL from the settings. Contacts nobody.
    pub(crate) fn new(base: &str, name: &str, key: Option<&Key>) -> Result<Self, SettingsError> {
        let base = checked(base)?;
        let key = match key {
            Some(key) if key.text().is_empty() => None,
            Some(key) if MAX_KEY < key.text().len() || key.text().bytes().any(|byte| !byte.is_ascii_graphic()) => {
                return Err(SettingsError::new(
                    "key",
                    "it is no single word of visible ASCII (hint: give the key alone, without `Bearer` or quotes)",
                ));
            }
            key => key.cloned(),
        };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            // What the machine trusts, a company's own authority included.
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirection would carry texts, and perhaps the key, to somewhere nobody named.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("annals/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Ok(Self { url: format!("{base}/{name}"), key, agent: config.into() })
    }

    /// Sends this JSON and gives the answer's body, of at most so many bytes.
    pub(crate) fn ask(&self, body: &str, max_answer: u64, patience: Duration) -> Result<Vec<u8>, Failure> {
        if patience.is_zero() {
            return Err(Failure::new(FailureKind::Unavailable, format!("`{}` was not asked: no time left", self.url)));
        }
        let mut request = self.agent.post(&self.url).header("Content-Type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("Authorization", format!("Bearer {}", key.text()));
        }
        // The whole call, from the name's lookup to the last byte of the answer.
        let request = request.config().timeout_global(Some(patience)).build();
        let mut response = request.send(body).map_err(|error| self.unreachable(&error))?;
        if response.status().as_u16() == 200 {
            let body = response.body_mut().with_config().limit(max_answer).read_to_vec();
            return body.map_err(|error| match error {
                ureq::Error::BodyExceedsLimit(_) => self.malformed(&format!("more than {max_answer} bytes")),
                error => self.unreachable(&error),
            });
        }
        Err(self.refused(&mut response))
    }

    /// The endpoint said something that is no answer.
    pub(crate) fn malformed(&self, what: &str) -> Failure {
        Failure::new(FailureKind::Malformed, format!("`{}` answered {what}", self.url))
    }

    fn refused(&self, response: &mut ureq::http::Response<Body>) -> Failure {
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get("Retry-After")
            .and_then(|after| after.to_str().ok()?.trim().parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
        let code = code(response).map(|code| format!(" ({code})")).unwrap_or_default();
        let (kind, meaning) = match status {
            401 | 403 if self.key.is_none() => (FailureKind::Misconfigured, " (hint: it asks for a key)"),
            401 | 403 => (FailureKind::Misconfigured, " (hint: it does not take this key for this model)"),
            300..=399 => (
                FailureKind::Misconfigured,
                ", which points elsewhere and is not followed (hint: give the URL that it leads to)",
            ),
            404 => (
                FailureKind::Misconfigured,
                " (hint: look at the URL, which often ends in `/v1`, and at the model's name)",
            ),
            402 | 405 | 407 => (FailureKind::Misconfigured, " (hint: look at the URL and at the account)"),
            408 | 425 => (FailureKind::Unavailable, ""),
            429 => (FailureKind::Busy { retry_after }, ": it wants fewer calls"),
            400..=499 => (FailureKind::Refused, ": it does not take these texts for this model"),
            _ => (FailureKind::Unavailable, ""),
        };
        Failure::new(kind, format!("`{}` answered {status}{code}{meaning}", self.url))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        Failure::new(FailureKind::Unavailable, format!("`{}` does not answer: {error}", self.url))
    }
}

/// The codes of errors that are repeated. A list, since a word that is not on it could be anybody's.
const KNOWN_CODES: &[&str] = &[
    "account_deactivated",
    "billing_not_active",
    "context_length_exceeded",
    "insufficient_quota",
    "invalid_api_key",
    "invalid_request_error",
    "model_not_found",
    "rate_limit_exceeded",
    "server_error",
    "unsupported_country_region_territory",
];

/// The code of an error, if it is a plain word that can't be somebody's text or key.
fn code(response: &mut ureq::http::Response<Body>) -> Option<String> {
    let body = response.body_mut().with_config().limit(MAX_ERROR).read_to_vec().ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    let error = body.get("error")?;
    let code = [error.get("code"), error.get("type")].into_iter().flatten().find_map(Value::as_str)?;
    KNOWN_CODES.contains(&code).then(|| code.to_owned())
}

/// A URL to which a name can be appended, without the slash at its end.
fn checked(url: &str) -> Result<&str, SettingsError> {
    let hint = "hint: up to and without the last word, such as `http://localhost:11434/v1`";
    let wrong = |what: &str| Err(SettingsError::new("url", format!("{what} ({hint})")));
    let url = url.trim();
    if url.is_empty() {
        return wrong("is empty");
    }
    let Ok(uri) = url.parse::<Uri>() else { return wrong("is no URL") };
    // It would stand in every message.
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return wrong("holds a user's name or password, which belong into the key");
    }
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return wrong(&format!("`{}` does not begin with `http://` or `https://` and a host", shown(url)));
    }
    if uri.query().is_some() || url.contains('#') {
        return wrong("has a `?` or `#`, behind which nothing can be appended");
    }
    Ok(url.trim_end_matches('/'))
}
