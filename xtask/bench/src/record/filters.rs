//! The questions: each filter of a query but text, with a value taken from the log itself.
//!
//! A value is drawn by drawing a row and asking for what stands in it, so that common values come as often as they stand in the log. What hardly any row has
//! is asked for apart.

use annals::{Audit, Column, Decision, Filter, Glob, Limit, Order, Outcome, PageRequest, StoredEvent, Timestamp};
use annals::{Cursor, SeqRange};
use anyhow::{Context, ensure};

use crate::sample::Random;

/// How many rows values are drawn from.
const N_DRAWN: usize = 2_000;

/// A log with rows drawn from it.
pub(super) struct Log {
    pub(super) audit: Audit,
    pub(super) n_events: u64,
    drawn: Vec<StoredEvent>,
}

/// A question's name and how a filter is made for it.
pub(super) struct Question {
    pub(super) name: &'static str,
    pub(super) ask: fn(&Log, &mut Random) -> anyhow::Result<Filter>,
}

/// One for each filter, and one without any.
pub(super) const QUESTIONS: &[Question] = &[
    Question { name: "all", ask: |_, _| Ok(Filter::new()) },
    Question { name: "event_type", ask: |log, random| Ok(Filter::new().event_type(&log.row(random)?.event_type)) },
    Question { name: "event_type family", ask: family },
    Question { name: "tool", ask: |log, random| log.equal(random, Column::Tool) },
    Question { name: "resource", ask: resource },
    Question { name: "outcome", ask: outcome },
    Question { name: "decision", ask: decision },
    Question { name: "actor_name", ask: |log, random| log.equal(random, Column::ActorName) },
    Question { name: "user_identity", ask: |log, random| log.equal(random, Column::UserIdentity) },
    Question { name: "client", ask: |log, random| log.equal(random, Column::Client) },
    Question { name: "project_name", ask: |log, random| log.equal(random, Column::ProjectName) },
    Question { name: "plan_id", ask: |log, random| log.equal(random, Column::PlanId) },
    Question { name: "session_id", ask: |log, random| log.equal(random, Column::SessionId) },
    Question { name: "operation_id", ask: |log, random| log.equal(random, Column::OperationId) },
    Question { name: "correlation_id", ask: |log, random| log.equal(random, Column::CorrelationId) },
    Question { name: "space", ask: |_, random| Ok(space(random)) },
    Question {
        name: "since, until",
        ask: |log, random| log.span(random, |row| row.recorded_at, |filter| (&mut filter.since, &mut filter.until)),
    },
    Question {
        name: "created_since, created_until",
        ask: |log, random| {
            log.span(random, |row| row.created_at, |filter| (&mut filter.created_since, &mut filter.created_until))
        },
    },
    Question { name: "seq", ask: |log, random| Ok(seqs(log, random)) },
];

/// Two conditions at once, of which an index knows one: told without a goal.
pub(super) const PAIRS: &[Question] = &[
    Question {
        name: "actor_name, outcome",
        ask: |log, random| Ok(log.equal(random, Column::ActorName)?.outcome(Outcome::Failure)),
    },
    Question {
        name: "project_name, decision",
        ask: |log, random| Ok(log.equal(random, Column::ProjectName)?.decision(Decision::Deny)),
    },
    Question {
        name: "tool, user_identity",
        ask: |log, random| {
            let user = log.value(random, Column::UserIdentity)?;
            Ok(log.equal(random, Column::Tool)?.equals(Column::UserIdentity, user))
        },
    },
    Question {
        name: "session_id, event_type",
        ask: |log, random| Ok(log.equal(random, Column::SessionId)?.event_type("guard.*")),
    },
];

impl Log {
    /// Draws rows from all over a log.
    pub(super) fn open(audit: Audit, random: &mut Random) -> anyhow::Result<Self> {
        let n_events = audit.head()?.n_events;
        let mut drawn = Vec::with_capacity(N_DRAWN);
        for _ in 0..N_DRAWN {
            let cursor = Some(Cursor::after(Order::Newest, random.below(n_events) + 1));
            let request = PageRequest { order: Order::Newest, limit: Limit::new(1)?, cursor };
            drawn.extend(audit.query(&Filter::new(), &request)?.events);
        }
        ensure!(drawn.len() == N_DRAWN, "the log has holes");
        Ok(Self { audit, n_events, drawn })
    }

    fn row(&self, random: &mut Random) -> anyhow::Result<&StoredEvent> {
        let at = usize::try_from(random.below(self.drawn.len() as u64))?;
        self.drawn.get(at).context("the log is empty")
    }

    /// A value that stands in this column.
    fn value(&self, random: &mut Random, column: Column) -> anyhow::Result<&str> {
        (0..1_000)
            .find_map(|_| self.row(random).ok()?.get(column))
            .with_context(|| format!("no row has a value in `{}`", column.name()))
    }

    fn equal(&self, random: &mut Random, column: Column) -> anyhow::Result<Filter> {
        Ok(Filter::new().equals(column, self.value(random, column)?))
    }

    /// From one row's time to another's.
    fn span(
        &self,
        random: &mut Random,
        time: impl Fn(&StoredEvent) -> Timestamp,
        fields: impl Fn(&mut Filter) -> (&mut Option<Timestamp>, &mut Option<Timestamp>),
    ) -> anyhow::Result<Filter> {
        let (one, other) = (time(self.row(random)?), time(self.row(random)?));
        let mut filter = Filter::new();
        let (since, until) = fields(&mut filter);
        *since = Some(one.min(other));
        *until = Some(one.max(other));
        Ok(filter)
    }
}

fn family(log: &Log, random: &mut Random) -> anyhow::Result<Filter> {
    let row = (0..1_000)
        .find_map(|_| log.row(random).ok()?.event_type.split_once('.'))
        .context("no row has a type of a family")?;
    Ok(Filter::new().event_type(&format!("{}.*", row.0)))
}

fn resource(log: &Log, random: &mut Random) -> anyhow::Result<Filter> {
    let path = log.value(random, Column::Resource)?;
    let (folder, file) = path.rsplit_once('/').context("a path has folders")?;
    let glob = match random.below(4) {
        0 => path.to_owned(),
        1 => format!("{folder}/*"),
        2 => format!("**/{file}"),
        _ => "**/.env*".to_owned(),
    };
    Ok(Filter::new().resource(Glob::parse(&glob)?))
}

fn outcome(_: &Log, random: &mut Random) -> anyhow::Result<Filter> {
    let outcomes = [Outcome::Success, Outcome::Failure, Outcome::Denied, Outcome::Timeout, Outcome::Cancelled];
    let at = usize::try_from(random.below(outcomes.len() as u64))?;
    Ok(Filter::new().outcome(outcomes[at]))
}

fn decision(_: &Log, random: &mut Random) -> anyhow::Result<Filter> {
    let decisions = [Decision::Allow, Decision::Ask, Decision::Deny];
    let at = usize::try_from(random.below(decisions.len() as u64))?;
    Ok(Filter::new().decision(decisions[at]))
}

/// The space of everything, or one that has nothing.
fn space(random: &mut Random) -> Filter {
    let mut filter = Filter::new();
    filter.space = Some(random.pick(&["default", "elsewhere"]).to_owned());
    filter
}

fn seqs(log: &Log, random: &mut Random) -> Filter {
    let (one, other) = (random.below(log.n_events), random.below(log.n_events));
    let mut filter = Filter::new();
    filter.seqs = Some(SeqRange { start: one.min(other), end: one.max(other) + 1 });
    filter
}
