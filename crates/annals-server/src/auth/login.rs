//! Logging in with a browser: a token for a cookie.
//!
//! The cookie is a random name for what stands here in memory, and holds nothing of the token: a browser keeps cookies in a file. Whoever restarts the server, or gives it
//! another file of tokens, ends all logins. Scripts cannot read it, and other sites cannot have it sent along (`HttpOnly`, `SameSite=Strict`).

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use annals::Caller;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::{Access, Way};
use crate::app::App;
use crate::failure::{Code, Failure};

/// The cookie's name.
const COOKIE: &str = "annals_login";
/// How long a login lasts.
const LENGTH: Duration = Duration::from_hours(12);
/// How many there may be; the one that would end first makes room.
const MOST: usize = 1_024;
/// A name in a cookie: random, as hexadecimal digits.
const NAME_BYTES: usize = 32;

/// Who has logged in.
#[derive(Default)]
pub(super) struct Logins {
    known: Mutex<HashMap<[u8; NAME_BYTES], Login>>,
}

struct Login {
    caller: Arc<Caller>,
    until: Instant,
}

impl Logins {
    /// Who sent these headers, by their cookie, and the cookie's name for it.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<([u8; NAME_BYTES], Arc<Caller>)> {
        let name = named(headers)?;
        self.named(&name).map(|caller| (name, caller))
    }

    /// Who has the login of this name.
    pub(super) fn named(&self, name: &[u8; NAME_BYTES]) -> Option<Arc<Caller>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let login = known.get(name).filter(|login| Instant::now() < login.until)?;
        Some(Arc::clone(&login.caller))
    }

    /// Ends every login.
    pub(super) fn forget_all(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Ends the login of these headers.
    fn forget(&self, headers: &HeaderMap) {
        if let Some(name) = named(headers) {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        }
    }

    /// Begins a login and answers the cookie's value.
    fn begin(&self, caller: Arc<Caller>, length: Duration) -> Result<String, getrandom::Error> {
        let mut name = [0; NAME_BYTES];
        getrandom::fill(&mut name)?;
        let now = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, login| now < login.until);
        if MOST <= known.len()
            && let Some(first) = known.iter().min_by_key(|(_, login)| login.until).map(|(name, _)| *name)
        {
            known.remove(&first);
        }
        known.insert(name, Login { caller, until: now + length });
        Ok(name.iter().fold(String::with_capacity(2 * NAME_BYTES), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        }))
    }
}

impl fmt::Debug for Logins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Logins").finish_non_exhaustive()
    }
}

/// Logging in and out, for which nobody needs to be known.
pub(crate) fn routes(app: &Arc<App>) -> Router {
    Router::new().route("/login", post(log_in)).route("/logout", post(log_out)).with_state(Arc::clone(app))
}

/// `POST /login` with the form field `token`: a cookie and the way to the page, or back to the form.
async fn log_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let Way::Known(credentials) = &*app.config.access.0 else { return Ok(see("/")) };
    let presented = form.get("token").map(|token| token.trim()).unwrap_or_default();
    let Some((caller, until)) = credentials.known(presented) else {
        app.witness.denied();
        return Ok(see("/login?failed"));
    };
    app.witness.logged_in(&caller);
    let length = until.map_or(LENGTH, |until| left(until).min(LENGTH));
    let name = credentials.logins.begin(caller, length).map_err(|error| {
        Failure::new(Code::Internal, "the server could not begin a login").with_log(error.to_string())
    })?;
    let mut response = see("/");
    set(&mut response, &name, length, &headers);
    Ok(response)
}

/// `POST /logout`: ends the login of this browser.
async fn log_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if let Access(way) = &app.config.access
        && let Way::Known(credentials) = &**way
    {
        credentials.logins.forget(&headers);
    }
    let mut response = see("/login");
    set(&mut response, "", Duration::ZERO, &headers);
    response
}

/// Goes on with a GET.
fn see(path: &'static str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
}

fn set(response: &mut Response, value: &str, length: Duration, headers: &HeaderMap) {
    // Behind a proxy that speaks TLS the browser says so, and the cookie then never travels without it.
    let is_safe = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let secure = if is_safe { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{secure}", length.as_secs());
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// How long from now until this moment.
fn left(until: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(until).saturating_sub(now)
}

/// The login that the cookie names.
fn named(headers: &HeaderMap) -> Option<[u8; NAME_BYTES]> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, digits) = pairs.find(|(name, _)| *name == COOKIE)?;
    let mut name = [0; NAME_BYTES];
    if digits.len() != 2 * NAME_BYTES || !digits.is_ascii() {
        return None;
    }
    for (byte, pair) in name.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(name)
}
