//! The text columns of an event, in one closed list.
//!
//! Everything that walks over an event's texts (encoding, rows, JSON, filters, commitments) walks over this list, so
//! that a column added here is in all of them or the compiler says where not. The order is that of the table. The tag
//! is a column's number in the encoding: it is given once and never changes, even if the order does.

use crate::error::{Invalid, InvalidKind};

/// The group a column belongs to: groups are committed to, and can be disclosed, one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// What ties events together; in the log's entry in clear.
    Operation,
    /// Who acted, for whom, by what program.
    Who,
    /// Where and on what.
    Context,
}

macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident = $tag:literal, $name:literal, $group:ident;)+) => {
        /// A text column of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Column { $($(#[$doc])* $column,)+ }

        impl Column {
            /// Every text column, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$column),+];

            /// The number of text columns.
            pub const COUNT: usize = Self::ALL.len();

            /// The public name: the same in Rust, SQL, JSON and, with hyphens, flags.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$column => $name,)+ }
            }

            /// The group it belongs to.
            pub const fn group(self) -> Group {
                match self { $(Self::$column => Group::$group,)+ }
            }

            /// Its number in the encoding.
            pub(crate) const fn tag(self) -> u8 {
                match self { $(Self::$column => $tag,)+ }
            }

            pub(crate) const fn from_tag(tag: u8) -> Option<Self> {
                match tag { $($tag => Some(Self::$column),)+ _ => None }
            }

            /// The column of that public name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$column),)+ _ => None }
            }
        }
    };
}

columns! {
    /// Ties an intent to its outcome.
    OperationId = 16, "operation_id", Operation;
    /// Who the caller says the user is.
    UserIdentity = 17, "user_identity", Who;
    /// The person or service that the user acts for.
    OnBehalfOf = 18, "on_behalf_of", Who;
    /// The agent's name.
    ActorName = 19, "actor_name", Who;
    /// The agent's version.
    AgentVersion = 20, "agent_version", Who;
    /// The language model behind the agent.
    Model = 21, "model", Who;
    /// The program that the agent runs in.
    Client = 22, "client", Who;
    /// The project.
    ProjectName = 23, "project_name", Context;
    /// The plan.
    PlanId = 24, "plan_id", Context;
    /// The plan that the plan descends from.
    RootPlanId = 25, "root_plan_id", Context;
    /// The session.
    SessionId = 26, "session_id", Context;
    /// Ties events of several systems together.
    CorrelationId = 27, "correlation_id", Context;
    /// The event or span that caused this one.
    ParentId = 28, "parent_id", Context;
    /// W3C trace context.
    Traceparent = 29, "traceparent", Context;
    /// The tool that was called.
    Tool = 30, "tool", Context;
    /// A path, URL or name of what was acted on.
    Resource = 31, "resource", Context;
    /// The rule behind a decision.
    Policy = 32, "policy", Context;
    /// `allow`, `ask` or `deny`.
    Decision = 33, "decision", Context;
    /// Who approved or refused.
    Approver = 34, "approver", Context;
    /// The machine.
    Host = 35, "host", Context;
}

impl Column {
    /// Its place in [`Column::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    pub(crate) const fn bit(self) -> u32 {
        1 << self.index()
    }

    pub(crate) fn invalid(self, kind: InvalidKind, problem: impl Into<String>) -> Invalid {
        Invalid::new(self.name(), kind, problem)
    }
}

/// The text columns of one stored event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts([Option<Box<str>>; Column::COUNT]);

impl Texts {
    /// The column's text, if it has one.
    pub fn get(&self, column: Column) -> Option<&str> {
        self.0[column.index()].as_deref()
    }

    /// Sets or clears a column's text.
    pub fn set(&mut self, column: Column, text: Option<impl Into<Box<str>>>) {
        self.0[column.index()] = text.map(Into::into);
    }

    /// The columns that have a text, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = (Column, &str)> {
        Column::ALL.iter().filter_map(|&column| Some((column, self.get(column)?)))
    }
}

impl<T: Into<Box<str>>> FromIterator<(Column, T)> for Texts {
    fn from_iter<I: IntoIterator<Item = (Column, T)>>(texts: I) -> Self {
        let mut all = Self::default();
        for (column, text) in texts {
            all.set(column, Some(text));
        }
        all
    }
}
