//! Whether the clients that were set up still record here.
//!
//! Looked at are the settings files that `annals setup` changed for this data directory, and nothing else of anybody's.
//! That a client has read its settings since, only its events can tell.

use std::path::{Path, PathBuf};

use annals::Settings;

use crate::arguments::Client;
use crate::commands::setup;
use crate::failure::{self, Failure};
use crate::output::{Cell, Field, Tone, object};

/// A settings file and what is wrong with it.
#[derive(Debug)]
pub(super) struct Found {
    client: Client,
    file: PathBuf,
    problem: Option<String>,
}

/// Looks at every file that was set up.
pub(super) fn look(settings: &Settings) -> Result<Vec<Found>, Failure> {
    let data = setup::data(settings)?;
    let records = setup::Records::of(settings.data()).all();
    let found = records.into_iter().map(|record| {
        let problem = problem(record.client, &record.file, data.as_deref());
        Found { client: record.client, file: record.file, problem }
    });
    Ok(found.collect())
}

impl Found {
    /// As an object for programs.
    pub(super) fn json(&self) -> String {
        object(&[
            ("client", Field::Text(self.client.name().to_owned())),
            ("file", Field::Text(self.file.display().to_string())),
            ("state", Field::Text(if self.problem.is_some() { "degraded" } else { "ok" }.to_owned())),
            ("problem", Field::text(self.problem.as_deref())),
        ])
    }

    /// Says on standard error what is wrong, and what helps.
    pub(super) fn tell(&self) {
        let (name, file) = (self.client.name(), self.file.display());
        if let Some(problem) = &self.problem {
            failure::note(&format!(
                "{name} is not recorded as it was set up: {problem}, in `{file}` (hint: `annals setup {name}`)"
            ));
        }
    }

    /// Whether the client records here.
    pub(super) fn is_fine(&self) -> bool {
        self.problem.is_none()
    }

    /// In a few words for people.
    pub(super) fn row(&self) -> Vec<Cell> {
        let state = self.problem.as_deref().unwrap_or("set up");
        let tone = if self.is_fine() { Tone::Plain } else { Tone::Odd };
        let text = format!("{}: {state}", self.client.name());
        vec![Cell::new("client").toned(Tone::Faint), Cell::new(&text).toned(tone)]
    }
}

fn problem(client: Client, file: &Path, data: Option<&str>) -> Option<String> {
    let found = match setup::read(file) {
        Ok(found) => found,
        Err(problem) => return Some(problem),
    };
    let Some(content) = found.content else { return Some("the settings are gone".to_owned()) };
    let seen = match setup::look(setup::Holds::of(client, file), &content) {
        Ok(seen) => seen,
        Err(unfit) => return Some(format!("line {}, column {}: {}", unfit.line, unfit.column, unfit.problem)),
    };
    let of = if client == Client::ClaudeCode { "hook" } else { "wrapper" };
    if seen.is_off {
        return Some("hooks are switched off".to_owned());
    }
    if seen.n_ours == 0 && seen.n_memories == 0 {
        return Some(format!("there is no {of} of ours any more"));
    }
    // With our server alone, nothing was meant to be wrapped.
    if let Some(missing) = seen.missing.first().filter(|_| 0 < seen.n_ours) {
        return Some(format!(
            "{} of {} lack our {of}, such as `{missing}`",
            seen.missing.len(),
            seen.missing.len() + seen.n_ours
        ));
    }
    for program in seen.ours.iter().map(|ours| &ours.program) {
        match Path::new(program).metadata() {
            Ok(metadata) if metadata.is_file() && is_executable(&metadata) => {}
            Ok(_) => return Some(format!("the program `{program}` can't be run")),
            Err(_) => return Some(format!("the program `{program}` is gone")),
        }
    }
    let other = seen.ours.iter().find(|ours| ours.data.as_deref() != data)?;
    Some(match &other.data {
        Some(data) => format!("events go to another data directory, `{data}`"),
        None => "events go to the default data directory and not to this one".to_owned(),
    })
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}
