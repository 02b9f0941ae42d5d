//! Numbers that nobody can foresee, from the system: a name for a private folder, and places that somebody who changes rows can't know to avoid.

use annals_store::{Error, ErrorKind};
use rand::TryRng;
use rand::rngs::SysRng;

/// Any number.
pub(super) fn number() -> Result<u64, Error> {
    SysRng.try_next_u64().map_err(|error| Error::new(ErrorKind::Io, format!("the system gives no randomness: {error}")))
}
