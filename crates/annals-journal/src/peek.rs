//! Looking into journals without taking them: for whoever must know which records still lie in a file.
//!
//! A record stays in its segment after it was made durable, until all of the segment is; so what was erased elsewhere may still lie here. Nothing is locked for longer than
//! [`waiting`](crate::waiting()) locks it, and nothing is written.

use std::path::Path;

use crate::{
    Error, Found,
    frame::Seed,
    name::list,
    recover::Scanner,
    segment::{Access, HEADER_BYTES, Start, open_existing, read},
};

/// Something that lies in a segment.
#[derive(Debug)]
pub enum Peeked<'a> {
    /// A record's payload.
    Record(&'a [u8]),
    /// All bytes of a segment that could not be read as records from end to end, or whose payloads are of a newer format. Records of it that could be read came before.
    Unreadable(&'a [u8]),
}

/// Shows everything in `dir` to `visit`, each with the producer whose it is: records of living and dead processes, durable or not, of whatever database. For a caller who reads payloads up to this
/// format. A directory that does not exist holds nothing.
pub fn peek(dir: &Path, payload_format: u16, visit: &mut dyn FnMut([u8; 16], Peeked<'_>)) -> Result<(), Error> {
    for (producer, names) in list(dir)?.segments {
        for name in names {
            let path = name.segment(dir);
            let Some(file) = open_existing(&path, Access::Look)? else { continue };
            let (header, bytes) = read(&file, &path, name)?;
            let is_known = header.identity.as_ref().is_ok_and(|identity| identity.payload_format <= payload_format);
            let mut is_whole = is_known && header.start != Start::Damaged;
            if is_known {
                // Each segment by itself: what is missing between two of them lies in neither.
                let mut scanner = Scanner::new(Seed::new(&producer));
                let found = scanner.segment(header.start, true, bytes.get(HEADER_BYTES..).unwrap_or_default());
                for found in found.into_iter().chain(scanner.finish()) {
                    match found {
                        Found::Record { payload, .. } => visit(producer, Peeked::Record(&payload)),
                        Found::Damaged { .. } => is_whole = false,
                    }
                }
            }
            if !is_whole {
                visit(producer, Peeked::Unreadable(&bytes));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
