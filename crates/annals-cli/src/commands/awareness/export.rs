//! `annals awareness export`: one snapshot of a space, as NDJSON.
//!
//! The lines gather in a file without a name, or in one that gets its name at the end: whoever reads gets all of it or nothing, a slow reader keeps no snapshot open, and nothing leaves before the log
//! has it on record that it does.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use annals::{Caller, Settings};
use annals_awareness::transfer::{self, Failed, Sink};

use crate::commands::checkpoint;
use crate::commands::export::NewFile;
use crate::failure::{self, Exit, Failure};
use crate::progress::Bar;

/// Where the lines gather.
struct Spool {
    file: BufWriter<File>,
    bar: Bar,
}

/// Exports.
pub(super) fn run(
    settings: &Settings,
    to_write: Settings,
    caller: &Caller,
    output: Option<&Path>,
) -> Result<Exit, Failure> {
    let target = output.map(NewFile::begin).transpose()?;
    let audit = checkpoint::open_existing(settings, to_write)?;
    let file = match &target {
        Some(file) => file.handle()?,
        None => tempfile::tempfile().map_err(|error| unwritable(&error))?,
    };
    let mut spool = Spool { file: BufWriter::new(file), bar: Bar::new("exporting") };
    let exported = transfer::export(&audit, caller, &mut spool).map_err(|failed| match failed {
        Failed::Log(error) => error.into(),
        Failed::Sink(error) => unwritable(&error),
    })?;
    let Spool { file, bar } = spool;
    drop(bar);
    let mut file = file.into_inner().map_err(|error| unwritable(error.error()))?;
    if let Some(target) = target {
        target.finish()?;
    } else {
        file.seek(SeekFrom::Start(0)).map_err(|error| unwritable(&error))?;
        let mut stdout = io::stdout().lock();
        io::copy(&mut file, &mut stdout)?;
        stdout.flush()?;
    }
    audit.close()?;
    let entries = if exported.n_entries == 1 { "entry" } else { "entries" };
    failure::note(&format!("{} {entries} of the space `{}` exported", exported.n_entries, caller.space()));
    Ok(Exit::Done)
}

impl Sink for Spool {
    fn restart(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.get_mut().set_len(0)
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(line.as_bytes())?;
        self.file.write_all(b"\n")
    }

    fn progress(&mut self, n_done: u64, n_all: u64) {
        self.bar.set(n_done, n_all);
    }
}

fn unwritable(error: &io::Error) -> Failure {
    Failure::could_not(format!(
        "could not write the export: {error} (hint: `TMPDIR` names the folder where it gathers)"
    ))
}
