//! Numbers that nobody can foresee, from the system: a name for a private folder, and places that somebody who changes rows can't know to avoid.

use annals_store::{Error, ErrorKind};

/// Any number.
pub(super) fn number() -> Result<u64, Error> {
    getrandom::u64().map_err(|error| Error::new(ErrorKind::Io, format!("the system gives no randomness: {error}")))
}
