//! The words of `annals serve`.

use clap::Args;

use super::mcp::ToolsName;
use super::rollback::OnRollback;

/// A server on this machine's log.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Where to listen (127.0.0.1:8420); port 0: a free one
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// Lines `TOKEN CREDENTIAL SPACE`; SIGHUP: read again
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<String>,
    /// A name of this server in its clients' URLs
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// An origin at which a proxy serves this, `https://HOST`
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// Which tools a model is offered: full or core
    #[arg(long, value_name = "SET", value_enum, hide_possible_values = true)]
    pub(crate) tools: Option<ToolsName>,
    /// Let anybody in, also from other machines
    #[arg(long)]
    pub(crate) insecure: bool,
    #[command(flatten)]
    pub(crate) on_rollback: OnRollback,
}
