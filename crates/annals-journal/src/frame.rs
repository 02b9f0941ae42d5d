//! One record as bytes: a head of twenty bytes and the payload. The layout stands in [`segment`](crate::segment).
//!
//! The payload has a checksum of its own, so that it can be computed before the lock is taken; the head's checksum
//! covers that one, the length and the number, which is only known under the lock. A head that checks out while its
//! payload is cut short is a write that was never answered; a head that doesn't is damage. One checksum over
//! everything could not tell a damaged length from a torn record. Both start from the producer's id, so that a record
//! quoted inside another record's payload is never taken for one.

use crc32fast::Hasher;

/// Bytes in front of each payload.
pub(crate) const HEAD_BYTES: usize = 20;

/// The state that every checksum of a producer starts from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(u32);

impl Seed {
    pub(crate) fn new(producer: &[u8; 16]) -> Self {
        Self(crc32fast::hash(producer))
    }

    pub(crate) fn checksum(self, bytes: &[u8]) -> u32 {
        let mut hasher = Hasher::new_with_initial(self.0);
        hasher.update(bytes);
        hasher.finalize()
    }
}

/// A record of which everything is known but its number.
#[derive(Clone, Copy)]
pub(crate) struct Draft<'a> {
    seed: Seed,
    payload: &'a [u8],
    length: u32,
    payload_checksum: u32,
}

impl<'a> Draft<'a> {
    /// `None` when the length does not fit into its field.
    pub(crate) fn new(seed: Seed, payload: &'a [u8]) -> Option<Self> {
        Some(Self {
            seed,
            payload,
            length: u32::try_from(payload.len()).ok()?,
            payload_checksum: seed.checksum(payload),
        })
    }

    /// Head and payload together.
    pub(crate) fn n_bytes(&self) -> usize {
        HEAD_BYTES + self.payload.len()
    }

    pub(crate) fn encode(&self, pseq: u64, out: &mut Vec<u8>) {
        let mut head = [0; HEAD_BYTES];
        head[..4].copy_from_slice(&self.length.to_le_bytes());
        head[4..8].copy_from_slice(&self.payload_checksum.to_le_bytes());
        head[8..16].copy_from_slice(&pseq.to_le_bytes());
        let checksum = self.seed.checksum(&head[..16]);
        head[16..].copy_from_slice(&checksum.to_le_bytes());
        out.extend_from_slice(&head);
        out.extend_from_slice(self.payload);
    }
}

/// What stands at the beginning of some bytes of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    Record {
        pseq: u64,
        payload: &'a [u8],
        n_bytes: usize,
    },
    /// The bytes end inside a record whose head, as far as it is there, is right.
    Torn,
    /// The head is right and the payload is all there, but is not what was written.
    DamagedPayload {
        pseq: u64,
        n_bytes: usize,
    },
    /// Not the head of a record.
    Foreign,
}

/// Reads the record at the beginning of `bytes`, which reach to the end of the segment and are not empty.
pub(crate) fn parse(seed: Seed, bytes: &[u8]) -> Parsed<'_> {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
        return Parsed::Torn;
    };
    let u32_at = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    if seed.checksum(&head[..16]) != u32_at(16) {
        return Parsed::Foreign;
    }
    let pseq = u64::from(u32_at(8)) | u64::from(u32_at(12)) << 32;
    let Some(payload) = usize::try_from(u32_at(0)).ok().and_then(|length| rest.get(..length)) else {
        return Parsed::Torn;
    };
    if seed.checksum(payload) != u32_at(4) {
        return Parsed::DamagedPayload { pseq, n_bytes: HEAD_BYTES + payload.len() };
    }
    Parsed::Record { pseq, payload, n_bytes: HEAD_BYTES + payload.len() }
}

/// Walks records that this process itself has put one after the other, so nothing is checked.
pub(crate) fn split_trusted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    rest.split_at_checked(usize::try_from(length).ok()?)
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
