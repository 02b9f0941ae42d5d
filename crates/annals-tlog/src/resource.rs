//! What a log serves: <https://c2sp.org/tlog-tiles>, "APIs".

use std::fmt;
use std::str::FromStr;

use crate::{Bundle, Error, Tile};

/// Anything that has a path below the log's prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resource {
    /// `checkpoint`: the newest one, as a signed note.
    Checkpoint,
    /// `tile/LEVEL/INDEX`: hashes.
    Tile(Tile),
    /// `tile/entries/INDEX`: leaves.
    Bundle(Bundle),
}

impl FromStr for Resource {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self, Error> {
        match path {
            "checkpoint" => Ok(Self::Checkpoint),
            path if path.starts_with("tile/entries/") => path.parse().map(Self::Bundle),
            path => path.parse().map(Self::Tile),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint => formatter.write_str("checkpoint"),
            Self::Tile(tile) => tile.fmt(formatter),
            Self::Bundle(bundle) => bundle.fmt(formatter),
        }
    }
}
