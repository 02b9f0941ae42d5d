//! `annals serve`: the log for many, over HTTP and MCP, and as a page.
//!
//! The server itself is `annals-server`; here are the settings, the socket, the signals and the end. SIGTERM and Ctrl-C let what is under way end, make everything durable and seal it;
//! a second one ends the process at once, which loses nothing that was answered: it is in the journal.

mod signals;

use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use annals::{Audit, Origin, Settings};
use annals_server::{Access, Config};
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;

pub(super) use self::signals::Signals;
use crate::arguments::{Common, Serve};
use crate::failure::{Exit, Failure};
use crate::logging;
use crate::settings::{self, ServerSettings};

/// The secret of JSON Web Tokens.
const JWT_SECRET: &str = "ANNALS_JWT_SECRET";
/// Threads of the executor. None of them ever waits, so that more serve nobody.
const N_THREADS: usize = 4;
/// The journal of a server, which takes the bursts of many.
const JOURNAL_BYTES: u64 = 16 << 20;

/// Serves until it is told to stop.
pub(super) fn run(common: &Common, request: &Serve) -> Result<Exit, Failure> {
    let (settings, mut server) = settings::load_with_server(common)?;
    settings::check_is_here(&settings)?;
    apply(&mut server, request)?;
    let mut config = server.config;
    // Before the credentials are read: their file may be one to warn of.
    logging::start(LevelFilter::INFO)?;
    config.access = access(&config)?;
    let addresses = addresses(&config)?;
    if !request.insecure && !config.access.asks() && addresses.iter().any(|address| !address.ip().is_loopback()) {
        return Err(Failure::usage(format!(
            "`{}` is not an address of this machine alone, and nobody would be asked who they are (hint: give `--token-file FILE` or set `ANNALS_JWT_SECRET`; `--insecure` lets anybody in)",
            config.listen
        )));
    }
    settings::make_way(&settings)?;
    let audit = Audit::with_settings(&roomy(request.on_rollback.applied_to(settings)))?;
    let signals = Signals::watch()?;
    more_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(N_THREADS.min(std::thread::available_parallelism().map_or(2, Into::into)).max(2))
        .max_blocking_threads(config.blocking_threads.get() + 8)
        .thread_name("annals-http")
        .enable_all()
        .build()
        .map_err(|error| Failure::could_not(format!("could not start the server's threads: {error}")))?;
    let stop_timeout = config.stop_timeout;
    let ended = runtime.block_on(serve(&addresses, audit.clone(), config, signals));
    // A thread that waits for the database may do so for as long as that takes; what it was asked for is answered or recorded already.
    runtime.shutdown_timeout(Duration::from_millis(100));
    ended?;
    close(audit, stop_timeout)
}

/// The flags, on top of every other layer.
fn apply(server: &mut ServerSettings, request: &Serve) -> Result<(), Failure> {
    let flag = |name: &str| Origin::Flag(name.to_owned());
    if let Some(listen) = &request.listen {
        server.set("server_listen", listen, flag("--listen")).map_err(|failure| failure.within("`--listen`"))?;
    }
    if let Some(file) = &request.token_file {
        server.set("server_token_file", file, flag("--token-file"))?;
    }
    if let Some(tools) = request.tools {
        server.set("server_tools", tools.as_str(), flag("--tools"))?;
    }
    if !request.allow_host.is_empty() {
        server.set("server_allowed_hosts", &request.allow_host.join(","), flag("--allow-host"))?;
    }
    if !request.allow_origin.is_empty() {
        server.set("server_allowed_origins", &request.allow_origin.join(","), flag("--allow-origin"))?;
    }
    Ok(())
}

/// Who may call, by the file of tokens and the secret that the environment has. A secret is given by no flag, which every user of the machine would see.
fn access(config: &Config) -> Result<Access, Failure> {
    let secret = match std::env::var(JWT_SECRET) {
        Ok(secret) => Some(secret).filter(|secret| !secret.is_empty()),
        Err(std::env::VarError::NotPresent) => None,
        Err(std::env::VarError::NotUnicode(_)) => {
            return Err(Failure::usage(format!("`{JWT_SECRET}` is no text (hint: give at least 32 random letters)")));
        }
    };
    Access::new(config.token_file.as_deref(), secret.as_deref()).map_err(|error| Failure::usage(error.to_string()))
}

/// Lets the process have as many open files as the system allows it, since each connection is one.
#[cfg(unix)]
fn more_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!("the number of open files stays as it is: {error}");
    }
}

#[cfg(not(unix))]
fn more_files() {}

/// The addresses to listen on, of which the first that can be had is taken.
fn addresses(config: &Config) -> Result<Vec<SocketAddr>, Failure> {
    let listen = &config.listen;
    let addresses: Vec<SocketAddr> = listen
        .to_socket_addrs()
        .map_err(|error| {
            Failure::usage(format!("`{listen}` names no address: {error} (hint: such as `127.0.0.1:8420`)"))
        })?
        .collect();
    if addresses.is_empty() {
        return Err(Failure::usage(format!("`{listen}` names no address (hint: such as `127.0.0.1:8420`)")));
    }
    Ok(addresses)
}

/// A journal as large as many need, unless somebody has set another.
fn roomy(settings: Settings) -> Settings {
    let is_set =
        |name: &str| settings.list().iter().any(|setting| setting.name == name && setting.origin != Origin::Default);
    if is_set("audit_journal_bytes") { settings } else { settings.journal_bytes(JOURNAL_BYTES) }
}

/// Listens, says where, and serves until a signal.
async fn serve(addresses: &[SocketAddr], audit: Audit, config: Config, signals: Signals) -> Result<(), Failure> {
    let listener = TcpListener::bind(addresses).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another server has it; stop that one, or give another with `--listen`",
            std::io::ErrorKind::PermissionDenied => "give a port of 1024 or above",
            _ => "give an address of this machine with `--listen`",
        };
        Failure::could_not(format!("could not listen on `{}`: {error} (hint: {hint})", config.listen))
    })?;
    let address = listener.local_addr()?;
    let stop = signals.stop()?;
    signals::reload_on_hangup(&config.access)?;
    // It is awaited last, so that whoever has read this may send signals and requests.
    let stop = async move {
        say_where(address);
        stop.await;
    };
    annals_server::run(listener, audit, config, stop).await.map_err(|error| ended_early(&error))
}

/// Why a server did not serve: its settings, or something outside.
pub(super) fn ended_early(error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::InvalidInput => Failure::usage(error.to_string()),
        _ => Failure::could_not(format!("could not serve: {error}")),
    }
}

/// The one line that says where the server is, for people and for programs that let it choose its port.
fn say_where(address: SocketAddr) {
    let mut stdout = std::io::stdout().lock();
    // A server whose standard output is closed serves all the same.
    let _ = writeln!(
        stdout,
        "listening on http://{address}/ (the page; MCP at http://{address}/mcp, the API at http://{address}/v1/events)"
    );
    let _ = stdout.flush();
}

/// Makes durable and seals what waits, for so long at most.
pub(super) fn close(audit: Audit, timeout: Duration) -> Result<Exit, Failure> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let closing = audit.clone();
    std::thread::spawn(move || sender.send(closing.close()));
    match receiver.recv_timeout(timeout) {
        Ok(Ok(())) => Ok(Exit::Done),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            let queued = audit.health().queued;
            // Dropping it would wait once more.
            std::mem::forget(audit);
            Err(Failure::could_not(format!(
                "{queued} events were not durable after {} s; they stay in the journal, and the next process that records makes them so",
                timeout.as_secs()
            )))
        }
    }
}
