//! `annals verify`: whether a log is what was recorded, told headline first, and last by whose word.

mod told;

use std::fs;
use std::io::Write as _;
use std::path::Path;

use annals::verify::{Options, Progress, Report, verify, verify_at};
use annals::{Audit, ErrorKind, Mode};

use crate::arguments::{Common, Verify};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::output::{Format, Output};
use crate::progress::Bar;
use crate::settings;

/// Looks, tells, and keeps the checkpoint if that was asked for.
pub(super) fn run(common: &Common, request: &Verify) -> Result<Exit, Failure> {
    let mut options = Options::default();
    if let Some(key) = &request.key {
        options = options.key(input::key(key)?);
    }
    if let Some(path) = &request.from_checkpoint {
        let note = fs::read_to_string(path)
            .map_err(|error| Failure::could_not(format!("`{}` can't be read: {error}", path.display())))?;
        options = options.from_checkpoint(note);
    }
    if request.incremental {
        options = options.incremental();
    }
    let bar = Bar::new("verifying");
    let mut progress = |progress: Progress| bar.set(progress.n_done, progress.n_total);
    let report = match &request.database {
        Some(path) => match path.to_str().filter(|text| is_address(text)) {
            Some(address) => verify_at(address, &options, &mut progress),
            None if path.is_dir() => verify(&path.join("annals.db"), &options, &mut progress),
            None => verify(path, &options, &mut progress),
        },
        None => Audit::with_settings(&settings::load(common)?.mode(Mode::ReadOnly))?.verify(&options, &mut progress),
    };
    drop(bar);
    let report = report.map_err(|error| match error.kind() {
        // What opening would refuse as cut or put back is a broken log, and was looked at.
        ErrorKind::RolledBack => Failure::new(Exit::Partly, error.to_string()),
        _ => Failure::from(error),
    })?;
    let saved = request.save_checkpoint.as_deref().map(|path| save(path, &report)).transpose()?;
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        told::lines(&report, output.screen().width).iter().try_for_each(|line| output.line(line))?;
    } else {
        output.json(&told::object(&report))?;
    }
    output.flush()?;
    if saved == Some(Saved::Nothing) {
        crate::failure::note("no checkpoint was saved, since there is none that holds in a sound log");
    }
    Ok(if report.verdict().is_none() { Exit::Done } else { Exit::Partly })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Saved {
    Note,
    Nothing,
}

/// Keeps the newest checkpoint of a sound log, in one step: a file that was there is whole until the new one is.
fn save(path: &Path, report: &Report) -> Result<Saved, Failure> {
    let Some(note) = report.checkpoint.as_deref().filter(|_| report.verdict().is_none()) else {
        return Ok(Saved::Nothing);
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(note.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    });
    written.map_err(|error| Failure::could_not(format!("`{}` can't be written: {error}", path.display())))?;
    Ok(Saved::Note)
}

/// Whether a word is the address of a database of a server, which is looked at without settings.
fn is_address(text: &str) -> bool {
    ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
}
