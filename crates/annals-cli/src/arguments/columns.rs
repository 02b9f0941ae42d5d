//! A flag for each text column of an event.
//!
//! The flags are made from the event model's own list, so that a new column is a flag at once and none is called differently here.

use annals::Column;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

/// The columns of an event to record.
#[derive(Debug, Default)]
pub(crate) struct RecordColumns(pub(crate) Vec<(Column, String)>);

/// The columns that a filter compares. `resource` and `decision` have filters of their own.
#[derive(Debug, Default)]
pub(crate) struct FilterColumns(pub(crate) Vec<(Column, String)>);

fn recorded() -> impl Iterator<Item = Column> {
    Column::ALL.iter().copied()
}

fn compared() -> impl Iterator<Item = Column> {
    recorded().filter(|column| !matches!(column, Column::Resource | Column::Decision))
}

/// The flag: short where audit.md has a short name, with the column's whole name beside it.
fn flag(column: Column) -> Arg {
    let whole = column.name().replace('_', "-");
    let arg = Arg::new(column.name()).value_name("TEXT").help(about(column));
    match short(column) {
        Some(short) => arg.long(short).visible_alias(whole),
        None => arg.long(whole),
    }
}

fn short(column: Column) -> Option<&'static str> {
    match column {
        Column::ActorName => Some("actor"),
        Column::UserIdentity => Some("user"),
        Column::ProjectName => Some("project"),
        Column::PlanId => Some("plan"),
        Column::SessionId => Some("session"),
        _ => None,
    }
}

fn about(column: Column) -> &'static str {
    match column {
        Column::OperationId => "What ties an intent to its outcome",
        Column::UserIdentity => "Who the user is said to be",
        Column::OnBehalfOf => "The person or service that the user acts for",
        Column::ActorName => "The agent",
        Column::AgentVersion => "The agent's version",
        Column::Model => "The language model behind the agent",
        Column::Client => "The program that the agent runs in",
        Column::ProjectName => "The project",
        Column::PlanId => "The plan",
        Column::RootPlanId => "The plan that the plan descends from",
        Column::SessionId => "The session",
        Column::CorrelationId => "What ties events of several systems together",
        Column::ParentId => "The event, operation or span that caused it",
        Column::Traceparent => "W3C trace context",
        Column::Tool => "The tool that was called",
        Column::Resource => "A path, URL or name of what was acted on",
        Column::Policy => "The rule behind a decision",
        Column::Decision => "allow, ask or deny",
        Column::Approver => "Who approved or refused",
        Column::Host => "The machine",
        _ => "A column of the event",
    }
}

fn augment(command: Command, columns: impl Iterator<Item = Column>, heading: &'static str) -> Command {
    columns.fold(command, |command, column| command.arg(flag(column).help_heading(heading)))
}

fn read(matches: &ArgMatches, columns: impl Iterator<Item = Column>) -> Vec<(Column, String)> {
    columns.filter_map(|column| Some((column, matches.get_one::<String>(column.name())?.clone()))).collect()
}

macro_rules! as_arguments {
    ($columns:ident, $list:ident, $heading:literal) => {
        impl FromArgMatches for $columns {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
                Ok(Self(read(matches, $list())))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
                self.0 = read(matches, $list());
                Ok(())
            }
        }

        impl Args for $columns {
            fn augment_args(command: Command) -> Command {
                augment(command, $list(), $heading)
            }

            fn augment_args_for_update(command: Command) -> Command {
                augment(command, $list(), $heading)
            }
        }
    };
}

as_arguments!(RecordColumns, recorded, "Columns, each with a TEXT");
as_arguments!(FilterColumns, compared, "Columns that must equal a TEXT");
