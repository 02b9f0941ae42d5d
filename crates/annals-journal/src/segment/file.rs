//! Segment files: making, locking, reserving, appending.
//!
//! A file is made under a temporary name, locked, reserved, given its header and only then renamed, so nobody ever sees
//! a live segment without its lock. What a process that died in between has left is a temporary file without a lock,
//! which the next adopter removes.
//!
//! Space is reserved beyond the end of the file and never by writing zeros: a file that has its full size from the
//! beginning is slower to write, and its end no longer says where the records end. Where the file system can't reserve,
//! the file is used as it is, and a full disk shows when a record is appended.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    thread,
};

use super::{HEADER_BYTES, Header, Identity, START_AT, Sheds, encode_sheds, encode_start};
use crate::{Error, ErrorKind, frame::Draft, name::Name};

/// How often making a file starts again because a cleaner took the temporary one for a leftover.
const MAKE_ATTEMPTS: usize = 16;
/// How often a claim is tried again while only readers are in the way. They hold their lock for a moment.
const CLAIM_ATTEMPTS: usize = 1000;

/// Whether a segment's space was set aside when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reservation {
    Kept,
    /// The segment is small and grows as it is written.
    NotWanted,
    Unsupported,
}

/// A segment that this process owns: locked, and open for appending.
#[derive(Debug)]
pub(crate) struct Segment {
    file: File,
    path: PathBuf,
    /// Bytes of records.
    used: u64,
    /// How many bytes of records it is made for.
    room: u64,
    /// How many of them may be used now: all, or none while the reservation is lost.
    usable: u64,
    reservation: Reservation,
    /// A write failed half way and could not be cut off: it must be, before anything else is appended.
    torn: bool,
    #[cfg(all(test, not(shuttle)))]
    pub(crate) faults: std::collections::VecDeque<Fault>,
}

/// What the next writes of a segment do instead of their work. Each is used up by one write.
#[cfg(all(test, not(shuttle)))]
#[derive(Debug)]
pub(crate) enum Fault {
    /// The call fails and writes nothing.
    Fails(io::ErrorKind),
    /// Only so many bytes are written.
    Short(usize),
    /// Cutting off what was written fails too.
    CutFails,
}

/// Makes the segment `identity` names, with room for `room` bytes of records. The lock is held until it is dropped.
pub(crate) fn make(dir: &Path, identity: &Identity, start: Option<u64>, room: u64) -> Result<Segment, Error> {
    make_with(dir, identity, start, Some(room), &[])
}

/// Makes a segment that has these records, numbered from 0, when it gets its name. Nothing is reserved for more.
pub(crate) fn make_filled<P: AsRef<[u8]>>(dir: &Path, identity: &Identity, payloads: &[P]) -> Result<Segment, Error> {
    let mut frames = Vec::new();
    for (pseq, payload) in (0..).zip(payloads) {
        let draft = Draft::new(identity.seed(), payload.as_ref())
            .ok_or_else(|| Error::new(ErrorKind::TooLarge, "a record of 4 GiB or more can't be written"))?;
        draft.encode(pseq, &mut frames);
    }
    make_with(dir, identity, Some(0), None, &frames)
}

fn make_with(
    dir: &Path,
    identity: &Identity,
    start: Option<u64>,
    room: Option<u64>,
    frames: &[u8],
) -> Result<Segment, Error> {
    let header = Header::encode(identity, start);
    let contents = [header.as_slice(), frames].concat();
    let temporary = identity.name.temporary(dir);
    let path = identity.name.segment(dir);
    for _ in 0..MAKE_ATTEMPTS {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = match options.open(&temporary) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // Only this process makes this name, so it is what an earlier attempt could not remove.
                remove_quietly(&temporary);
                continue;
            }
            Err(error) => return Err(Error::io("create the journal segment", &temporary, error)),
        };
        match fill(file, &temporary, &path, &contents, room) {
            Ok(Some(segment)) => return Ok(segment),
            Ok(None) => remove_quietly(&temporary),
            Err(error) => {
                remove_quietly(&temporary);
                return Err(error);
            }
        }
    }
    let error = io::Error::other("something keeps removing it");
    Err(Error::io("create the journal segment", &temporary, error))
}

/// `None` when a cleaner got in between.
fn fill(
    file: File,
    temporary: &Path,
    path: &Path,
    contents: &[u8],
    room: Option<u64>,
) -> Result<Option<Segment>, Error> {
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(Error::locks_unsupported(temporary, error)),
    }
    let reservation = match room {
        None => Reservation::NotWanted,
        Some(room) => reserve(&file, HEADER_BYTES as u64 + room)
            .map_err(|error| Error::io("reserve space for the journal segment", temporary, error))?,
    };
    let room = room.unwrap_or(u64::MAX);
    (&file).write_all(contents).map_err(|error| Error::io("write the journal segment", temporary, error))?;
    match fs::rename(temporary, path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("rename the journal segment", temporary, error)),
    }
    Ok(Some(Segment {
        file,
        path: path.to_owned(),
        used: (contents.len() - HEADER_BYTES) as u64,
        room,
        usable: room,
        reservation,
        torn: false,
        #[cfg(all(test, not(shuttle)))]
        faults: std::collections::VecDeque::new(),
    }))
}

impl Segment {
    pub(crate) fn fits(&self, n_bytes: u64) -> bool {
        self.used + n_bytes <= self.usable
    }

    pub(crate) fn is_past_half(&self) -> bool {
        self.used > self.room / 2
    }

    pub(crate) fn is_past_quarter(&self) -> bool {
        self.used > self.room / 4
    }

    pub(crate) fn reservation(&self) -> Reservation {
        self.reservation
    }

    /// Says where the numbers of this segment begin; called once, before its first record.
    pub(crate) fn start(&self, pseq: u64) -> Result<(), Error> {
        write_at(&self.file, self.end(), START_AT, &encode_start(pseq))
            .map_err(|error| Error::io("write the journal segment", &self.path, error))
    }

    pub(crate) fn write_sheds(&self, sheds: Sheds) -> Result<(), Error> {
        let (at, bytes) = encode_sheds(sheds);
        write_at(&self.file, self.end(), at, &bytes)
            .map_err(|error| Error::io("write the journal segment", &self.path, error))
    }

    /// Appends one record in one write. After an error nothing of it is left in the file.
    pub(crate) fn append(&mut self, frame: &[u8]) -> Result<(), Error> {
        if self.torn {
            self.cut().map_err(|error| Error::io("repair the journal segment", &self.path, error))?;
        }
        match self.write_all(frame) {
            Ok(()) => {
                self.used += frame.len() as u64;
                Ok(())
            }
            Err(error) => {
                // If this fails too, the next append tries again before it writes.
                self.torn = true;
                let _ = self.cut();
                Err(Error::io("append to the journal segment", &self.path, error))
            }
        }
    }

    /// Empties the file so that it can be filled again, its next record being `pseq`. Only when all of it is durable.
    pub(crate) fn restart(&mut self, pseq: u64) -> Result<(), Error> {
        // Until all of it has succeeded nothing fits, and it is tried again.
        (self.used, self.usable) = (0, 0);
        self.cut()
            .and_then(|()| reserve(&self.file, HEADER_BYTES as u64 + self.room))
            .map_err(|error| Error::io("reserve space for the journal segment", &self.path, error))?;
        self.start(pseq)?;
        self.usable = self.room;
        Ok(())
    }

    /// Unlinks the file and only then gives up the lock. What can't be unlinked is adopted later and found durable.
    pub(crate) fn discard(self) {
        remove_quietly(&self.path);
    }

    fn end(&self) -> u64 {
        HEADER_BYTES as u64 + self.used
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => bytes = &bytes[n..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    #[cfg(any(not(test), shuttle))]
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_once(&self.file, bytes)
    }

    #[cfg(all(test, not(shuttle)))]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.faults.pop_front() {
            Some(Fault::Fails(kind)) => Err(kind.into()),
            Some(Fault::Short(n)) => write_once(&self.file, &bytes[..n]),
            Some(Fault::CutFails) | None => write_once(&self.file, bytes),
        }
    }

    /// Cuts off what lies behind the last whole record. Cutting gives up what was reserved, so it is reserved again; a
    /// disk that is full by now will say so at an append.
    fn cut(&mut self) -> io::Result<()> {
        #[cfg(all(test, not(shuttle)))]
        if let Some(Fault::CutFails) = self.faults.front() {
            self.faults.pop_front();
            return Err(io::ErrorKind::Other.into());
        }
        self.file.set_len(self.end())?;
        (&self.file).seek(SeekFrom::Start(self.end()))?;
        self.torn = false;
        if self.reservation == Reservation::Kept {
            let _ = reserve(&self.file, HEADER_BYTES as u64 + self.room);
        }
        Ok(())
    }
}

/// What came of trying to take over a segment.
#[derive(Debug)]
pub(crate) enum Claim {
    Ours,
    /// Its process lives, or another adopter was faster.
    Taken,
}

/// Opens a segment that somebody else has made. `None` when it is gone by now.
pub(crate) fn open_existing(path: &Path, access: Access) -> Result<Option<File>, Error> {
    match OpenOptions::new().read(true).write(access == Access::Claim).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("open the journal segment", path, error)),
    }
}

/// What a segment is opened for. Some file systems lock exclusively only what may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Look,
    Claim,
}

/// Tries to lock an existing segment for adoption.
pub(crate) fn claim(file: &File, path: &Path) -> Result<Claim, Error> {
    for _ in 0..CLAIM_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Ok(Claim::Ours),
            Err(TryLockError::WouldBlock) if is_live(file, path)? => return Ok(Claim::Taken),
            // A reader was looking whether it is live. It won't be long.
            Err(TryLockError::WouldBlock) => thread::yield_now(),
            Err(TryLockError::Error(error)) => return Err(Error::locks_unsupported(path, error)),
        }
    }
    Ok(Claim::Taken)
}

/// Whether somebody holds the segment's lock. Takes a shared lock for a moment, which an owner would not allow.
pub(crate) fn is_live(file: &File, path: &Path) -> Result<bool, Error> {
    match file.try_lock_shared() {
        Ok(()) => {
            file.unlock().map_err(|error| Error::locks_unsupported(path, error))?;
            Ok(false)
        }
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(Error::locks_unsupported(path, error)),
    }
}

/// Whether `path` still names this very file: between opening and locking, its last owner may have unlinked it.
pub(crate) fn is_still_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        match (file.metadata(), fs::metadata(path)) {
            (Ok(ours), Ok(theirs)) => (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()),
            _ => false,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

/// Removes a temporary file if whoever made it is dead.
pub(crate) fn clean_temporary(path: &Path) {
    if let Ok(file) = OpenOptions::new().read(true).write(true).open(path)
        && file.try_lock().is_ok()
        && is_still_at(&file, path)
    {
        remove_quietly(path);
    }
}

/// Reads a segment's header and, behind it, its records.
pub(crate) fn read(mut file: &File, path: &Path, name: Name) -> Result<(Header, Vec<u8>), Error> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.read_to_end(&mut bytes))
        .map_err(|error| Error::io("read the journal segment", path, error))?;
    Ok((Header::decode(name, &bytes), bytes))
}

/// Reads a segment's header alone.
pub(crate) fn read_header(mut file: &File, path: &Path, name: Name) -> Result<Header, Error> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.take(HEADER_BYTES as u64).read_to_end(&mut bytes))
        .map_err(|error| Error::io("read the journal segment", path, error))?;
    Ok(Header::decode(name, &bytes))
}

/// A file that is already gone, or can't be removed, is somebody else's to look at later.
fn remove_quietly(path: &Path) {
    let _ = fs::remove_file(path);
}

#[cfg(target_os = "linux")]
fn reserve(file: &File, n_bytes: u64) -> io::Result<Reservation> {
    use rustix::{
        fs::{FallocateFlags, fallocate},
        io::{Errno, retry_on_intr},
    };
    match retry_on_intr(|| fallocate(file, FallocateFlags::KEEP_SIZE, 0, n_bytes)) {
        Ok(()) => Ok(Reservation::Kept),
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::NODEV) => Ok(Reservation::Unsupported),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "reserving can fail where it is supported")]
fn reserve(_file: &File, _n_bytes: u64) -> io::Result<Reservation> {
    Ok(Reservation::Unsupported)
}

/// One `write(2)`, straight to the system: the C library's makes each call a place where a thread can be cancelled,
/// which costs every append as much as its checksums.
#[cfg(unix)]
fn write_once(file: &File, bytes: &[u8]) -> io::Result<usize> {
    rustix::io::write(file, bytes).map_err(io::Error::from)
}

#[cfg(not(unix))]
fn write_once(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.write(bytes)
}

/// Writes into the header and leaves the place of the next record, `end`, as it is.
#[cfg(unix)]
fn write_at(file: &File, _end: u64, at: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, end: u64, at: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    let written = file.write_all(bytes);
    file.seek(SeekFrom::Start(end))?;
    written
}
