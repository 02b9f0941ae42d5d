//! A locked file that says "this process lives", for a process that keeps no journal.
//!
//! A process that writes to its database directly may still have operations open when it dies. Whoever finds its file
//! unlocked knows that it died, and the notes in the file say what was open. Notes are added one by one, and all of
//! them replaced by a shorter list when the caller thinks it is time: in a new file, which takes the old one's place.

use std::path::{Path, PathBuf};

use crate::{
    Error, ErrorKind, Role, Target,
    frame::{Draft, Seed},
    journal::{make_directory, new_producer},
    name::Name,
    segment::{Identity, Segment, make_filled},
    sync::{Mutex, lock},
};

/// A process that is there. Dropping it removes the file; dying leaves it for adoption.
#[derive(Debug)]
pub struct Presence {
    dir: PathBuf,
    seed: Seed,
    /// The file, and what the next one is called.
    state: Mutex<State>,
    producer: [u8; 16],
}

#[derive(Debug)]
struct State {
    identity: Identity,
    /// Always there until dropped.
    segment: Option<Segment>,
    next_pseq: u64,
}

/// Makes the file of a process without a journal, and holds its lock.
///
/// Fails with kind `LocksUnsupported`, `StorageFull`, `Permission`, `NotFound` or `Io`, naming the path.
pub fn presence(dir: &Path, target: &Target, payload_format: u16) -> Result<Presence, Error> {
    make_directory(dir)?;
    let producer = new_producer()?;
    let identity =
        Identity { name: Name { producer, number: 0 }, role: Role::Presence, payload_format, target: *target };
    let segment = make_filled::<&[u8]>(dir, &identity, &[])?;
    Ok(Presence {
        dir: dir.to_owned(),
        seed: identity.seed(),
        state: Mutex::new(State { identity, segment: Some(segment), next_pseq: 0 }),
        producer,
    })
}

impl Presence {
    /// The random id under which this process is known.
    pub fn producer(&self) -> [u8; 16] {
        self.producer
    }

    /// Adds a note, which survives this process.
    pub fn note(&self, payload: &[u8]) -> Result<(), Error> {
        let draft = Draft::new(self.seed, payload)
            .ok_or_else(|| Error::new(ErrorKind::TooLarge, "a note of 4 GiB or more can't be written"))?;
        let mut frame = Vec::with_capacity(draft.n_bytes());
        let mut state = lock(&self.state);
        draft.encode(state.next_pseq, &mut frame);
        if let Some(segment) = &mut state.segment {
            segment.append(&frame)?;
        }
        state.next_pseq += 1;
        Ok(())
    }

    /// Replaces all notes by these. After an error the old ones stand.
    pub fn replace<P: AsRef<[u8]>>(&self, payloads: &[P]) -> Result<(), Error> {
        let mut state = lock(&self.state);
        let mut identity = state.identity;
        identity.name.number += 1;
        let segment = make_filled(&self.dir, &identity, payloads)?;
        state.identity = identity;
        state.next_pseq = payloads.len() as u64;
        if let Some(old) = state.segment.replace(segment) {
            old.discard();
        }
        Ok(())
    }

    /// Bytes of all notes, replaced ones left out, to tell when it is time to replace them.
    pub fn n_bytes(&self) -> u64 {
        lock(&self.state).segment.as_ref().map_or(0, Segment::used)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(segment) = lock(&self.state).segment.take() {
            segment.discard();
        }
    }
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
