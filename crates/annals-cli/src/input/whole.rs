//! Small files that are read whole: proofs and keys.

use std::fs::File;
use std::io::{self, Read};

use crate::failure::Failure;

/// More than any of them has: a proof holds an entry, its groups and a note of at most 1 MiB.
const MOST: u64 = 16 << 20;

/// The text of a file, or of standard input for `-`.
pub(crate) fn whole(file: &str) -> Result<String, Failure> {
    let read = if file == "-" { read(io::stdin().lock()) } else { File::open(file).and_then(read) };
    read.map_err(|error| Failure::could_not(format!("could not read `{file}`: {error}")))
}

/// A verifier key: itself, or `@` and the file that holds it.
pub(crate) fn key(flag: &str) -> Result<String, Failure> {
    let text = match flag.strip_prefix('@') {
        Some(path) => whole(path)?,
        None => flag.to_owned(),
    };
    Ok(text.trim().to_owned())
}

fn read(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}
