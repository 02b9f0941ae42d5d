//! A locked file that says "this process lives", for a process that keeps no journal.
//!
//! A process that writes to its database directly may still have operations open when it dies. The database knows them by this file's producer;
//! whoever finds the file unlocked knows that its process is gone. It holds no records.

use std::path::Path;

use crate::{
    Error, Role, Target,
    journal::{make_directory, new_producer},
    name::Name,
    segment::{Identity, Segment, make_filled},
};

/// A process that is there. Dropping it removes the file; dying leaves it for adoption.
#[derive(Debug)]
pub struct Presence {
    /// There until dropped or left.
    segment: Option<Segment>,
    producer: [u8; 16],
}

/// Makes the file of a process without a journal, and holds its lock.
///
/// Fails with kind `LocksUnsupported`, `StorageFull`, `Permission`, `ReadOnly`, `NotFound` or `Io`, naming the path.
pub fn presence(dir: &Path, target: &Target, payload_format: u16) -> Result<Presence, Error> {
    make_directory(dir)?;
    let producer = new_producer()?;
    let identity =
        Identity { name: Name { producer, number: 0 }, role: Role::Presence, payload_format, target: *target };
    let segment = make_filled::<&[u8]>(dir, &identity, &[])?;
    Ok(Presence { segment: Some(segment), producer })
}

impl Presence {
    /// The random id under which this process is known.
    pub fn producer(&self) -> [u8; 16] {
        self.producer
    }

    /// Ends the presence as death would: the file stays, unlocked, for adoption.
    pub fn abandon(mut self) {
        self.segment = None;
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(segment) = self.segment.take() {
            segment.discard();
        }
    }
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
