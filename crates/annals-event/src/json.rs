//! Events as JSON: one flat object of the columns, in and out.
//!
//! The object is the same everywhere: in NDJSON files, over HTTP, from the command line. Reading is strict, because
//! what is dropped silently on the way into a trail is missed years later: an unknown field, a field that Annals itself
//! sets, a key that stands twice, a number that a reader would round, each is an error that names the field.
//! `serde_json` does the parsing; a scan of the text before it finds what it would accept or overflow on (see `scan`).

mod read;
mod scan;
mod write;

#[cfg(test)]
mod tests;

pub use read::{MAX_JSON_BYTES, from_object, from_object_with, from_slice, parse_details};
pub use write::{write, write_string};
