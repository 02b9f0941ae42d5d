//! Looking at what waits, for readers: nothing is taken over and nothing is written.
//!
//! Whether a producer lives is asked of its lock, which takes a shared lock for a moment. An adopter that meets it tries
//! again.

use std::{ops::Range, path::Path};

use crate::{
    Error, Found, Role, Target,
    frame::Seed,
    name::{Name, list},
    recover::Scanner,
    segment::{Access, HEADER_BYTES, Unreadable, is_live, open_existing, read},
};

/// A producer's records that are still in the directory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Waiting {
    /// Whose they are.
    pub producer: [u8; 16],
    /// What it is.
    pub role: Role,
    /// For whom they wait; `None` when that can't be read.
    pub target: Option<Target>,
    /// How many can be read. Some may be durable already, where their segment has others that are not.
    pub n_records: u64,
    /// Their numbers, from the first to one past the last; empty without records.
    pub pseqs: Range<u64>,
    /// The first record that can be read.
    pub first: Option<Vec<u8>>,
    /// In what state the producer is.
    pub condition: Condition,
}

/// In what state a producer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// Its process holds it, or somebody is adopting it.
    Live,
    /// It waits for adoption.
    Orphaned,
    /// It, or its records, have a newer format than this program knows.
    Newer {
        /// Which one.
        version: u16,
    },
    /// No header of it is readable.
    Damaged,
}

/// What waits in `dir`, by producer, for a caller who reads payloads up to this format. A directory that does not exist
/// holds nothing.
pub fn waiting(dir: &Path, payload_format: u16) -> Result<Vec<Waiting>, Error> {
    waiting_of_others(dir, payload_format, None)
}

/// The same without the caller's own producer, of which it knows more and need not read segments for.
pub fn waiting_of_others(dir: &Path, payload_format: u16, own: Option<[u8; 16]>) -> Result<Vec<Waiting>, Error> {
    let mut all = Vec::new();
    for (producer, names) in list(dir)?.segments {
        if own != Some(producer) {
            all.extend(look(dir, producer, &names, payload_format)?);
        }
    }
    Ok(all)
}

/// `None` when all of it is gone by now.
fn look(dir: &Path, producer: [u8; 16], names: &[Name], payload_format: u16) -> Result<Option<Waiting>, Error> {
    let mut scanner = Scanner::new(Seed::new(&producer));
    let mut waiting = Waiting {
        producer,
        role: Role::Journal,
        target: None,
        n_records: 0,
        pseqs: 0..0,
        first: None,
        condition: Condition::Damaged,
    };
    let (mut is_there, mut lives, mut newer) = (false, false, None);
    for &name in names {
        let path = name.segment(dir);
        let Some(file) = open_existing(&path, Access::Look)? else {
            continue;
        };
        is_there = true;
        lives |= is_live(&file, &path)?;
        let (header, bytes) = read(&file, &path, name)?;
        match header.identity {
            Ok(identity) => {
                waiting.role = identity.role;
                waiting.target = Some(identity.target);
                // Its records can be counted all the same.
                if payload_format < identity.payload_format {
                    newer = Some(identity.payload_format);
                }
            }
            Err(Unreadable::Newer { version }) => {
                newer = Some(version);
                continue;
            }
            Err(Unreadable::Damaged) => {}
        }
        if waiting.role == Role::Presence {
            scanner = Scanner::new(Seed::new(&producer));
            (waiting.n_records, waiting.pseqs, waiting.first) = (0, 0..0, None);
        }
        let records = bytes.get(HEADER_BYTES..).unwrap_or_default();
        for found in scanner.segment(header.start, true, records) {
            if let Found::Record { pseq, payload } = found {
                if waiting.n_records == 0 {
                    waiting.pseqs.start = pseq;
                    waiting.first = Some(payload);
                }
                waiting.pseqs.end = pseq.saturating_add(1);
                waiting.n_records += 1;
            }
        }
    }
    waiting.condition = match (newer, lives, waiting.target) {
        (Some(version), _, _) => Condition::Newer { version },
        (None, true, _) => Condition::Live,
        (None, false, Some(_)) => Condition::Orphaned,
        (None, false, None) => Condition::Damaged,
    };
    Ok(is_there.then_some(waiting))
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
