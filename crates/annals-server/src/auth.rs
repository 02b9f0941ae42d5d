//! Who is calling: from a request to a caller with its [`Trail`], or to a refusal.
//!
//! Without a file of tokens and without a secret for JSON Web Tokens everybody is the user who runs the server, which is why such a server listens on the loopback alone.
//! With either, every request needs a credential, on the loopback too: a token as `Authorization: Bearer`, or in a browser the cookie that a login gave.
//! OAuth would be one more way to a [`Caller`] in [`Credentials::caller`]; what a caller may do beyond its space (scopes, roles) would stand beside it in the [`Trail`].

mod jwt;
mod login;
mod pass;
mod tokens;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use annals::Caller;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method, header};

use self::jwt::Jwt;
use self::login::Logins;
pub(crate) use self::login::routes;
pub(crate) use self::pass::Pass;
use self::tokens::Tokens;
use crate::app::App;
use crate::failure::{Code, Failure};
use crate::reading;
use crate::trace::{self, TraceContext};
use crate::trail::Trail;

/// The largest file of tokens, in bytes.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// Who may call, and as whom. A clone is another handle on the same.
#[derive(Clone, Debug)]
pub struct Access(Arc<Way>);

#[derive(Debug)]
enum Way {
    /// Everybody is this caller.
    Open(Arc<Caller>),
    /// Whoever has a credential.
    Known(Box<Credentials>),
}

/// The credentials that are known.
#[derive(Debug)]
struct Credentials {
    file: Option<PathBuf>,
    /// Replaced as a whole when the file is read again.
    tokens: RwLock<Arc<Tokens>>,
    jwt: Option<Jwt>,
    logins: Logins,
}

/// Why credentials could not be had. Its text is for whoever runs the server, and has no token in it.
#[derive(Debug)]
pub struct AccessError(String);

impl fmt::Display for AccessError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for AccessError {}

impl Default for Access {
    /// Everybody is the operating system's user, in the space `default`.
    fn default() -> Self {
        let user = annals::system_user();
        let nobody = Caller::new("default", &user)
            .or_else(|_| Caller::new("default", "unknown"))
            .expect("both words are visible names");
        Self(Arc::new(Way::Open(Arc::new(nobody))))
    }
}

impl Access {
    /// For those who have a token of this file or one that was signed with this secret; for everybody, where there is neither.
    pub fn new(token_file: Option<&Path>, jwt_secret: Option<&str>) -> Result<Self, AccessError> {
        if token_file.is_none() && jwt_secret.is_none() {
            return Ok(Self::default());
        }
        let jwt = jwt_secret.map(|secret| {
            Jwt::with_secret(secret).ok_or_else(|| {
                let least = jwt::MIN_SECRET_BYTES;
                AccessError(format!("`ANNALS_JWT_SECRET` is too short (hint: give at least {least} random bytes)"))
            })
        });
        let tokens = token_file.map(read).transpose()?.unwrap_or_default();
        let credentials = Credentials {
            file: token_file.map(Path::to_owned),
            tokens: RwLock::new(Arc::new(tokens)),
            jwt: jwt.transpose()?,
            logins: Logins::default(),
        };
        Ok(Self(Arc::new(Way::Known(Box::new(credentials)))))
    }

    /// Whether a credential is needed.
    pub fn asks(&self) -> bool {
        matches!(*self.0, Way::Known(_))
    }

    /// Reads the file of tokens again, and ends every login. A file that cannot be read changes nothing, and the log says so.
    pub fn reload(&self) -> Result<(), AccessError> {
        let Way::Known(credentials) = &*self.0 else { return Ok(()) };
        let Some(file) = &credentials.file else { return Ok(()) };
        let tokens = read(file).inspect_err(|error| tracing::error!("the tokens stay as they were: {error}"))?;
        let tokens = Arc::new(tokens);
        tracing::info!(n_tokens = tokens.len(), "the file of tokens was read again");
        *credentials.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
        credentials.logins.forget_all();
        Ok(())
    }

    /// Who sent this request, and by what that can be asked again.
    fn caller(&self, method: &Method, headers: &HeaderMap) -> Result<(Arc<Caller>, Pass), Failure> {
        match &*self.0 {
            Way::Open(caller) => Ok((Arc::clone(caller), Pass::Open)),
            Way::Known(credentials) => credentials.caller(method, headers),
        }
    }

    /// Refuses what goes on for long once the credential that it began with would be refused.
    pub(crate) fn still_knows(&self, caller: &Caller, pass: &Pass) -> Result<(), Failure> {
        match &*self.0 {
            Way::Known(credentials) if !credentials.still_knows(caller, pass) => {
                Err(unauthorized("this credential was taken back, or has expired"))
            }
            _ => Ok(()),
        }
    }
}

impl Credentials {
    fn caller(&self, method: &Method, headers: &HeaderMap) -> Result<(Arc<Caller>, Pass), Failure> {
        if let Some(presented) = bearer(headers)? {
            let (caller, until) =
                self.known(presented).ok_or_else(|| unauthorized("this credential is not known, or has expired"))?;
            return Ok((caller, until.map_or_else(|| Pass::Token(tokens::digest(presented)), Pass::Signed)));
        }
        let Some((name, caller)) = self.logins.caller(headers) else {
            return Err(unauthorized("this needs a credential"));
        };
        // A browser sends the cookie along with what other sites have it send. It then names their origin, which was refused before; here it must have named one.
        if !method.is_safe() && !headers.contains_key(header::ORIGIN) {
            return Err(Failure::new(Code::Forbidden, "a change that is asked for with a cookie needs an `Origin`")
                .at("Origin")
                .with_hint("a program sends its token as `Authorization: Bearer TOKEN`"));
        }
        Ok((caller, Pass::Login(name)))
    }

    fn still_knows(&self, caller: &Caller, pass: &Pass) -> bool {
        let known = match pass {
            Pass::Open => None,
            Pass::Token(digest) => self.tokens.read().unwrap_or_else(PoisonError::into_inner).behind(digest),
            Pass::Signed(until) => return jwt::is_good_until(*until),
            Pass::Login(name) => self.logins.named(name),
        };
        known.is_some_and(|known| *known == *caller)
    }

    /// Who is behind a token, and until when it is good, as seconds since 1970.
    fn known(&self, presented: &str) -> Option<(Arc<Caller>, Option<u64>)> {
        let tokens = Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(caller) = tokens.caller(presented) {
            return Some((caller, None));
        }
        let (caller, until) = self.jwt.as_ref()?.caller(presented)?;
        Some((caller, Some(until)))
    }
}

/// Puts the caller's [`Trail`] into the request, or refuses it.
pub(crate) fn identify(app: &Arc<App>, request: &mut Request) -> Result<(), Failure> {
    let known = app.config.access.caller(request.method(), request.headers());
    let (caller, pass) = known.inspect_err(|_| app.witness.denied())?;
    trace::asked_by(caller.credential());
    let context = request.extensions().get::<TraceContext>().cloned().unwrap_or_default();
    let mut trail = Trail::new(Arc::clone(app), caller).within(context).under(pass);
    // What changes something is an event of its own; a tool call says itself what it reads.
    if request.method().is_safe() {
        let path = request.extensions().get::<MatchedPath>().map_or("/", MatchedPath::as_str);
        let question = reading::question(request.uri().query().unwrap_or_default());
        trail = trail.asking(&format!("{} {path}", request.method()), question);
    }
    request.extensions_mut().insert(trail);
    Ok(())
}

/// The token of the header, if there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match token {
        Some(token) if values.next().is_none() => Ok(Some(token)),
        _ => Err(unauthorized("`Authorization` must stand once, as `Bearer TOKEN`")),
    }
}

fn unauthorized(message: &'static str) -> Failure {
    Failure::new(Code::Unauthorized, message)
        .at("Authorization")
        .with_hint("send `Authorization: Bearer TOKEN` with a token of this server")
}

fn read(file: &Path) -> Result<Tokens, AccessError> {
    let told = |problem: String| AccessError(format!("the file of tokens `{}` {problem}", file.display()));
    let unread = |error: io::Error| told(format!("cannot be read: {error} (hint: give `--token-file FILE`)"));
    let metadata = std::fs::metadata(file).map_err(unread)?;
    if MAX_FILE_BYTES < metadata.len() {
        return Err(told(format!("is larger than {} MiB", MAX_FILE_BYTES >> 20)));
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        if mode & 0o022 != 0 {
            return Err(told("can be written by others than its owner (hint: `chmod 600` it)".to_owned()));
        }
        if mode & 0o004 != 0 {
            tracing::warn!("the file of tokens can be read by every user of this machine (hint: `chmod 600` it)");
        }
    }
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(file).map_err(unread)?);
    let tokens =
        Tokens::read(&text).map_err(|bad| told(format!("is bad in line {}, which {}", bad.n_line, bad.problem)))?;
    if tokens.len() == 0 {
        return Err(told("has no token (hint: a line each, `TOKEN CREDENTIAL SPACE`)".to_owned()));
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests;
