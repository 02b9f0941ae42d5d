//! A whole space as lines of JSON, out of one log and into another; and what the reference MCP memory server kept, on its way in.
//!
//! An export is one snapshot: a head that names format and version, one line an entry with all that it was before, and an end line that counts, so that a file that was cut is known as one. Coming
//! in again it makes the same entries: ids, times, credentials, history and trash. Who read an entry stays where it happened, in the log; the log of an export's place is not exported.
//!
//! An import goes batch by batch, each one durable transaction with the events that tell of it, and can be done again from its beginning: what is there already is left alone. So a killed import
//! is mended by importing once more, and needs no memory of how far it came.
//! Nothing here opens a file or prints anything; bytes come in as lines and go out as lines.

mod export;
mod graph;
mod import;
mod installed;
mod line;
mod note;
mod rehearsal;
mod settle;

pub use export::{Exported, Failed, Sink, export};
pub use import::{Broken, Import, Run, Tally};
pub use installed::{InstalledEntry, InstalledUser, space_of};

/// The tool that an event of an import names.
pub const IMPORT_TOOL: &str = "awareness_import";
/// The tool that an event of an export names.
pub const EXPORT_TOOL: &str = "awareness_export";
/// The source of notes that were entities of the reference memory server.
pub const GRAPH_SOURCE: &str = "server-memory";
/// The version of an export's format.
pub const VERSION: u64 = 1;

/// No line is longer. An entry stands with all that it ever was in one.
pub const MAX_LINE_BYTES: usize = 256 << 20;

/// Two digits a byte.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // A text takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
