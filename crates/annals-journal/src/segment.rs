//! A segment file, byte by byte: version 1 of the journal's format.
//!
//! All integers are little endian. All checksums are CRC-32 (IEEE 802.3, reflected, as in zip and PNG). `‖` joins bytes.
//!
//! A file is named `<producer>-<n>.seg`: 32 lower-case hexadecimal digits and a decimal number. Together the segments of
//! one producer, by rising `n`, hold its records by rising `pseq`; those that are wholly durable are gone. While a file
//! is being made it ends in `.tmp` and means nothing. A process that keeps a journal holds an exclusive lock (`flock` on
//! Unix) on each of its segments until they are gone or it is; the lock is the only sign of life.
//!
//! | at | bytes | what |
//! | --- | --- | --- |
//! | 0 | 128 | the identity |
//! | 128 | 128 | the identity again, for when the first copy is damaged |
//! | 256 | 32 | the start: `pseq` of the first record, 20 zero bytes, checksum of those 28; all zero until there is one |
//! | 288 | 32 | sheds: how many in all, after how many records, 12 zero bytes, checksum of those 28; all zero for none |
//! | 320 | 32 | sheds again: the two are written in turn, and the higher valid count is the true one |
//! | 352 | 160 | zero |
//! | 512 | | the records, one after the other, to the end of the file |
//!
//! The identity:
//!
//! | at | bytes | what |
//! | --- | --- | --- |
//! | 0 | 8 | `ANNALSJ` and a line feed |
//! | 8 | 2 | version of this format: 1 |
//! | 10 | 2 | version of the payloads' format, which is the caller's |
//! | 12 | 2 | role: 0 a journal, 1 one record left by a short-lived process, 2 the presence of a process |
//! | 14 | 2 | flags: bit 0 says that the log id is known |
//! | 16 | 16 | producer |
//! | 32 | 8 | number of the segment, as in the name |
//! | 40 | 32 | target: digest of its address |
//! | 72 | 16 | target: log id, or zero |
//! | 88 | 36 | zero |
//! | 124 | 4 | checksum of the 124 bytes before |
//!
//! Magic, version and the place of the checksum stay where they are in every later version, so that a newer file is told
//! from a damaged one.
//!
//! A record:
//!
//! | at | bytes | what |
//! | --- | --- | --- |
//! | 0 | 4 | length of the payload |
//! | 4 | 4 | checksum of producer ‖ payload |
//! | 8 | 8 | `pseq`: rises by one from record to record, across segments too |
//! | 16 | 4 | checksum of producer ‖ the 16 bytes before |
//! | 20 | | the payload |
//!
//! A file that ends inside its last record holds a write that was never answered; that is no damage. "After how many
//! records" counts those of the producer, so the shed events lie between the record with that `pseq` and the one before.

mod file;

pub(crate) use file::{
    Access, Claim, Reservation, Segment, claim, clean_temporary, is_live, is_still_at, make, make_filled,
    open_existing, read, read_header,
};

use crate::{Error, ErrorKind, frame::Seed, name::Name};

/// Version of the segment format that this code writes, and the newest that it reads.
pub(crate) const FORMAT: u16 = 1;
/// Where the records begin.
pub(crate) const HEADER_BYTES: usize = 512;
pub(crate) const START_AT: u64 = 256;
const IDENTITY_BYTES: usize = 128;
const AREA_BYTES: usize = 32;
const SHEDS_AT: [u64; 2] = [288, 320];
const MAGIC: [u8; 8] = *b"ANNALSJ\n";
const LOG_IS_KNOWN: u16 = 1;

/// For which database or server the records wait. A journal is drained into no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// A digest of the address without credentials.
    pub address: [u8; 32],
    /// The id of the log, once the target was reached.
    pub log: Option<[u8; 16]>,
}

/// What a producer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// A [`Journal`](crate::Journal).
    Journal,
    /// One record that a short-lived process [left](crate::leave()).
    Left,
    /// The [presence](crate::presence()) of a process without a journal; its records are notes of its own.
    Presence,
}

/// What every segment says about itself and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) name: Name,
    pub(crate) role: Role,
    pub(crate) payload_format: u16,
    pub(crate) target: Target,
}

/// How many events of a producer were shed, and before which record the last of them was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sheds {
    pub(crate) total: u64,
    /// How many records the producer had written by then.
    pub(crate) after_records: u64,
}

/// The start area: where a segment's numbers begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// No record was ever written.
    Unwritten,
    At(u64),
    Damaged,
}

/// Everything in front of the records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    /// Why it could not be read, when it could not.
    pub(crate) identity: Result<Identity, Unreadable>,
    pub(crate) start: Start,
    pub(crate) sheds: Sheds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Newer { version: u16 },
    Damaged,
}

impl Identity {
    pub(crate) fn seed(&self) -> Seed {
        Seed::new(&self.name.producer)
    }

    fn encode(&self) -> [u8; IDENTITY_BYTES] {
        let mut out = [0; IDENTITY_BYTES];
        let (role, flags) = (self.role.code(), self.target.log.map_or(0, |_| LOG_IS_KNOWN));
        out[..8].copy_from_slice(&MAGIC);
        out[8..10].copy_from_slice(&FORMAT.to_le_bytes());
        out[10..12].copy_from_slice(&self.payload_format.to_le_bytes());
        out[12..14].copy_from_slice(&role.to_le_bytes());
        out[14..16].copy_from_slice(&flags.to_le_bytes());
        out[16..32].copy_from_slice(&self.name.producer);
        out[32..40].copy_from_slice(&self.name.number.to_le_bytes());
        out[40..72].copy_from_slice(&self.target.address);
        out[72..88].copy_from_slice(&self.target.log.unwrap_or_default());
        seal(&mut out);
        out
    }

    fn decode(bytes: &[u8; IDENTITY_BYTES]) -> Result<Self, Unreadable> {
        if bytes[..8] != MAGIC || !is_sealed(bytes) {
            return Err(Unreadable::Damaged);
        }
        let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let version = u16_at(8);
        if version > FORMAT {
            return Err(Unreadable::Newer { version });
        }
        let log = (u16_at(14) & LOG_IS_KNOWN != 0).then(|| array(&bytes[72..]));
        Ok(Self {
            name: Name { producer: array(&bytes[16..]), number: u64::from_le_bytes(array(&bytes[32..])) },
            role: Role::from_code(u16_at(12)).ok_or(Unreadable::Damaged)?,
            payload_format: u16_at(10),
            target: Target { address: array(&bytes[40..]), log },
        })
    }
}

impl Header {
    /// The bytes of a fresh segment's header.
    pub(crate) fn encode(identity: &Identity, start: Option<u64>) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        let identity = identity.encode();
        out[..IDENTITY_BYTES].copy_from_slice(&identity);
        out[IDENTITY_BYTES..2 * IDENTITY_BYTES].copy_from_slice(&identity);
        if let Some(pseq) = start {
            out[256..288].copy_from_slice(&encode_start(pseq));
        }
        out
    }

    /// Reads the header of the segment that is called `name` from the beginning of its bytes, however few.
    pub(crate) fn decode(name: Name, bytes: &[u8]) -> Self {
        let mut padded = [0; HEADER_BYTES];
        let n = bytes.len().min(HEADER_BYTES);
        padded[..n].copy_from_slice(&bytes[..n]);
        let first = Identity::decode(&array(&padded));
        let second = Identity::decode(&array(&padded[IDENTITY_BYTES..]));
        // A file under another file's name would be read with the wrong seed, so it counts as damaged.
        let identity = match (first, second) {
            (Err(Unreadable::Damaged), copy) => copy,
            (first, _) => first,
        }
        .and_then(|found| if found.name == name { Ok(found) } else { Err(Unreadable::Damaged) });
        let start = match decode_area(&padded[256..]) {
            Area::Unwritten => Start::Unwritten,
            Area::Written(pseq, _) => Start::At(pseq),
            Area::Damaged => Start::Damaged,
        };
        let sheds = [&padded[288..], &padded[320..]]
            .into_iter()
            .filter_map(|area| match decode_area(area) {
                Area::Written(total, after_records) => Some(Sheds { total, after_records }),
                Area::Unwritten | Area::Damaged => None,
            })
            .max_by_key(|sheds| sheds.total)
            .unwrap_or_default();
        Self { identity, start, sheds }
    }
}

impl Unreadable {
    pub(crate) fn into_error(self, path: &std::path::Path) -> Error {
        let shown = path.display();
        match self {
            Self::Newer { version } => Error::new(
                ErrorKind::NewerFormat,
                format!(
                    "`{shown}` has journal format {version}, and this program knows up to {FORMAT} \
                     (hint: use the newer version of this program that wrote it)"
                ),
            ),
            Self::Damaged => Error::new(
                ErrorKind::Damaged,
                format!(
                    "the header of `{shown}` is damaged, so nobody knows for which log its records wait \
                     (hint: keep a copy of the file and move it out of the directory)"
                ),
            ),
        }
        .about(path)
    }
}

impl Role {
    fn code(self) -> u16 {
        match self {
            Self::Journal => 0,
            Self::Left => 1,
            Self::Presence => 2,
        }
    }

    fn from_code(code: u16) -> Option<Self> {
        [Self::Journal, Self::Left, Self::Presence].into_iter().find(|role| role.code() == code)
    }
}

pub(crate) fn encode_start(pseq: u64) -> [u8; AREA_BYTES] {
    encode_area(pseq, 0)
}

/// Where this count of sheds is written, and as what.
pub(crate) fn encode_sheds(sheds: Sheds) -> (u64, [u8; AREA_BYTES]) {
    let slot = SHEDS_AT[usize::from(sheds.total.is_multiple_of(2))];
    (slot, encode_area(sheds.total, sheds.after_records))
}

enum Area {
    Unwritten,
    Written(u64, u64),
    Damaged,
}

fn encode_area(first: u64, second: u64) -> [u8; AREA_BYTES] {
    let mut out = [0; AREA_BYTES];
    out[..8].copy_from_slice(&first.to_le_bytes());
    out[8..16].copy_from_slice(&second.to_le_bytes());
    seal(&mut out);
    out
}

fn decode_area(bytes: &[u8]) -> Area {
    let area: [u8; AREA_BYTES] = array(bytes);
    // The checksum of zeros is not zero, so an area that was written never looks like one that was not.
    if area == [0; AREA_BYTES] {
        return Area::Unwritten;
    }
    if !is_sealed(&area) {
        return Area::Damaged;
    }
    Area::Written(u64::from_le_bytes(array(&area)), u64::from_le_bytes(array(&area[8..])))
}

/// Puts the checksum of all bytes but the last four into those.
fn seal(bytes: &mut [u8]) {
    if let Some((rest, checksum)) = bytes.split_last_chunk_mut::<4>() {
        *checksum = crc32fast::hash(rest).to_le_bytes();
    }
}

fn is_sealed(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<4>().is_some_and(|(rest, checksum)| crc32fast::hash(rest).to_le_bytes() == *checksum)
}

/// The first `N` bytes, of which there are enough wherever this is called.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[..N]);
    out
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
