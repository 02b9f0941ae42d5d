//! What the client hands over on standard input: whole, or by its size and digest where it is too long to be kept in memory.

use std::io::{self, ErrorKind, Read};

use sha2::{Digest, Sha256};

/// No payload of a client's is nearly so long.
pub(crate) const MOST_BYTES: usize = 64 << 20;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Whole(Vec<u8>),
    TooLong { n_bytes: u64, sha256: String },
}

/// Reads to the end.
pub(crate) fn read(input: impl Read) -> io::Result<Input> {
    read_at_most(input, MOST_BYTES)
}

fn read_at_most(mut input: impl Read, most_bytes: usize) -> io::Result<Input> {
    let mut bytes = Vec::new();
    input.by_ref().take(most_bytes as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() <= most_bytes {
        return Ok(Input::Whole(bytes));
    }
    let mut digest = Sha256::new();
    let mut n_bytes = bytes.len() as u64;
    digest.update(&bytes);
    bytes.truncate(64 << 10);
    loop {
        match input.read(&mut bytes) {
            Ok(0) => break,
            Ok(n) => {
                digest.update(&bytes[..n]);
                n_bytes += n as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Input::TooLong { n_bytes, sha256: hex(&digest.finalize()) })
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    //! Up to the bound, and beyond it.

    use super::*;

    #[test]
    fn beyond_the_bound_only_size_and_digest_are_known() {
        let whole = b"0123456789".repeat(20_000);
        assert_eq!(read_at_most(&whole[..], whole.len()).unwrap(), Input::Whole(whole.clone()));
        let Input::TooLong { n_bytes, sha256 } = read_at_most(&whole[..], 100_000).unwrap() else { panic!("too long") };
        assert_eq!(n_bytes, whole.len() as u64);
        assert_eq!(sha256, hex(&Sha256::digest(&whole)));
        assert_eq!(hex(&[0, 0x1f, 0xa0]), "001fa0");
        assert_eq!(read_at_most(&b""[..], 1).unwrap(), Input::Whole(Vec::new()));
    }
}
