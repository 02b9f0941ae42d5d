//! The attacks: what somebody does to a copy of the data directory, with a tool of their own, and what `verify` must call it.
//!
//! An attacker has the file, SQLite and all that is published about the format, hashes included; not the log's key. Each attack knows several ways, from the clumsy to the clever, and throws which
//! way and where. It is aimed at what a checkpoint covers: what came after the last one is not promised (`docs/threats.md`).

mod checkpoints;
mod columns;
mod erasures;
mod hashes;
mod limits;
mod rows;
mod whole;

use std::path::{Path, PathBuf};

use annals::verify::Verdict;
use annals_tlog::VerifierKey;
use rusqlite::Connection;

use crate::folder;
use crate::original::Original;
use crate::random::Random;
use crate::tally::SOUND;

/// One kind of tampering.
pub(crate) struct Attack {
    /// The name for `--only` and for `docs/threats.md`.
    pub(crate) name: String,
    /// What `verify` must say: a verdict, or that the log is sound where nobody could know better.
    pub(crate) expected: &'static str,
    /// What is done.
    pub(crate) act: Box<Act>,
}

/// What an attacker does in a place.
type Act = dyn Fn(&mut Place<'_>) -> anyhow::Result<Done> + Send + Sync;

/// What was done, and what the verifier brings along.
pub(crate) struct Done {
    /// In words, for a try that went wrong.
    pub(crate) what: String,
    /// The key that the verifier was given by somebody they trust, where the attack can't be seen without.
    pub(crate) key: Option<VerifierKey>,
}

/// A copy of a data directory under attack.
pub(crate) struct Place<'a> {
    pub(crate) data: PathBuf,
    pub(crate) original: &'a Original,
    pub(crate) random: Random,
}

impl Place<'_> {
    /// The database's file.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.join(folder::DATABASE)
    }

    /// The file, open for writing by SQLite alone. Nothing is flushed: what is shown here is no durability.
    pub(crate) fn open(&self) -> anyhow::Result<Connection> {
        open(&self.database())
    }

    /// A `seq` that a checkpoint covers.
    pub(crate) fn covered(&mut self) -> i64 {
        self.random.below(self.original.n_sealed).cast_signed()
    }
}

impl Done {
    pub(crate) fn said(what: impl Into<String>) -> Self {
        Self { what: what.into(), key: None }
    }
}

/// All attacks, in the order in which they are told.
pub(crate) fn all() -> Vec<Attack> {
    let mut all = columns::attacks();
    all.extend([
        attack("details-only", Verdict::Edited, columns::details),
        attack("delete-row", Verdict::Missing, rows::delete),
        attack("cut-tail", Verdict::Truncated, rows::cut_tail),
        attack("cut-tail-and-checkpoints", Verdict::RolledBack, rows::cut_everything),
        attack("older-copy", Verdict::RolledBack, whole::older_copy),
        attack("insert-row", Verdict::Inserted, rows::insert),
        attack("swap-rows", Verdict::Reordered, rows::swap),
        attack("renumber", Verdict::Reordered, rows::renumber),
        attack("row-and-leaf", Verdict::Edited, hashes::row_and_leaf),
        attack("rebuild-tree", Verdict::Edited, hashes::rebuild_tree),
        attack("edit-checkpoint", Verdict::BadSignature, checkpoints::edit),
        attack("swap-key", Verdict::UnknownKey, checkpoints::swap_key),
        attack("drop-gap", Verdict::UndeclaredGap, rows::drop_gap),
        attack("empty-row", Verdict::UnrecordedErasure, erasures::empty_row),
        attack("forged-erasure", Verdict::UnrecordedErasure, erasures::forged),
    ]);
    all
}

/// What is not caught, and `docs/threats.md` says so.
pub(crate) fn limits() -> Vec<Attack> {
    vec![
        limit("limit-before-the-checkpoint", limits::before_the_checkpoint),
        limit("limit-outside-too", limits::outside_too),
        limit("limit-nothing-outside", limits::nothing_outside),
        limit("limit-new-key", limits::new_key),
        limit("limit-own-key", limits::own_key),
        limit("limit-hidden-from-an-index", limits::hidden_from_an_index),
    ]
}

fn attack(
    name: impl Into<String>,
    expected: Verdict,
    act: impl Fn(&mut Place<'_>) -> anyhow::Result<Done> + Send + Sync + 'static,
) -> Attack {
    Attack { name: name.into(), expected: expected.as_str(), act: Box::new(act) }
}

fn limit(name: &str, act: impl Fn(&mut Place<'_>) -> anyhow::Result<Done> + Send + Sync + 'static) -> Attack {
    Attack { name: name.to_owned(), expected: SOUND, act: Box::new(act) }
}

/// Opens a database with plain SQLite.
pub(crate) fn open(database: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "synchronous", "off")?;
    // Nor is an attacker held back by what only guards against an older Annals.
    connection.execute_batch("DROP TRIGGER IF EXISTS producer_inserted; DROP TRIGGER IF EXISTS producer_moved")?;
    // What an attacker writes over shall not lie about as free space either.
    connection.pragma_update(None, "secure_delete", "on")?;
    Ok(connection)
}
