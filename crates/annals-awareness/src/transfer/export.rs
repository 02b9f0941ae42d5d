//! A space out of the log: one snapshot, page by page, into whatever takes lines.
//!
//! The look that an export is may begin anew, when its snapshot could not be kept; the sink is told, and forgets what it took. That the space went out is on record before the sink's owner may
//! let go of what it took: one event with the number of entries and the digest of all lines.

use std::convert::Infallible;
use std::io;

use annals::{Audit, Caller, Undone};
use annals_event::Event;
use annals_store::awareness::{Amount, By, Choice, Shelf, Shelved, Wish};
use annals_store::{Error as StoreError, ErrorKind};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{EXPORT_TOOL, VERSION, line};

/// No page has more entries…
const PAGE_ENTRIES: u64 = 500;
/// … or many more bytes.
const PAGE_BYTES: usize = 1 << 20;

/// What takes the lines of an export.
pub trait Sink {
    /// Forgets every line so far.
    fn restart(&mut self) -> io::Result<()>;

    /// Takes a line, which has no newline.
    fn line(&mut self, line: &str) -> io::Result<()>;

    /// Is told how far it has come, in entries.
    fn progress(&mut self, n_done: u64, n_all: u64);
}

/// What went out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exported {
    /// How many entries.
    pub n_entries: u64,
    /// The SHA-256 of all lines, each with its newline, in hexadecimal digits.
    pub sha256: String,
}

/// Why nothing may go out.
#[derive(Debug)]
pub enum Failed {
    /// The log could not be read, or could not take the event of the export.
    Log(annals::Error),
    /// The sink could not take a line.
    Sink(io::Error),
}

/// Gives every entry of the caller's space to the sink, those in the trash and expired ones among them, and puts that on record. Blocks.
pub fn export(audit: &Audit, caller: &Caller, sink: &mut dyn Sink) -> Result<Exported, Failed> {
    let mut trouble = None;
    let looked = audit.look(caller, |shelf| {
        write(shelf, caller.space(), sink).map_err(|failed| match failed {
            Halted::Store(error) => error,
            Halted::Sink(error) => {
                trouble = Some(error);
                StoreError::new(ErrorKind::Invalid, "the export's lines could not be written")
            }
        })
    });
    let exported = match (looked, trouble) {
        (Ok(exported), _) => exported,
        (Err(_), Some(error)) => return Err(Failed::Sink(error)),
        (Err(error), None) => return Err(Failed::Log(error)),
    };
    let event = Event::new("context.query_executed").tool(EXPORT_TOOL).details(json!({
        "n_entries": exported.n_entries,
        "sha256": exported.sha256,
        "version": VERSION,
    }));
    let recorded = audit.change::<(), Infallible, _>(caller, move |_| Ok(((), vec![event.clone()])));
    match recorded {
        Ok(()) => Ok(exported),
        Err(Undone::Failed(error)) => Err(Failed::Log(error)),
        Err(Undone::Refused(never)) => match never {},
    }
}

enum Halted {
    Store(StoreError),
    Sink(io::Error),
}

impl From<StoreError> for Halted {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Halted {
    fn from(error: io::Error) -> Self {
        Self::Sink(error)
    }
}

fn write(shelf: &mut dyn Shelf, space: &str, sink: &mut dyn Sink) -> Result<Exported, Halted> {
    sink.restart()?;
    let mut digest = Sha256::new();
    let mut put = |sink: &mut dyn Sink, line: &str| {
        digest.update(line.as_bytes());
        digest.update(b"\n");
        sink.line(line)
    };
    let choice = Choice { shelved: Shelved::Anywhere, ..Choice::default() };
    let n_all = shelf.count(&choice)?;
    let by = By::CreatedFirst;
    let mut wish =
        Wish { by, after: None, offset: 0, amount: Amount { limit: PAGE_ENTRIES, max_bytes: Some(PAGE_BYTES) } };
    let mut n_entries = 0;
    put(sink, &line::head(space))?;
    loop {
        let page = shelf.page(&choice, &wish)?;
        let ids: Vec<_> = page.entries.iter().filter(|entry| entry.n_changes > 0).map(|entry| entry.id).collect();
        let mut changes = if ids.is_empty() { Vec::new() } else { shelf.changes(&ids)? };
        for entry in &page.entries {
            let at = changes.iter().position(|(id, _)| *id == entry.id);
            let was = at.map(|at| changes.swap_remove(at).1).unwrap_or_default();
            put(sink, &line::entry(entry, &was))?;
            n_entries += 1;
        }
        sink.progress(n_entries, n_all);
        wish.after = page.end(by);
        if !page.has_more {
            break;
        }
    }
    put(sink, &line::end(n_entries))?;
    let sha256 = super::hex(&digest.finalize());
    Ok(Exported { n_entries, sha256 })
}
