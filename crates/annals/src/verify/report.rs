//! What a verification answers: findings, what is sound, and whose word it stands on.
//!
//! A report accuses by findings alone. What is open, pending or without a checkpoint is told beside them and makes no log broken, since a crash is no tampering.

use std::fmt;

use annals_event::Timestamp;

/// What kind of tampering fits what was found. The order is that of headlines: an earlier kind explains the later ones that it brings along.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// The database ends before what is known of it elsewhere: an older copy was put back.
    RolledBack,
    /// Signed by a key that is not among the log's, or not the one that was asked for.
    UnknownKey,
    /// A checkpoint is not what its signer signed.
    BadSignature,
    /// A row is there that never was recorded at its place.
    Inserted,
    /// Rows changed places.
    Reordered,
    /// Events are missing that no gap declares.
    UndeclaredGap,
    /// The end of the log is gone, and the database itself knows of more.
    Truncated,
    /// A row is gone.
    Missing,
    /// A row was emptied or removed, and no sealed event says so.
    UnrecordedErasure,
    /// What a row or the tree says is not what was recorded.
    Edited,
}

impl Verdict {
    /// The words in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled back",
            Self::Truncated => "truncated",
            Self::BadSignature => "bad signature",
            Self::UnknownKey => "unknown key",
            Self::UndeclaredGap => "undeclared gap",
            Self::UnrecordedErasure => "unrecorded erasure",
            Self::Inserted => "inserted",
            Self::Reordered => "reordered",
            Self::Missing => "missing",
            Self::Edited => "edited",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// One accusation.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of tampering fits.
    pub verdict: Verdict,
    /// The first `seq` that is concerned, where one is.
    pub first_seq: Option<u64>,
    /// The last one.
    pub last_seq: Option<u64>,
    /// What was found, for people, without a value of any row.
    pub text: String,
}

/// Where the key came from that the report stands on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// The caller named the key.
    Key,
    /// The caller gave a checkpoint, and the key is the one that signed it.
    Checkpoint,
    /// The checkpoints that lie beside the database, and not in it.
    Beside,
    /// The database itself: a whole log rebuilt under a new key looks just so.
    Database,
    /// Nothing was ever signed.
    Nothing,
}

impl Trust {
    /// The words in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "--key",
            Self::Checkpoint => "--from-checkpoint",
            Self::Beside => "checkpoints beside the database",
            Self::Database => "the database itself",
            Self::Nothing => "nothing",
        }
    }
}

/// An operation that began, and of whose end nothing is recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct OpenOperation {
    /// The `seq` of its intent.
    pub seq: u64,
    /// Its id.
    pub operation_id: String,
    /// When its intent was recorded.
    pub recorded_at: Timestamp,
}

/// An erasure that is recorded and not carried out yet, as after a crash between the two; the next `erase` or `prune` finishes it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PendingErasure {
    /// The `seq` of the `audit.erased` or `audit.pruned`.
    pub seq: u64,
    /// How many rows it covers.
    pub n_rows: u64,
}

/// Events that waited long for the next checkpoint: what happened to them before it, nobody can tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Unsealed {
    /// The first event.
    pub first_seq: u64,
    /// The last one.
    pub last_seq: u64,
    /// When the first was recorded.
    pub recorded_at: Timestamp,
    /// When the next checkpoint was signed; `None` while there is none.
    pub signed_at: Option<Timestamp>,
}

/// What a verification found.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The accusations, the headline first; none for a sound log. At most some dozens: further ones are counted in [`n_findings`](Self::n_findings).
    pub findings: Vec<Finding>,
    /// How many accusations there are.
    pub n_findings: u64,
    /// The origin of the log.
    pub origin: String,
    /// The size of the log when verification began.
    pub n_events: u64,
    /// How many rows were read and hashed. Fewer than `n_events` for an incremental verification, or where rows were pruned.
    pub n_checked: u64,
    /// How many of the first events are sound: below the first finding, and up to `n_events` where there is none. `None` where a finding has no place in the log.
    pub n_sound: Option<u64>,
    /// The size of the newest checkpoint that holds; 0 without one. What lies behind it nobody has signed.
    pub sealed_size: u64,
    /// The newest checkpoint that holds, as a note, for `--save-checkpoint`.
    pub checkpoint: Option<String>,
    /// How many checkpoints hold, those outside the database included.
    pub n_checkpoints: u64,
    /// The key that signed it, in its text form.
    pub signer: Option<String>,
    /// Where the trust in that key comes from.
    pub trust: Trust,
    /// The size from which an incremental verification began.
    pub from_size: Option<u64>,
    /// How many events before that were drawn at random and checked.
    pub n_sampled: u64,
    /// How many rows are emptied or removed by recorded erasures.
    pub n_erased: u64,
    /// How many losses the log declares itself.
    pub n_gaps: u64,
    /// How many operations are open.
    pub n_open: u64,
    /// The first few of them.
    pub open: Vec<OpenOperation>,
    /// Erasures that are recorded and not carried out.
    pub pending: Vec<PendingErasure>,
    /// How many spans waited long for a checkpoint.
    pub n_unsealed: u64,
    /// The first few of them.
    pub unsealed: Vec<Unsealed>,
    /// What else a reader should know, such as the names the log had before.
    pub notes: Vec<String>,
}

impl Report {
    /// The headline; `None` for a sound log.
    pub fn verdict(&self) -> Option<Verdict> {
        self.findings.first().map(|finding| finding.verdict)
    }
}
