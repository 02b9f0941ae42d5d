//! The flags that say which events are meant, as a filter of the store contract.

use annals::{Decision, Filter, Glob, Outcome, SeqRange, Timestamp};
use annals_ask::{moment, search, seqs};
use clap::Args;

use super::columns::FilterColumns;

/// Which events, by what they say.
#[derive(Args, Debug)]
pub(crate) struct FieldFilters {
    /// The type, or a family: tool.invoked,guard.*
    #[arg(long = "type", visible_alias = "event-type", value_name = "TYPE", value_delimiter = ',')]
    event_type: Vec<String>,
    /// Any of success,failure,denied,timeout,cancelled,unknown
    #[arg(long, value_name = "WORD", value_delimiter = ',', value_parser = word::<Outcome>)]
    outcome: Vec<Outcome>,
    /// Any of allow,ask,deny
    #[arg(long, value_name = "WORD", value_delimiter = ',', value_parser = word::<Decision>)]
    decision: Vec<Decision>,
    /// The resource: src/auth.rs, 'src/**', '**/.env*'
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    resource: Option<Glob>,
    /// Words that it must have: 'denied "exit code" -test'
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// What the details must contain, to the byte
    #[arg(long, value_name = "TEXT", help_heading = "More")]
    text: Option<String>,
    #[command(flatten)]
    columns: FilterColumns,
    /// The space whose record it is
    #[arg(long, value_name = "TEXT", help_heading = "Columns that must equal a TEXT")]
    space: Option<String>,
}

impl FieldFilters {
    /// The filter that these flags make.
    pub(crate) fn filter(&self) -> Filter {
        let mut filter = Filter::new();
        for pattern in self.types() {
            filter = filter.event_type(pattern);
        }
        filter.equals.clone_from(&self.columns.0);
        filter.outcomes.clone_from(&self.outcome);
        filter.decisions.clone_from(&self.decision);
        filter.resource.clone_from(&self.resource);
        filter.text.clone_from(&self.text);
        filter.space.clone_from(&self.space);
        self.search.as_ref().map_or(filter.clone(), |text| search(text, filter))
    }

    /// The types as they were given, to be checked once the settings are known; none where `*` asks for all.
    pub(crate) fn types(&self) -> &[String] {
        if self.event_type.iter().any(|pattern| pattern == "*") { &[] } else { &self.event_type }
    }
}

/// Which events, by what they say and where they stand.
#[derive(Args, Debug)]
pub(crate) struct Filters {
    /// Recorded from then on: 2h, 1w, today, 2026-11-20, RFC 3339
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Recorded before then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) fields: FieldFilters,
    /// The same by the clock of the process that recorded it
    #[arg(long, value_name = "TIME", value_parser = moment, help_heading = "More")]
    created_since: Option<Timestamp>,
    /// The same by the clock of the process that recorded it
    #[arg(long, value_name = "TIME", value_parser = moment, help_heading = "More")]
    created_until: Option<Timestamp>,
    /// Sequence numbers from A to before B; A.. and ..B too
    #[arg(long, value_name = "A..B", allow_negative_numbers = true, value_parser = seqs, help_heading = "More")]
    seq: Option<SeqRange>,
}

impl Filters {
    /// The filter that these flags make.
    pub(crate) fn filter(&self) -> Filter {
        let mut filter = self.fields.filter();
        // A search may have narrowed the span already.
        filter.since = filter.since.max(self.since);
        filter.until = [filter.until, self.until].into_iter().flatten().min();
        filter.created_since = self.created_since;
        filter.created_until = self.created_until;
        filter.seqs = self.seq;
        filter
    }
}

fn word<T: std::str::FromStr<Err = annals_event::Invalid>>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|invalid: annals_event::Invalid| bare(&invalid))
}

/// The refusal without its field, which clap names already.
pub(super) fn bare(invalid: &annals_event::Invalid) -> String {
    match invalid.hint() {
        Some(hint) => format!("{} (hint: {hint})", invalid.problem()),
        None => invalid.problem().to_owned(),
    }
}

fn glob(text: &str) -> Result<Glob, String> {
    Glob::parse(text).map_err(|error| error.to_string())
}
