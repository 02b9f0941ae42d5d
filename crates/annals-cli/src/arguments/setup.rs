//! The words of `setup`.

use clap::{Args, ValueEnum};

/// Which clients, and what to do with their settings.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Setup {
    /// claude-code, cursor, vscode, claude-desktop (default: all)
    #[arg(value_name = "CLIENT", value_enum, hide_possible_values = true)]
    pub(crate) clients: Vec<Client>,
    /// Give agents a memory: add the server `annals mcp`
    #[arg(long, conflicts_with_all = ["undo", "server"])]
    pub(crate) memory: bool,
    /// Only show what would change
    #[arg(long)]
    pub(crate) print: bool,
    /// Change every file without a question
    #[arg(long, conflicts_with = "print")]
    pub(crate) yes: bool,
    /// Send what is recorded here to this server, https://…
    #[arg(long, value_name = "URL", conflicts_with = "undo")]
    pub(crate) server: Option<String>,
    /// A file with the token for that server
    #[arg(long, value_name = "FILE", requires = "server")]
    pub(crate) token_file: Option<std::path::PathBuf>,
    /// Put the settings back as they were
    #[arg(long)]
    pub(crate) undo: bool,
}

/// A program that drives agents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Client {
    /// Claude Code, by its hooks.
    ClaudeCode,
    /// Cursor, by its MCP servers.
    Cursor,
    /// Visual Studio Code and its kin, by their MCP servers.
    Vscode,
    /// Claude Desktop, by its MCP servers.
    ClaudeDesktop,
}

impl Client {
    /// Every client.
    pub(crate) const ALL: [Self; 4] = [Self::ClaudeCode, Self::Cursor, Self::Vscode, Self::ClaudeDesktop];

    /// Its name on the command line and in the state.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Cursor => "cursor",
            Self::Vscode => "vscode",
            Self::ClaudeDesktop => "claude-desktop",
        }
    }

    /// The client of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.name() == name)
    }
}
