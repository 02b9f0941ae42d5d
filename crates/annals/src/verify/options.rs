//! What a caller of [`verify`](super::verify) knows from elsewhere, and how much it wants to be looked at.

use std::path::{Path, PathBuf};

/// How to verify; unless said otherwise everything, against the checkpoints beside the database.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(super) key: Option<String>,
    pub(super) from_checkpoint: Option<String>,
    pub(super) extent: Extent,
    pub(super) published: Published,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Extent {
    #[default]
    Whole,
    SinceCheckpoint,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Published {
    #[default]
    Beside,
    At(PathBuf),
    Nowhere,
}

impl Options {
    /// Trusts this key, in its text form `NAME+ID+BASE64`, and none that it or its signed successors don't vouch for.
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// Trusts whoever signed this checkpoint, a signed note, and asks that the log continues it.
    pub fn from_checkpoint(self, note: impl Into<String>) -> Self {
        Self { from_checkpoint: Some(note.into()), ..self }
    }

    /// Looks only at what came since that checkpoint, and at a random sample before it.
    pub fn incremental(self) -> Self {
        Self { extent: Extent::SinceCheckpoint, ..self }
    }

    /// Looks for published checkpoints in the folder `checkpoints` below this one, instead of beside the database.
    pub fn published_in(self, data: &Path) -> Self {
        Self { published: Published::At(data.to_path_buf()), ..self }
    }

    /// Looks for no published checkpoints.
    pub fn without_published(self) -> Self {
        Self { published: Published::Nowhere, ..self }
    }
}

/// How far a verification has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Events looked at so far.
    pub n_done: u64,
    /// Events to look at.
    pub n_total: u64,
}
