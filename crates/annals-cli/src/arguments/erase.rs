//! What is to go, and why.

use annals::store::TypePattern;
use annals::{Erasure, EventId, Timestamp};
use clap::Args;

use super::rollback::OnRollback;
use crate::failure::Failure;

/// Everything about a person or about single events.
#[derive(Args, Debug)]
#[group(id = "what", required = true, multiple = false, args = ["user", "event"])]
pub(crate) struct Erase {
    /// Everything about the events of this user
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Everything about the events with these ids
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) event: Vec<String>,
    #[command(flatten)]
    pub(crate) decision: Decision,
}

/// What is old.
#[derive(Args, Debug)]
pub(crate) struct Prune {
    /// What was recorded before, as for `query`: 90d, 2026-01-01
    #[arg(long, value_name = "TIME", required = true, value_parser = annals_ask::moment)]
    pub(crate) before: Option<Timestamp>,
    /// Only of these types: tool.invoked, tool.*
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "rows")]
    pub(crate) types: Vec<String>,
    /// Whole rows from the log's start, not details alone
    #[arg(long)]
    pub(crate) rows: bool,
    #[command(flatten)]
    pub(crate) decision: Decision,
}

/// Why, and whether it is meant.
#[derive(Args, Debug)]
pub(crate) struct Decision {
    /// Why; kept for ever, so without what is to be forgotten
    #[arg(long, value_name = "TEXT", required = true)]
    pub(crate) reason: Option<String>,
    /// Do it; without this it is only shown
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) on_rollback: OnRollback,
}

impl Decision {
    fn reason(&self) -> &str {
        self.reason.as_deref().unwrap_or_default()
    }
}

impl Erase {
    /// The request.
    pub(crate) fn erasure(&self) -> Result<Erasure, Failure> {
        if let Some(user) = &self.user {
            return Ok(Erasure::of_user(user, self.decision.reason())?);
        }
        let ids = self.event.iter().map(|text| text.parse().map_err(Failure::from));
        Ok(Erasure::of_events(ids.collect::<Result<Vec<EventId>, _>>()?, self.decision.reason())?)
    }
}

impl Prune {
    /// The request.
    pub(crate) fn erasure(&self) -> Result<Erasure, Failure> {
        let before = self.before.unwrap_or(Timestamp::from_nanos(i64::MIN));
        if self.rows {
            return Ok(Erasure::of_rows(before, self.decision.reason())?);
        }
        let types = self.types.iter().map(|pattern| TypePattern::parse(pattern));
        Ok(Erasure::of_details(before, types, self.decision.reason())?)
    }
}
