//! `annals mcp`: the log for one MCP client, over standard input and output.
//!
//! The client starts it and ends it by closing its input; SIGTERM and Ctrl-C end it, too. Either way what is under way is answered, and what was recorded is made durable and sealed.
//! Standard output belongs to the protocol, so nothing else is printed, and failures on the way go to standard error.

use std::time::Duration;

use annals::{Audit, Origin};
use tracing_subscriber::filter::LevelFilter;

use super::serve::{self, Signals};
use crate::arguments::{Common, Mcp};
use crate::failure::{Exit, Failure};
use crate::{logging, settings};

/// Threads of the executor: one client needs no more.
const N_THREADS: usize = 2;

/// Serves until the input ends.
pub(super) fn run(common: &Common, request: &Mcp) -> Result<Exit, Failure> {
    let (settings, mut server) = settings::load_with_server(common)?;
    settings::check_is_here(&settings)?;
    if let Some(tools) = request.tools {
        server.set("server_tools", tools.as_str(), Origin::Flag("--tools".to_owned()))?;
    }
    let config = server.config;
    settings::make_way(&settings)?;
    let audit = Audit::with_settings(&settings)?;
    logging::start(LevelFilter::WARN)?;
    let signals = Signals::watch()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(N_THREADS)
        .thread_name("annals-mcp")
        .enable_all()
        .build()
        .map_err(|error| Failure::could_not(format!("could not start the server's threads: {error}")))?;
    let stop_timeout = config.stop_timeout;
    let outcome = runtime.block_on(async {
        let stop = signals.stop()?;
        annals_server::serve_mcp(tokio::io::stdin(), tokio::io::stdout(), audit.clone(), config, stop)
            .await
            .map_err(|error| serve::ended_early(&error))
    });
    // The thread that waits for input would wait for ever.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome?;
    serve::close(audit, stop_timeout)
}
