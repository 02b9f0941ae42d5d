//! The names of segment files: `<producer>-<n>.seg`, and `<producer>-<n>.tmp` while one is being made.
//!
//! The name says which segments belong together and in which order, so that a directory can be sorted without opening
//! a file. It is not trusted for anything else.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use crate::Error;

/// Which segment of which producer a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) producer: [u8; 16],
    pub(crate) number: u64,
}

impl Name {
    pub(crate) fn segment(self, dir: &Path) -> PathBuf {
        dir.join(format!("{self}.seg"))
    }

    pub(crate) fn temporary(self, dir: &Path) -> PathBuf {
        dir.join(format!("{self}.tmp"))
    }

    fn parse(stem: &str) -> Option<Self> {
        let (hex, number) = stem.split_once('-')?;
        let mut producer = [0; 16];
        let canonical = hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !canonical {
            return None;
        }
        for (byte, pair) in producer.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
        }
        let number = number.parse().ok()?;
        let name = Self { producer, number };
        (name.to_string() == stem).then_some(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.producer {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "-{}", self.number)
    }
}

/// The segments of one directory, by producer and in order; and the files that somebody is or was making.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) segments: BTreeMap<[u8; 16], Vec<Name>>,
    pub(crate) temporaries: Vec<PathBuf>,
}

/// Lists `dir`. A directory that does not exist is an empty one; files of other names are not ours and are left out.
pub(crate) fn list(dir: &Path) -> Result<Listing, Error> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::default()),
        Err(error) => return Err(Error::io("list the journal directory", dir, error)),
    };
    let mut listing = Listing::default();
    for entry in entries {
        let path = entry.map_err(|error| Error::io("list the journal directory", dir, error))?.path();
        let Some(name) = path.file_stem().and_then(|stem| Name::parse(stem.to_str()?)) else {
            continue;
        };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("seg") => listing.segments.entry(name.producer).or_default().push(name),
            Some("tmp") => listing.temporaries.push(path),
            _ => {}
        }
    }
    for names in listing.segments.values_mut() {
        names.sort_unstable();
    }
    Ok(listing)
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
