//! What `verify` does not see, and `docs/threats.md` says so: done here as well, so that the page can't promise too much, nor go on saying too little once something is seen.

use std::fs;
use std::path::Path;

use annals_tlog::{Checkpoint, Hash, Note, SignerKey, TreeHead, VerifierKey, root_of};
use anyhow::Context;
use rusqlite::Connection;

use super::checkpoints::stored;
use super::hashes::edited_row;
use super::rows::{cut_to, n_rows};
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

/// A changed log, rebuilt and signed anew with other keys, each in the place of one of the log's, down to the last checkpoint; the verifier brings nothing along.
pub(super) fn new_key(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let (seq, what) = edited_row(place, &connection)?;
    let mut signers = Signers::new();
    let mut first = seq;
    for (n, honest) in pinned(&connection)? {
        let own = SignerKey::from_seed(honest.name().clone(), &place.random.bytes());
        connection.execute("UPDATE log_key SET vkey = ? WHERE n = ?", (own.verifier().to_string(), n))?;
        // The log tells of its keys itself.
        let told: Option<i64> = connection.query_row(
            "SELECT min(seq) FROM event WHERE instr(details, ?)",
            [honest.to_string()],
            |row| row.get(0),
        )?;
        connection.execute(
            "UPDATE event SET details = replace(details, ?1, ?2) WHERE instr(details, ?1)",
            (honest.to_string(), own.verifier().to_string()),
        )?;
        first = first.min(told.unwrap_or(first));
        signers.push((honest, own));
    }
    tiles::rebuild(&connection, first.cast_unsigned())?;
    sign_everything(&place.data, &connection, &signers)?;
    Ok(Done::said(what))
}

/// The same by whoever has the log's own keys: the agent under the same user, or whoever owns the host.
pub(super) fn own_key(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let (seq, what) = edited_row(place, &connection)?;
    tiles::rebuild(&connection, seq.cast_unsigned())?;
    let keys = place.original.keys.iter();
    let signers = keys.map(|key| (key.verifier().clone(), key.clone())).collect();
    sign_everything(&place.data, &connection, &signers)?;
    // Not even the right key in the verifier's hand helps.
    Ok(Done { what, key: pinned(&connection)?.pop().map(|(_, key)| key) })
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

/// The tail with all that the database knows of it, and nothing was ever kept outside. What was erased by then stays on record, since nothing brings it back.
pub(super) fn nothing_outside(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let after: i64 = connection.query_row(
        "SELECT max(seq) + 1 FROM event WHERE event_type IN ('audit.erased', 'audit.pruned', 'audit.key_rotated')",
        [],
        |row| row.get(0),
    )?;
    let size = place.random.between(after.cast_unsigned(), place.original.n_sealed).cast_signed();
    cut_to(&connection, size)?;
    fs::remove_dir_all(place.data.join(folder::CHECKPOINTS))?;
    Ok(Done::said(format!("from {size} on")))
}

/// Each of the log's keys, and who signs in its place.
type Signers = Vec<(VerifierKey, SignerKey)>;

/// Signs every checkpoint that there is anew, over the tree as it is now.
fn sign_everything(data: &Path, connection: &Connection, signers: &Signers) -> anyhow::Result<()> {
    let leaves = tiles::leaves(connection)?;
    for (size, note) in stored(connection)? {
        connection.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (sign(&note, &leaves, signers)?, size))?;
    }
    for folder in folder::published(data)? {
        // What was given up when the log went on under another name is of leaves that nobody has any more.
        folder::rewrite_published(&folder, |note| match sign(note, &leaves, signers) {
            Ok(note) => Ok(Some(note)),
            Err(_) => Ok(None),
        })?;
    }
    Ok(())
}

fn sign(note: &str, leaves: &[Hash], signers: &Signers) -> anyhow::Result<String> {
    let note = Note::parse(note.as_bytes())?;
    let old = Checkpoint::unverified(&note)?;
    let size = old.head().size;
    let root = root_of(leaves.get(..usize::try_from(size)?).context("a checkpoint of more than there is")?);
    let signed: Vec<&SignerKey> = note
        .signatures()
        .iter()
        .filter_map(|signature| {
            let of = signers.iter().find(|(honest, _)| honest.id() == signature.id());
            of.map(|(_, own)| own)
        })
        .collect();
    Ok(Checkpoint::new(old.origin().clone(), TreeHead { size, root })?.sign(&signed)?.to_string())
}

/// The keys that the database names, with their rows.
fn pinned(connection: &Connection) -> anyhow::Result<Vec<(i64, VerifierKey)>> {
    let mut read = connection.prepare("SELECT n, vkey FROM log_key ORDER BY n")?;
    let keys = read.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    keys.map(|key| {
        let (n, key) = key?;
        Ok((n, key.parse()?))
    })
    .collect()
}
