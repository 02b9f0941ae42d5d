//! JSON Web Tokens that whoever runs the server signs, by HS256 (RFC 7519): `sub` is the credential, and the space unless a `space` claim says otherwise.
//!
//! The algorithm is fixed, since a token that may choose its own can be forged; `exp` must be there and not be over, and `nbf` must have come.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use annals::Caller;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Map, Value};

/// The shortest secret, in bytes: as long as the digest, as RFC 7518 asks.
pub(crate) const MIN_SECRET_BYTES: usize = 32;
/// How far two clocks may be apart, in seconds.
const LEEWAY_SECONDS: u64 = 10;

/// The secret, as something that checks tokens.
pub(crate) struct Jwt {
    key: DecodingKey,
    validation: Validation,
}

impl Jwt {
    /// With this secret; `None` for one that is too short.
    pub(crate) fn with_secret(secret: &str) -> Option<Self> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        // Nobody but this server is meant by a token that it signed for itself.
        validation.validate_aud = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        let is_long = MIN_SECRET_BYTES <= secret.len();
        is_long.then(|| Self { key: DecodingKey::from_secret(secret.as_bytes()), validation })
    }

    /// Who is behind this token, if it is a good one, and until when, as seconds since 1970.
    pub(crate) fn caller(&self, presented: &str) -> Option<(Arc<Caller>, u64)> {
        let claims = decode::<Map<String, Value>>(presented, &self.key, &self.validation).ok()?.claims;
        let subject = claims.get("sub")?.as_str()?;
        let space = match claims.get("space") {
            Some(space) => space.as_str()?,
            None => subject,
        };
        let until = claims.get("exp")?.as_u64()?;
        Some((Arc::new(Caller::new(space, subject).ok()?), until))
    }
}

/// Whether a token that is good until then is so still.
pub(super) fn is_good_until(until: u64) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs() < until.saturating_add(LEEWAY_SECONDS)
}

impl fmt::Debug for Jwt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Jwt").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
