//! Reading and writing a descriptor as it is: no buffer, no line, no opinion.
//!
//! A client may have made our streams non-blocking, so that "would block" is waited out here.

use std::io;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// Reads what there is; 0 at the end.
pub(super) fn read(from: &impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match rustix::io::read(from, &mut *buffer) {
            Ok(n_bytes) => return Ok(n_bytes),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_for(from, PollFlags::IN)?,
            // The other side of a terminal is gone.
            Err(Errno::IO) => return Ok(0),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes all of it.
pub(super) fn write_all(to: &impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(to, bytes) {
            Ok(n_bytes) => bytes = &bytes[n_bytes..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_for(to, PollFlags::OUT)?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn wait_for(descriptor: &impl AsFd, what: PollFlags) -> io::Result<()> {
    match poll(&mut [PollFd::new(descriptor, what)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
