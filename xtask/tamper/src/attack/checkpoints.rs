//! What was signed, and who signed it.
//!
//! Without the log's key nobody can sign another checkpoint in its name; what is left is to change one, or to bring a key of one's own and have everything signed by that.

use std::fs;
use std::path::PathBuf;

use annals_tlog::{Checkpoint, Note, SignerKey, VerifierKey};
use anyhow::Context;
use rusqlite::Connection;
use serde_json::Value;

use super::{Done, Place};
use crate::folder;
use crate::random::Random;

/// One checkpoint, in the database or outside, says or is signed otherwise.
pub(super) fn edit(place: &mut Place<'_>) -> anyhow::Result<Done> {
    match place.random.below(4) {
        0 => {
            let path = present(place)?.join(folder::LATEST);
            let (note, what) = edited(&fs::read_to_string(&path)?, &mut place.random)?;
            fs::write(&path, note)?;
            Ok(Done::said(format!("the newest one outside: {what}")))
        }
        1 => {
            let months = folder::months(&present(place)?)?;
            let path = &months[place.random.index(months.len())];
            let mut lines: Vec<String> = fs::read_to_string(path)?.lines().map(str::to_owned).collect();
            let at = place.random.index(lines.len());
            let line = lines.get_mut(at).context("no line outside")?;
            let mut entry: Value = serde_json::from_str(line)?;
            let (note, what) = edited(entry["note"].as_str().context("a line without a note")?, &mut place.random)?;
            entry["note"] = note.into();
            *line = entry.to_string();
            fs::write(path, lines.join("\n") + "\n")?;
            Ok(Done::said(format!("line {at} outside: {what}")))
        }
        _ => {
            let connection = place.open()?;
            let notes = stored(&connection)?;
            let (size, note) = &notes[place.random.index(notes.len())];
            let (note, what) = edited(note, &mut place.random)?;
            connection.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note, size))?;
            Ok(Done::said(format!("that of size {size}: {what}")))
        }
    }
}

/// The log's key is another one, of the same name.
pub(super) fn swap_key(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let connection = place.open()?;
    let pinned: Vec<(i64, String)> = connection
        .prepare("SELECT n, vkey FROM log_key ORDER BY n")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let (n, honest) = pinned.last().context("no key is pinned")?;
    let honest: VerifierKey = honest.parse()?;
    let own = SignerKey::from_seed(honest.name().clone(), &place.random.bytes());
    let way = place.random.below(4);
    if way == 3 {
        // As if it had been rotated to.
        let sealed: i64 = connection.query_row("SELECT max(size) FROM checkpoint", [], |row| row.get(0))?;
        connection.execute(
            "INSERT INTO log_key (n, log_id, vkey, from_size) SELECT ?, log_id, ?, ? FROM log_key WHERE n = ?",
            (n + 1, own.verifier().to_string(), sealed, n),
        )?;
        let note = stored(&connection)?.pop().context("no checkpoint")?.1;
        let note = resigned(&note, &own)?;
        connection.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note, sealed))?;
        return Ok(Done::said("as if it had been rotated to"));
    }
    connection.execute("UPDATE log_key SET vkey = ? WHERE n = ?", (own.verifier().to_string(), n))?;
    if way == 0 {
        return Ok(Done::said("the pinned one alone"));
    }
    // All earlier keys go too, since nothing that they signed is left.
    connection.execute("DELETE FROM log_key WHERE n < ?", [n])?;
    connection.execute("UPDATE log_key SET from_size = 0", [])?;
    for (size, note) in stored(&connection)? {
        let note = resigned(&note, &own)?;
        connection.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note, size))?;
    }
    if way == 1 {
        return Ok(Done::said("with every checkpoint in the database"));
    }
    for folder in folder::published(&place.data)? {
        folder::rewrite_published(&folder, |note| Ok(Some(resigned(note, &own)?)))?;
    }
    // Nothing is left of the honest key but what the verifier brings along.
    Ok(Done { what: "with every checkpoint there is".to_owned(), key: Some(honest) })
}

/// The stored checkpoints, by size.
pub(super) fn stored(connection: &Connection) -> anyhow::Result<Vec<(i64, String)>> {
    let mut read = connection.prepare("SELECT size, note FROM checkpoint ORDER BY size")?;
    Ok(read.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// The folder of what is published under the log's present name.
fn present(place: &Place<'_>) -> anyhow::Result<PathBuf> {
    folder::published(&place.data)?.pop().context("nothing was published")
}

/// The same text, signed by somebody else.
fn resigned(note: &str, by: &SignerKey) -> anyhow::Result<String> {
    let note = Note::parse(note.as_bytes())?;
    Ok(Checkpoint::unverified(&note)?.sign(&[by])?.to_string())
}

/// A note that is a little different, in its text or in its first signature.
fn edited(note: &str, random: &mut Random) -> anyhow::Result<(String, &'static str)> {
    let lines: Vec<&str> = note.lines().collect();
    let way = random.below(4);
    // Origin, size, root; the fifth line is the signature, behind its name.
    let (at, what) = match way {
        0 => (0, "origin"),
        1 => (1, "size"),
        2 => (2, "root"),
        _ => (4, "signature"),
    };
    let line = lines.get(at).context("a note is shorter than that")?;
    let bytes = line.as_bytes();
    let start = match way {
        0 => line.find('/').context("an origin without a name")? + 1,
        1 | 2 => 0,
        // The name, a blank, and in base64 the first six letters that say which key it was.
        _ => line.rfind(' ').context("a signature line without a signature")? + 1 + 6,
    };
    // The last letters of base64 are not free to be anything.
    let end = if way == 1 { bytes.len() } else { bytes.len() - 4 };
    let mut chosen = random.between(start as u64, end as u64);
    let mut new = bytes.to_vec();
    loop {
        let at = usize::try_from(chosen)?;
        let other = match bytes[at] {
            b'1'..=b'8' => bytes[at] + 1,
            b'9' => b'1',
            b'0' if at > start => b'5',
            letter @ (b'a'..=b'f' | b'A'..=b'F') => {
                if letter.is_ascii_lowercase() {
                    b'7'
                } else {
                    b'Q'
                }
            }
            letter if letter.is_ascii_alphabetic() => letter ^ 0x20,
            _ => {
                chosen = random.between(start as u64, end as u64);
                continue;
            }
        };
        new[at] = other;
        break;
    }
    let new = String::from_utf8(new)?;
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    lines[at] = new;
    Ok((lines.join("\n") + "\n", what))
}
