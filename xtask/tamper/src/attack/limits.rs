//! What `verify` does not see, and `docs/threats.md` says so: done here as well, so that the page can't promise too much, nor go on saying too little once something is seen.

use std::fs;
use std::path::Path;

use annals_tlog::{Checkpoint, Hash, Note, SignerKey, TreeHead, VerifierKey, root_of};
use anyhow::Context;
use rusqlite::Connection;
use serde_json::Value;

use super::checkpoints::{months, stored};
use super::hashes::edited_row;
use super::rows::{cut_everything, n_rows};
use super::{Done, Place, columns};
use crate::{folder, tiles};

/// The last event, which no checkpoint covers: as an attacker finds the log who is quicker than the interval.
pub(super) fn before_the_checkpoint(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let last = n_rows(&connection)? - 1;
    // As the log was a moment before it was sealed for the last time.
    connection.execute("DELETE FROM checkpoint WHERE size > ?", [last])?;
    folder::remove_published_above(&place.data, last.cast_unsigned())?;
    connection.execute("UPDATE event SET details = '{\"edited\":true}' WHERE seq = ?", [last])?;
    tiles::rebuild(&connection, last.cast_unsigned())?;
    Ok(Done::said(format!("row {last}")))
}

/// The tail, and everything outside that knew of it.
pub(super) fn outside_too(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let at = place.random.index(place.original.older.len());
    folder::remove_database(&place.data)?;
    fs::copy(&place.original.older[at], place.database())?;
    let size: i64 = place.open()?.query_row("SELECT max(size) FROM checkpoint", [], |row| row.get(0))?;
    folder::remove_published_above(&place.data, size.cast_unsigned())?;
    Ok(Done::said(format!("copy {at} and what was published by then")))
}

/// A changed log, rebuilt and signed anew by somebody else, down to the last checkpoint; the verifier brings nothing along.
pub(super) fn new_key(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let (seq, what) = edited_row(place, &connection)?;
    tiles::rebuild(&connection, seq.cast_unsigned())?;
    let pinned: String = connection.query_row("SELECT vkey FROM log_key ORDER BY n DESC", [], |row| row.get(0))?;
    let own = SignerKey::from_seed(pinned.parse::<VerifierKey>()?.name().clone(), &place.random.bytes());
    connection.execute("DELETE FROM log_key WHERE n < (SELECT max(n) FROM log_key)", [])?;
    connection.execute("UPDATE log_key SET from_size = 0, vkey = ?", [own.verifier().to_string()])?;
    sign_everything(&place.data, &connection, &[&own])?;
    Ok(Done::said(what))
}

/// The same by whoever has the log's own key: the agent under the same user, or whoever owns the host.
pub(super) fn own_key(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let (seq, what) = edited_row(place, &connection)?;
    tiles::rebuild(&connection, seq.cast_unsigned())?;
    let keys = &place.original.keys;
    sign_everything(&place.data, &connection, &keys.iter().collect::<Vec<_>>())?;
    let newest: VerifierKey =
        connection.query_row("SELECT vkey FROM log_key ORDER BY n DESC", [], |row| row.get::<_, String>(0))?.parse()?;
    // Not even the right key in the verifier's hand helps.
    Ok(Done { what, key: Some(newest) })
}

/// A row is as it was, and an index no longer leads to it: whoever searches by that column does not find it.
pub(super) fn hidden_from_an_index(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let (seq, actor) = loop {
        let seq = place.covered();
        let actor = connection
            .query_row("SELECT actor_name FROM event WHERE seq = ?", [seq], |row| row.get::<_, Option<String>>(0));
        if let Ok(Some(actor)) = actor {
            break (seq, actor);
        }
    };
    connection.execute("UPDATE event SET actor_name = NULL WHERE seq = ?", [seq])?;
    let hidden = columns::hide_indexes(&connection)?;
    drop(connection);
    let connection = place.open()?;
    connection.execute("UPDATE event SET actor_name = ? WHERE seq = ?", (actor, seq))?;
    columns::bring_back(&connection, &hidden)?;
    Ok(Done::said(format!("row {seq}")))
}

/// The tail with all that the database knows of it, and nothing was ever kept outside.
pub(super) fn nothing_outside(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let done = loop {
        let done = cut_everything(place)?;
        let n_left: i64 = place.open()?.query_row("SELECT count(*) FROM checkpoint", [], |row| row.get(0))?;
        if n_left > 0 {
            break done;
        }
        folder::copy_evidence(&place.original.data, &place.data)?;
    };
    fs::remove_dir_all(folder::published(&place.data)?)?;
    Ok(done)
}

/// Signs every checkpoint that there is anew, each by those who signed it or by the only one there is, over the tree as it is now.
fn sign_everything(data: &Path, connection: &Connection, keys: &[&SignerKey]) -> anyhow::Result<()> {
    let leaves = tiles::leaves(connection)?;
    let sign = |note: &str| sign(note, &leaves, keys);
    for (size, note) in stored(connection)? {
        connection.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (sign(&note)?, size))?;
    }
    let latest = folder::latest(data)?;
    fs::write(&latest, sign(&fs::read_to_string(&latest)?)?)?;
    for month in months(data)? {
        let mut lines = String::new();
        for line in fs::read_to_string(&month)?.lines() {
            let mut entry: Value = serde_json::from_str(line)?;
            entry["note"] = sign(entry["note"].as_str().context("a line without a note")?)?.into();
            lines.push_str(&entry.to_string());
            lines.push('\n');
        }
        fs::write(&month, lines)?;
    }
    Ok(())
}

fn sign(note: &str, leaves: &[Hash], keys: &[&SignerKey]) -> anyhow::Result<String> {
    let note = Note::parse(note.as_bytes())?;
    let old = Checkpoint::unverified(&note)?;
    let size = old.head().size;
    let root = root_of(leaves.get(..usize::try_from(size)?).context("a checkpoint of more than there is")?);
    let signed_by: Vec<&SignerKey> = keys
        .iter()
        .copied()
        .filter(|key| note.signatures().iter().any(|signature| signature.id() == key.verifier().id()))
        .collect();
    let signers = if signed_by.is_empty() { keys } else { &signed_by[..] };
    Ok(Checkpoint::new(old.origin().clone(), TreeHead { size, root })?.sign(signers)?.to_string())
}
