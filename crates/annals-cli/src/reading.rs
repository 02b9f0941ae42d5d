//! What every command that reads has in common: a service that writes nothing, a word about what still waits, and answers that are whole.

mod calls;
mod failed;
mod source;

use annals::{Audit, Cursor, Error, Filter, Limit, Mode, Order, PageRequest, Settings, StoredEvent, WaitingState};
use annals_event::Types;

pub(crate) use source::Wanted;

use crate::arguments::Common;
use crate::failure::{self, Failure};
use crate::settings;

/// A service for reading.
pub(crate) struct Reading {
    pub(crate) audit: Audit,
    types: Types,
}

impl Reading {
    /// Opens nothing yet; says what waits in the journals of processes that are gone, since no answer has it.
    pub(crate) fn begin(common: &Common) -> Result<Self, Failure> {
        Self::begin_with(&settings::load(common)?)
    }

    /// The same for a command that needs the settings for something else too.
    pub(crate) fn begin_with(settings: &Settings) -> Result<Self, Failure> {
        let reading = Self::of(settings)?;
        match n_left_behind(&reading.audit) {
            Ok(0) => {}
            Ok(n_waiting) => {
                let events = if n_waiting == 1 { "event waits" } else { "events wait" };
                failure::note(&format!(
                    "up to {n_waiting} {events} in the journal of a process that is gone (hint: the next `annals record`, or any process that records here, makes them durable)"
                ));
            }
            // A journal that can't be read does not keep anybody from the database; where that can't be read either, its error is the one to tell.
            Err(error) => {
                reading.audit.head()?;
                failure::note(&error.to_string());
            }
        }
        Ok(reading)
    }

    /// The same without a word.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Failure> {
        let types = settings::types(settings)?;
        let audit = Audit::with_settings(&settings.clone().mode(Mode::ReadOnly))?;
        Ok(Self { audit, types })
    }

    /// Refuses types that are neither known nor in the log, with the nearest known one: what is misspelt would find nothing, and that would be believed.
    pub(crate) fn check_types(&self, patterns: &[String]) -> Result<(), Failure> {
        for pattern in patterns {
            if !self.types.expand(pattern).is_empty() {
                continue;
            }
            let one = PageRequest { order: Order::Newest, limit: Limit::new(1)?, cursor: None };
            if self.audit.query(&Filter::new().event_type(pattern), &one)?.events.is_empty() {
                return Err(self.unknown(pattern));
            }
        }
        Ok(())
    }

    fn unknown(&self, pattern: &str) -> Failure {
        if let Some(family) = pattern.strip_suffix(".*") {
            let hint = match self.nearest_family(family) {
                Some(near) => format!("did you mean `{near}.*`?"),
                None => "`tool.*` is one".to_owned(),
            };
            return Failure::usage(format!("`type`: `{pattern}` is no known family of event types (hint: {hint})"));
        }
        match self.types.check(pattern) {
            Err(invalid) => Failure::from(invalid),
            Ok(()) => {
                Failure::usage(format!("`type`: `{pattern}` is no event type (hint: give `tool.invoked` or `tool.*`)"))
            }
        }
    }

    /// The family that a misspelt one most likely meant.
    fn nearest_family(&self, family: &str) -> Option<&str> {
        let families = self.types.iter().filter_map(|name| name.split_once('.')).map(|(family, _)| family);
        let likely = families.map(|near| (strsim::normalized_damerau_levenshtein(family, near), near));
        likely.filter(|(likeness, _)| 0.5 <= *likeness).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, near)| near)
    }

    /// Gives every event that fits to `each`, from this page on, until the limit; page after page, so that an answer never ends
    /// because one page had looked at enough rows. Answers the cursor where more may follow.
    pub(crate) fn each_event(
        &self,
        filter: &Filter,
        mut request: PageRequest,
        limit: Option<usize>,
        mut each: impl FnMut(StoredEvent) -> Result<(), Failure>,
    ) -> Result<Option<Cursor>, Failure> {
        let mut n_left = limit;
        loop {
            request.limit = match n_left {
                Some(n_left) => Limit::new(u64::try_from(n_left.min(Limit::MAX.get())).unwrap_or(1))?,
                None => Limit::MAX,
            };
            let page = self.audit.query(filter, &request)?;
            n_left = n_left.map(|n_left| n_left.saturating_sub(page.events.len()));
            for event in page.events {
                each(event)?;
            }
            let Some(cursor) = page.cursor else { return Ok(None) };
            if n_left == Some(0) {
                return Ok(Some(cursor));
            }
            request.cursor = Some(cursor);
        }
    }
}

/// How many events the journals of dead processes hold.
fn n_left_behind(audit: &Audit) -> Result<u64, Error> {
    Ok(audit
        .waiting()?
        .iter()
        .filter(|journal| journal.state == WaitingState::Dead)
        .map(|journal| journal.n_events)
        .sum())
}

/// Says where an answer that was cut at its limit goes on.
pub(crate) fn more(cursor: Option<Cursor>, format: crate::output::Format) {
    if let Some(cursor) = cursor.filter(|_| format == crate::output::Format::Table) {
        failure::note(&format!("more may follow (hint: go on with `--cursor {cursor}`)"));
    }
}
