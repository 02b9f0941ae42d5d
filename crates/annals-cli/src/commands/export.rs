//! `annals export`: events that leave the log, oldest first and as they come, or an auditor's package.
//!
//! What is recorded while it runs is left out: the end of the log is looked up once.

mod file;

use annals::{Filter, Limit, Order, PageRequest, SeqRange, cloudevents};

pub(super) use self::file::NewFile;
use crate::arguments::{Common, Export, FormatName};
use crate::failure::{self, Exit, Failure};
use crate::output::{EventLines, Format, Output};
use crate::progress::Bar;
use crate::reading::Reading;
use crate::settings;

/// Writes what fits.
pub(super) fn run(common: &Common, export: &Export) -> Result<Exit, Failure> {
    if let Some(folder) = &export.bundle {
        if common.format.is_some() {
            return Err(Failure::usage("a bundle has its own formats (hint: give `--bundle` without `--format`)"));
        }
        return bundle(common, export, folder);
    }
    if common.format == Some(FormatName::Table) {
        return Err(Failure::usage("`--format table` is for a screen (hint: one of ndjson, csv, cloudevents)"));
    }
    let reading = Reading::begin(common)?;
    reading.check_types(export.filters.fields.types())?;
    let filter = up_to(export.filters.filter(), reading.audit.head()?.n_events);
    let target = export.output.as_deref().map(NewFile::begin).transpose()?;
    let mut output = match &target {
        Some(file) => Output::into_file(common, file.handle()?),
        None => Output::of_data(common),
    };
    let request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    if common.format == Some(FormatName::Cloudevents) {
        let source = reading.audit.cloudevents_source()?;
        let mut line = String::new();
        reading.each_event(&filter, request, None, |event| {
            line.clear();
            cloudevents::write(&event, &source, &mut line);
            Ok(output.json(&line)?)
        })?;
    } else {
        let mut lines = EventLines::new(Order::Oldest);
        reading.each_event(&filter, request, None, |event| Ok(lines.push(&mut output, &event)?))?;
        if output.format() == Format::Csv {
            lines.head(&mut output)?;
        }
    }
    output.flush()?;
    drop(output);
    if let Some(file) = target {
        file.finish()?;
    }
    Ok(Exit::Done)
}

/// The filter, for the log as it is now.
fn up_to(mut filter: Filter, n_events: u64) -> Filter {
    let asked = filter.seqs.unwrap_or(SeqRange::ALL);
    filter.seqs = Some(SeqRange { start: asked.start, end: asked.end.min(n_events) });
    filter
}

fn bundle(common: &Common, export: &Export, folder: &std::path::Path) -> Result<Exit, Failure> {
    let settings = settings::load(common)?;
    let reading = Reading::begin_with(&settings)?;
    reading.check_types(export.filters.fields.types())?;
    // Where nothing was ever recorded nothing is made.
    reading.audit.head()?;
    let writing = annals::Audit::with_settings(&settings.mode(annals::Mode::Synchronous))?;
    let bar = Bar::new("exporting");
    let asked = asked();
    let bundled =
        writing.export_bundle(folder, &export.filters.filter(), &asked, &mut |done, total| bar.set(done, total))?;
    drop(bar);
    writing.close()?;
    failure::note(&format!(
        "`{}` shows {} events and covers seq {} to {} of {} (hint: give it away with the key, `annals key show`; VERIFY.md says how it is checked)",
        folder.display(),
        bundled.n_events,
        bundled.first_seq,
        bundled.last_seq,
        bundled.size
    ));
    Ok(Exit::Done)
}

/// What was asked for, in the words of the command line; secrets don't belong there, and are taken out.
fn asked() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    annals_ask::without_secrets(&format!("annals {}", words.collect::<Vec<_>>().join(" "))).into_owned()
}
