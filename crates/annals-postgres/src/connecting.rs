//! One connection: the servers of an address asked one after another, each for a bounded time.
//!
//! The driver would go through them by itself, but its `connect_timeout` ends with the socket's: a server that takes a connection and then says nothing would hold up everybody for as long as the
//! pool has patience. Here it counts until the server has let us in and said what it is, as in `libpq`.
//!
//! A pooler in between hands out another connection for each transaction, and does not say that it is there. So a connection that is to be used for long asks for a setting of its own, which no pooler
//! passes on: one that refuses it, or on which it does not stand afterwards, leads through a pooler, and from then on so do all of them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use annals_store::Error;
use deadpool_postgres::Connect;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::address::{Address, Server};
use crate::opening::Opening;

/// The side of a connection that speaks with the server.
pub(crate) type Driven = tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// What makes the connections of one pool.
pub(crate) struct Connecting {
    /// A server each.
    configs: Vec<Config>,
    tls: MakeRustlsConnect,
    /// For each server.
    at_most: Duration,
    /// The one to begin with: where servers are as good as each other, the next at every time.
    first: AtomicUsize,
    is_shuffled: bool,
    is_pooled: Arc<AtomicBool>,
    /// What is set on a connection with the server itself.
    settings: String,
}

/// The setting that shows whether a connection is one with the server itself.
const DIRECT: &str = "annals.direct";
const SHOW_DIRECT: &str = "SELECT current_setting('annals.direct', TRUE)";

impl Connecting {
    /// The connector of this address, and how long it takes at most. Where the address does not say that, or says more than the opener waits for anything, the servers share the patience.
    pub(crate) fn new(address: &Address, opening: &Opening) -> Result<(Self, Duration), Error> {
        let servers = address.servers();
        let n = u32::try_from(servers.len().max(1)).unwrap_or(u32::MAX);
        let of_each = address.connect_timeout().unwrap_or(opening.patience / n);
        let of_all = opening.bounded(of_each.saturating_mul(n));
        let tls = address.encryption().connector().map_err(|problem| address.unusable(&problem))?;
        let configs = servers.iter().map(|server| one(address, server)).collect();
        let first = getrandom::u32().map_or(0, |drawn| drawn as usize % servers.len().max(1));
        let (is_shuffled, is_pooled) = (address.is_shuffled(), Arc::default());
        let settings = String::new();
        let connecting =
            Self { configs, tls, at_most: of_all / n, first: first.into(), is_shuffled, is_pooled, settings };
        Ok((connecting, of_all))
    }

    /// Has these set (`-c NAME=VALUE …`) on connections that lead through no pooler.
    pub(crate) fn setting(self, settings: String) -> Self {
        Self { settings, ..self }
    }

    /// For a short try, by which nobody mistakes this connection for one of those at work.
    pub(crate) fn trying(mut self, at_most: Duration) -> Self {
        for config in &mut self.configs {
            config.application_name("annals (trying)");
        }
        self.at_most = self.at_most.min(at_most);
        self
    }

    /// How long all servers may take.
    pub(crate) fn at_most(&self) -> Duration {
        self.at_most.saturating_mul(u32::try_from(self.configs.len()).unwrap_or(u32::MAX))
    }

    /// Whether a pooler was met.
    pub(crate) fn is_pooled(&self) -> Arc<AtomicBool> {
        self.is_pooled.clone()
    }

    /// A connection to the first server that lets us in, for somebody else to drive.
    pub(crate) async fn any(&self) -> Result<(Client, Driven), tokio_postgres::Error> {
        self.any_with(None).await
    }

    /// The same with this value of the setting.
    async fn any_with(&self, direct: Option<&str>) -> Result<(Client, Driven), tokio_postgres::Error> {
        let n = self.configs.len();
        let first = if self.is_shuffled { self.first.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let mut refusal = None;
        for nth in 0..n {
            let config = &self.configs[(first.wrapping_add(nth)) % n];
            match tokio::time::timeout(self.at_most, self.one(config, direct)).await {
                Ok(Ok(connected)) => return Ok(connected),
                Ok(Err(error)) => refusal = Some(error),
                Err(_) => {}
            }
        }
        match refusal {
            Some(error) => Err(error),
            // None has said a word: the pool, which waits as long as all of them may take together, says so.
            None => std::future::pending().await,
        }
    }

    /// A connection to one server. What refuses the setting is a pooler, and is asked again without.
    async fn one(&self, config: &Config, direct: Option<&str>) -> Result<(Client, Driven), tokio_postgres::Error> {
        let Some(direct) = direct else { return config.connect(self.tls.clone()).await };
        let mut asking = config.clone();
        let others = config.get_options().unwrap_or_default();
        asking.options(format!("{others} {} -c {DIRECT}={direct}", self.settings));
        match asking.connect(self.tls.clone()).await {
            Err(error) if refuses_setting(&error) => {
                let connected = config.connect(self.tls.clone()).await?;
                self.is_pooled.store(true, Ordering::Relaxed);
                Ok(connected)
            }
            connected => connected,
        }
    }
}

impl Connect for Connecting {
    fn connect(
        &self,
        _: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), tokio_postgres::Error>> + Send + '_>> {
        Box::pin(async {
            let direct = self.direct();
            let (client, connection) = self.any_with(direct.as_deref()).await?;
            // How it ends is told to whoever uses it.
            let driver = tokio::spawn(async move { drop(connection.await) });
            if let Some(direct) = direct
                && !self.is_pooled.load(Ordering::Relaxed)
            {
                let row = client.query_typed(SHOW_DIRECT, &[]).await?.into_iter().next();
                let shown = row.map(|row| row.try_get::<_, Option<String>>(0)).transpose()?.flatten();
                self.is_pooled.fetch_or(shown.as_deref() != Some(&direct), Ordering::Relaxed);
            }
            Ok((client, driver))
        })
    }
}

impl Connecting {
    /// A value of the setting that nobody else has, while it is not known that there is a pooler.
    fn direct(&self) -> Option<String> {
        if self.is_pooled.load(Ordering::Relaxed) {
            return None;
        }
        let drawn = getrandom::u64();
        // What cannot be tried is not trusted.
        self.is_pooled.fetch_or(drawn.is_err(), Ordering::Relaxed);
        drawn.ok().map(|drawn| format!("{drawn:016x}"))
    }
}

/// Whether whoever answered does not take a setting at the beginning of a connection. Whom a server does not let in, and why, is another thing.
fn refuses_setting(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| matches!(code.code().get(..2), Some("08" | "0A" | "22" | "42")))
}

/// How to connect to one server. A socket of this machine's is not encrypted, as nobody listens there.
fn one(address: &Address, server: &Server) -> Config {
    let mut config = address.config().clone();
    config.ssl_mode(address.encryption().asked()).port(server.port);
    match &server.host {
        Some(Host::Tcp(name)) => drop(config.host(name)),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => drop(config.host_path(folder).ssl_mode(SslMode::Disable)),
        // The driver checks a certificate by the host's name, so an address alone is its own.
        None => drop(server.at.map(|at| config.host(at.to_string()))),
    }
    if let Some(at) = server.at {
        config.hostaddr(at);
    }
    config
}
