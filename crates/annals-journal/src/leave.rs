//! One record left by a process too short-lived to keep a journal.
//!
//! It is a segment like any other, of a producer with the one record 0, made and filled before it gets its name and
//! unlocked as soon as it has it. So whoever adopts needs no second way of reading.

use std::path::Path;

use crate::{
    Error, Role, Target,
    journal::{make_directory, new_producer},
    name::Name,
    segment::{Identity, make_filled},
};

/// Leaves `payload` for whoever drains `target`, and returns the producer id it got. The operating system has it then.
///
/// Fails with kind `LocksUnsupported`, `StorageFull`, `Permission`, `NotFound`, `TooLarge` or `Io`; nothing is left then.
pub fn leave(dir: &Path, target: &Target, payload_format: u16, payload: &[u8]) -> Result<[u8; 16], Error> {
    make_directory(dir)?;
    let producer = new_producer()?;
    let identity = Identity { name: Name { producer, number: 0 }, role: Role::Left, payload_format, target: *target };
    drop(make_filled(dir, &identity, &[payload])?);
    Ok(producer)
}
