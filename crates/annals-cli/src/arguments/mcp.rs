//! The words of `annals mcp`.

use clap::{Args, ValueEnum};

/// A server for one client, over standard input and output.
#[derive(Args, Debug)]
pub(crate) struct Mcp {
    /// Which tools the model is offered: full or core
    #[arg(long, value_name = "SET", value_enum, hide_possible_values = true)]
    pub(crate) tools: Option<ToolsName>,
}

/// Sets of tools.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ToolsName {
    /// All
    Full,
    /// Those of an agent's daily work
    Core,
}

impl ToolsName {
    /// The word of the setting.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Core => "core",
        }
    }
}
