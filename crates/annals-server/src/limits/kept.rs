//! The bytes of one body while it comes in.
//!
//! A long one is kept in pages that the system gives for it alone and gets back when it is dropped. The allocator's own memory was refused for that: it grows by copying, keeps for
//! itself what was freed among smaller things, and does so once for each thread, so that bodies of 64 MB together had made the process 300 MB large.

use axum::body::Bytes;
use memmap2::{MmapMut, MmapOptions};

use super::SMALL_BYTES;
use crate::failure::Failure;

/// What has come of a body.
pub(crate) struct Kept {
    memory: Memory,
    /// The most that may come.
    most: usize,
}

enum Memory {
    Few(Vec<u8>),
    /// Only what was written to takes memory.
    Many {
        pages: MmapMut,
        length: usize,
    },
}

impl Kept {
    /// Begins with nothing of what may be so long.
    pub(crate) fn up_to(most: usize) -> Self {
        Self { memory: Memory::Few(Vec::new()), most }
    }

    /// Begins with the first piece of a body that may be so long.
    pub(super) fn new(first: Bytes, most: usize) -> Self {
        Self { memory: Memory::Few(first.into()), most }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_ref().len()
    }

    /// Adds what came next. An error where the system has no memory.
    pub(crate) fn extend(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let length = self.len() + piece.len();
        if let Memory::Few(bytes) = &mut self.memory {
            if length <= SMALL_BYTES {
                bytes.extend_from_slice(piece);
                return Ok(());
            }
            self.memory = Memory::Many { pages: pages(self.most.max(length), bytes)?, length: bytes.len() };
        }
        if let Memory::Many { pages: full, length: filled } = &mut self.memory {
            if full.len() < length {
                *full = pages(length, &full[..*filled])?;
            }
            full[*filled..length].copy_from_slice(piece);
            *filled = length;
        }
        Ok(())
    }
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        match &self.memory {
            Memory::Few(bytes) => bytes,
            Memory::Many { pages, length } => &pages[..*length],
        }
    }
}

/// Pages for so many bytes, of which these are the first.
fn pages(n_bytes: usize, first: &[u8]) -> Result<MmapMut, Failure> {
    let mut pages = MmapOptions::new().len(n_bytes).no_reserve_swap().map_anon().map_err(|error| {
        Failure::busy().with_log(format!("there is no memory for a body of {n_bytes} bytes: {error}"))
    })?;
    pages[..first.len()].copy_from_slice(first);
    Ok(pages)
}

#[cfg(test)]
mod tests;
