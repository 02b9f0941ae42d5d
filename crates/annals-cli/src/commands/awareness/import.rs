//! `annals awareness import`: the lines of an export, or of the reference memory server's file, into a space.
//!
//! Ctrl-C ends it between two batches; what was imported is whole, and the same import once more does the rest.

use annals::{Audit, Caller, ErrorKind, Mode, Settings};
use annals_awareness::transfer::{Broken, Import, MAX_LINE_BYTES, Run, Tally};

use crate::arguments::{Common, Source};
use crate::commands::record::{Ended, Progress, pump};
use crate::failure::{self, Exit, Failure};
use crate::input::{Input, Line, Lines};
use crate::interrupt::Interrupt;
use crate::output::{Field, Format, Output, object};
use crate::reading::Reading;
use crate::settings;

/// Imports, or counts what would be.
pub(super) fn run(
    common: &Common,
    settings: &Settings,
    caller: &Caller,
    source: &Source,
    run: Run,
) -> Result<Exit, Failure> {
    let interrupt = Interrupt::watch()?;
    let input = Input::open(source)?;
    let (audit, _elsewhere) = open(settings, run)?;
    let progress = Progress::new(input.n_bytes());
    let chunks = input.chunks()?;
    let import = std::cell::RefCell::new(Import::new(&audit, caller, run));
    let what = match run {
        Run::CarryOut => "imported",
        Run::Rehearse => "counted",
    };
    let ended = pump(
        &chunks,
        Lines::new(MAX_LINE_BYTES),
        &interrupt,
        |chunk| {
            progress.advance(chunk.len(), import.borrow().tally().n_entries(), what);
            Ok(())
        },
        |number, line| {
            let mut import = import.borrow_mut();
            let taken = match line {
                Line::Whole(bytes) => import.line(number, bytes),
                Line::TooLong(n_bytes) => import.too_long(number, n_bytes),
            };
            tell(&progress, import.told());
            taken.map_err(broken)
        },
    );
    let mut import = import.into_inner();
    let ended = ended.and_then(|ended| {
        if ended == Ended::AtEnd {
            let brought = import.end().map_err(broken);
            tell(&progress, import.told());
            brought?;
        }
        Ok(ended)
    });
    progress.end();
    let tally = import.tally();
    let ended =
        ended.map_err(|failure| if 0 < tally.n_entries() { failure.within(&sentence(tally, run)) } else { failure })?;
    audit.close()?;
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        output.line(&sentence(tally, run))?;
    } else {
        let mut fields: Vec<(&str, Field)> =
            tally.numbers().into_iter().map(|(name, number)| (name, Field::Number(number))).collect();
        fields.push(("dry_run", Field::Number(u64::from(run == Run::Rehearse))));
        output.json(&object(&fields))?;
    }
    output.flush()?;
    match ended {
        Ended::Interrupted => {
            failure::note("interrupted: what follows was not read (hint: import the file again, and the rest comes)");
            Ok(Exit::Interrupted)
        }
        Ended::AtEnd if tally.is_whole() => Ok(Exit::Done),
        Ended::AtEnd => Ok(Exit::Partly),
    }
}

/// Opens the log that is written to. What only counts makes none where there is none, and has one in a folder that goes with it.
pub(super) fn open(settings: &Settings, run: Run) -> Result<(Audit, Option<tempfile::TempDir>), Failure> {
    let elsewhere = (run == Run::Rehearse && is_absent(settings)?).then(tempfile::tempdir).transpose();
    let elsewhere =
        elsewhere.map_err(|error| Failure::could_not(format!("could not make a temporary folder: {error}")))?;
    let settings = elsewhere.as_ref().map_or_else(|| settings.clone(), |folder| Settings::new(folder.path()));
    settings::make_way(&settings)?;
    Ok((Audit::with_settings(&settings.mode(Mode::Synchronous))?, elsewhere))
}

fn is_absent(settings: &Settings) -> Result<bool, Failure> {
    match Reading::of(settings)?.audit.head() {
        Err(error) => Ok(error.kind() == ErrorKind::NotFound),
        Ok(_) => Ok(false),
    }
}

fn tell(progress: &Progress, told: Vec<(u64, String)>) {
    for (number, what) in told {
        match number {
            0 => progress.note(&what),
            number => progress.note(&format!("line {number}: {what}")),
        }
    }
}

pub(super) fn broken(broken: Broken) -> Failure {
    match broken {
        Broken::Log(error) => error.into(),
        Broken::Foreign(why) => Failure::new(Exit::Partly, format!("nothing was imported: {why}")),
    }
}

pub(super) fn sentence(tally: Tally, run: Run) -> String {
    let told: Vec<String> = tally
        .numbers()
        .into_iter()
        .filter(|(name, number)| 0 < *number || matches!(*name, "created" | "updated" | "unchanged"))
        .map(|(name, number)| match name {
            "newer" => format!("{number} newer here"),
            "bad_lines" if number == 1 => "1 bad line".to_owned(),
            "bad_lines" => format!("{number} bad lines"),
            name => format!("{number} {name}"),
        })
        .collect();
    match run {
        Run::CarryOut => told.join(", "),
        Run::Rehearse => format!("would be: {} (nothing was changed)", told.join(", ")),
    }
}
