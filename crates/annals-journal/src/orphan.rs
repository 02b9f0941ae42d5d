//! Adoption: taking over what dead processes left.
//!
//! A producer is dead when all of its segments can be locked. Two adopters race for those locks and for nothing else;
//! whoever gets the first segment gets them all, because a process that closes gives up its newest segment first. After
//! locking, each path is looked at again: a segment whose last owner unlinked it between our opening and our locking is
//! nobody's.
//!
//! This module does not know who is "ours": that is asked of a closure.

use std::{
    collections::{VecDeque, btree_map},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::{
    Error, ErrorKind, Found, Role, Target,
    frame::Seed,
    name::{Name, list},
    recover::Scanner,
    segment::{
        Access, Claim, HEADER_BYTES, Header, Sheds, Start, Unreadable, claim, clean_temporary, is_live, is_still_at,
        open_existing, read, read_header,
    },
};

/// What is in a directory, to be taken over one producer after the other: only what is handed out is open, so that
/// thousands of them need no more files than one. What came after the listing is for the next one.
#[derive(Debug)]
pub struct Adoption {
    dir: PathBuf,
    payload_format: u16,
    rest: btree_map::IntoValues<[u8; 16], Vec<Name>>,
}

/// Lists what dead processes may have left in `dir`, for a caller who reads payloads up to this format. A directory
/// that does not exist holds nothing. Fails only when it can't be listed.
pub fn adopt(dir: &Path, payload_format: u16) -> Result<Adoption, Error> {
    let listing = list(dir)?;
    for path in &listing.temporaries {
        clean_temporary(path);
    }
    Ok(Adoption { dir: dir.to_owned(), payload_format, rest: listing.segments.into_values() })
}

impl Adoption {
    /// The same for one producer alone.
    pub fn only(self, producer: [u8; 16]) -> Self {
        let own = self.rest.filter(|names| names.first().is_some_and(|name| name.producer == producer));
        let rest: std::collections::BTreeMap<_, _> = own.map(|names| (producer, names)).collect();
        Self { dir: self.dir, payload_format: self.payload_format, rest: rest.into_values() }
    }

    /// Locks the next dead producer that `is_ours` claims. What lives, what others adopt at the same moment, and what is
    /// not ours is left alone and passed over. A producer without a record is handed out too: that its process died is
    /// news.
    ///
    /// An error is about one producer that nobody holds and that can't be read: kind `NewerFormat`, `Damaged`,
    /// `Permission`, `LocksUnsupported` or `Io`, naming its path. Nothing of it was touched, and the next call goes on
    /// behind it.
    pub fn next_orphan(&mut self, is_ours: &dyn Fn(&Target) -> bool) -> Option<Result<Orphan, Error>> {
        loop {
            let names = self.rest.next()?;
            if let Some(result) = adopt_one(&self.dir, &names, self.payload_format, is_ours).transpose() {
                return Some(result);
            }
        }
    }
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
    /// How far it was read: the segment that comes next, what keeps the numbers, and what it has found but not handed out.
    next: usize,
    scanner: Scanner,
    found: VecDeque<Found>,
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

    /// The number that its oldest segment begins with; earlier records are durable. `None` where that is unreadable: what
    /// a later segment begins with says nothing about the records of the oldest.
    pub fn first_pseq(&self) -> Option<u64> {
        match self.segments.first()?.start {
            Start::At(pseq) => Some(pseq),
            Start::Unwritten | Start::Damaged => None,
        }
    }

    /// How many events it shed in all, counting those that were declared while it lived.
    pub fn shed_total(&self) -> u64 {
        self.sheds.total
    }

    /// The record after which the last of them was shed; `None` when there was no record before it, or no shed event.
    pub fn shed_after(&self) -> Option<u64> {
        self.sheds.after_records.checked_sub(1)
    }

    /// Everything that can be read, in order, from where an earlier reading ended. One segment at a time is in memory.
    pub fn read(&mut self) -> Recovered<'_> {
        Recovered { orphan: self }
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
    orphan: &'a mut Orphan,
}

impl Iterator for Recovered<'_> {
    type Item = Result<Found, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Orphan { segments, next, scanner, found, producer, .. } = &mut *self.orphan;
        loop {
            if let Some(found) = found.pop_front() {
                return Some(Ok(found));
            }
            let Some(held) = segments.get(*next) else {
                return scanner.finish().map(Ok);
            };
            *next += 1;
            match read(&held.file, &held.path, held.name) {
                Ok((header, bytes)) => {
                    let records = bytes.get(HEADER_BYTES..);
                    *found = scanner.segment(header.start, records.is_some(), records.unwrap_or_default());
                }
                Err(error) => {
                    *next = segments.len();
                    *scanner = Scanner::new(Seed::new(producer));
                    return Some(Err(error));
                }
            }
        }
    }
}

/// `None` when the producer lives, is taken, isn't ours, or changed while we looked.
fn adopt_one(
    dir: &Path,
    names: &[Name],
    payload_format: u16,
    is_ours: &dyn Fn(&Target) -> bool,
) -> Result<Option<Orphan>, Error> {
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
    if !is_ours(&identity.target) {
        return Ok(None);
    }
    if payload_format < identity.payload_format {
        return refuse_newer(&held, identity.payload_format, payload_format);
    }
    for held in &held {
        match claim(&held.file, &held.path)? {
            Claim::Ours if is_still_at(&held.file, &held.path) => {}
            Claim::Ours | Claim::Taken => return Ok(None),
        }
    }
    if has_unlisted(dir, names)? {
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
        // Of a presence only the newest segment counts: it was written to replace the ones before.
        next: if identity.role == Role::Presence { held.len().saturating_sub(1) } else { 0 },
        scanner: Scanner::new(Seed::new(&identity.name.producer)),
        found: VecDeque::new(),
        segments: held,
        sheds,
    }))
}

/// Whether the producer has a segment that was missed. While its process lived it may have gone on to one that was not
/// there when we listed. Segments are made in the order of their numbers and removed in that order, so one that was
/// missed, or one between, stands beside one that was seen.
fn has_unlisted(dir: &Path, names: &[Name]) -> Result<bool, Error> {
    for name in names {
        for number in [name.number.checked_sub(1), name.number.checked_add(1)].into_iter().flatten() {
            let beside = Name { number, ..*name };
            if names.binary_search(&beside).is_ok() {
                continue;
            }
            let path = beside.segment(dir);
            if path.try_exists().map_err(|error| Error::io("look for the journal segment", &path, error))? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The payloads are newer than the caller reads. While the process lives, that is nobody's trouble.
fn refuse_newer(held: &[Held], version: u16, known: u16) -> Result<Option<Orphan>, Error> {
    for held in held {
        if is_live(&held.file, &held.path)? {
            return Ok(None);
        }
    }
    let Some(held) = held.first() else { return Ok(None) };
    let shown = held.path.display();
    let message = format!(
        "the records of `{shown}` have format {version}, and this program knows up to {known} \
         (hint: use the newer version of this program that wrote it)"
    );
    Err(Error::new(ErrorKind::NewerFormat, message).about(&held.path))
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
