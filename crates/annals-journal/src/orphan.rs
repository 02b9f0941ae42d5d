//! Adoption: taking over what dead processes left.
//!
//! A producer is dead when all of its segments can be locked. Two adopters race for those locks and for nothing else;
//! whoever gets the first segment gets them all, because a process that closes gives up its newest segment first. After
//! locking, each path is looked at again: a segment whose last owner unlinked it between our opening and our locking is
//! nobody's.
//!
//! This module does not know who is "ours": that is asked of a closure.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::{
    Error, Found, Role, Target,
    frame::Seed,
    name::{Name, list},
    recover::Scanner,
    segment::{
        Access, Claim, HEADER_BYTES, Header, Sheds, Start, Unreadable, claim, clean_temporary, is_live, is_still_at,
        open_existing, read, read_header,
    },
};

/// What [`adopt`] got.
#[derive(Debug, Default)]
pub struct Adoption {
    /// Dead producers of ours, locked until they are dropped.
    pub orphans: Vec<Orphan>,
    /// Segments that nobody holds and that can't be read: kind `NewerFormat`, `Damaged`, `Permission` or `Io`, each
    /// naming its path. Nothing of them was touched.
    pub refused: Vec<Error>,
}

/// Locks everything in `dir` that a dead process left and that `is_ours` (given the target and the payloads' format)
/// claims. What lives, what others adopt at the same moment, and what is not ours is left alone. A directory that does
/// not exist holds nothing.
///
/// A producer without a record is handed out too: that its process died is news. Fails only when the directory can't be
/// listed or has no file locks.
pub fn adopt(dir: &Path, is_ours: &dyn Fn(&Target, u16) -> bool) -> Result<Adoption, Error> {
    let listing = list(dir)?;
    for path in &listing.temporaries {
        clean_temporary(path);
    }
    let mut adoption = Adoption::default();
    for names in listing.segments.values() {
        match adopt_one(dir, names, is_ours) {
            Ok(orphan) => adoption.orphans.extend(orphan),
            Err(error) if error.kind() == crate::ErrorKind::LocksUnsupported => return Err(error),
            Err(error) => adoption.refused.push(error),
        }
    }
    Ok(adoption)
}

/// A dead producer, locked by this process. Dropped without [`remove`](Self::remove) it is there for the next adopter.
#[derive(Debug)]
pub struct Orphan {
    producer: [u8; 16],
    role: Role,
    target: Target,
    payload_format: u16,
    segments: Vec<Held>,
    sheds: Sheds,
}

#[derive(Debug)]
struct Held {
    file: File,
    path: PathBuf,
    name: Name,
    start: Start,
}

impl Orphan {
    /// The dead producer's id.
    pub fn producer(&self) -> [u8; 16] {
        self.producer
    }

    /// What it was.
    pub fn role(&self) -> Role {
        self.role
    }

    /// For whom its records are.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The version of its payloads' format.
    pub fn payload_format(&self) -> u16 {
        self.payload_format
    }

    /// The number that its oldest segment begins with, as far as it can be told; earlier records are durable.
    pub fn first_pseq(&self) -> Option<u64> {
        self.segments.iter().find_map(|held| match held.start {
            Start::At(pseq) => Some(pseq),
            Start::Unwritten | Start::Damaged => None,
        })
    }

    /// How many events it shed in all, counting those that were declared while it lived.
    pub fn shed_total(&self) -> u64 {
        self.sheds.total
    }

    /// The record after which the last of them was shed; `None` when there was no record before it, or no shed event.
    pub fn shed_after(&self) -> Option<u64> {
        self.sheds.after_records.checked_sub(1)
    }

    /// Everything that can be read, in order. One segment at a time is in memory.
    pub fn read(&mut self) -> Recovered<'_> {
        Recovered {
            // Of a presence only the newest segment counts: it was written to replace the ones before.
            next: if self.role == Role::Presence { self.segments.len().saturating_sub(1) } else { 0 },
            scanner: Scanner::new(Seed::new(&self.producer)),
            found: VecDeque::new(),
            orphan: self,
        }
    }

    /// Unlinks everything, oldest segment first, and gives up the locks. For when all of it is durable.
    pub fn remove(self) -> Result<(), Error> {
        for held in &self.segments {
            match fs::remove_file(&held.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove the journal segment", &held.path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What an orphan holds; an iterator. After an error of the operating system nothing more comes.
#[derive(Debug)]
pub struct Recovered<'a> {
    orphan: &'a Orphan,
    next: usize,
    scanner: Scanner,
    found: VecDeque<Found>,
}

impl Iterator for Recovered<'_> {
    type Item = Result<Found, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Some(Ok(found));
            }
            let segments = &self.orphan.segments;
            let Some(held) = segments.get(self.next) else {
                return self.scanner.finish().map(Ok);
            };
            self.next += 1;
            match read(&held.file, &held.path, held.name) {
                Ok((header, bytes)) => {
                    let records = bytes.get(HEADER_BYTES..);
                    self.found = self.scanner.segment(header.start, records.is_some(), records.unwrap_or_default());
                }
                Err(error) => {
                    self.next = segments.len();
                    self.scanner = Scanner::new(Seed::new(&self.orphan.producer));
                    return Some(Err(error));
                }
            }
        }
    }
}

/// `None` when the producer lives, is taken, isn't ours, or changed while we looked.
fn adopt_one(dir: &Path, names: &[Name], is_ours: &dyn Fn(&Target, u16) -> bool) -> Result<Option<Orphan>, Error> {
    let mut held = Vec::with_capacity(names.len());
    let mut headers = Vec::with_capacity(names.len());
    for &name in names {
        let path = name.segment(dir);
        let Some(file) = open_existing(&path, Access::Claim)? else {
            return Ok(None);
        };
        let header = read_header(&file, &path, name)?;
        held.push(Held { file, path, name, start: header.start });
        headers.push(header);
    }
    // Headers never change but for their counters, so who is not ours need not be locked, nor disturbed.
    let Some(identity) = identify(&headers, &held)? else {
        return Ok(None);
    };
    if !is_ours(&identity.target, identity.payload_format) {
        return Ok(None);
    }
    for held in &held {
        match claim(&held.file, &held.path)? {
            Claim::Ours if is_still_at(&held.file, &held.path) => {}
            Claim::Ours | Claim::Taken => return Ok(None),
        }
    }
    // While its process lived it may have gone on to a segment that was not there when we listed.
    if list(dir)?.segments.get(&identity.name.producer).map(Vec::as_slice) != Some(names) {
        return Ok(None);
    }
    let mut sheds = Sheds::default();
    for held in &mut held {
        let header = read_header(&held.file, &held.path, held.name)?;
        held.start = header.start;
        if header.sheds.total > sheds.total {
            sheds = header.sheds;
        }
    }
    Ok(Some(Orphan {
        producer: identity.name.producer,
        role: identity.role,
        target: identity.target,
        payload_format: identity.payload_format,
        segments: held,
        sheds,
    }))
}

/// What the newest readable header says: it may know the log's id, which the first ones didn't. `None` when no header
/// is readable but somebody holds the files.
fn identify(headers: &[Header], held: &[Held]) -> Result<Option<crate::segment::Identity>, Error> {
    let mut best = Err(Unreadable::Damaged);
    for header in headers {
        match header.identity {
            Ok(identity) => best = Ok(identity),
            Err(newer @ Unreadable::Newer { .. }) => {
                best = Err(newer);
                break;
            }
            Err(Unreadable::Damaged) => {}
        }
    }
    let unreadable = match best {
        Ok(identity) => return Ok(Some(identity)),
        Err(unreadable) => unreadable,
    };
    for (header, held) in headers.iter().zip(held) {
        if is_live(&held.file, &held.path)? {
            return Ok(None);
        }
        if header.identity == Err(unreadable) {
            return Err(unreadable.into_error(&held.path));
        }
    }
    Ok(None)
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
