//! The server that is asked: one of our own, on a database that is gone afterwards unless it is kept, or one that runs already.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::hex;
use super::interrupt::Interrupt;
use super::plan::Space;
use crate::client::Client;
use crate::mcp::{self, Peer};
use crate::process::Server;
use crate::scratch;

/// The protocol's era in which everything is asked.
pub(super) const ERA: &str = "2026-07-28";

/// The variable of the key for an embedding service, which alone of ours is handed on: on a command line everybody would see it.
const KEY: &str = "ANNALS_EMBEDDING_KEY";
/// How often the backlog is looked at.
const PAUSE: Duration = Duration::from_millis(250);
/// How long the backlog may stand still.
const PATIENCE: Duration = Duration::from_mins(5);

/// What makes vectors, as the server's settings name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Embedding {
    /// A service at this URL with this model.
    Service { url: String, model: String },
    /// A model in this folder.
    Folder(PathBuf),
}

/// A server, and who calls it in each space.
pub(super) struct Home {
    /// Stopped in order by [`Home::stop`], or killed when this is dropped.
    server: Option<Server>,
    /// The tokens, and the database where it is not kept.
    scratch: Option<TempDir>,
    /// One a space.
    pub(super) peers: Vec<Peer>,
}

impl Home {
    /// Starts a server that has these spaces. `keep` is the data directory that is left.
    pub(super) fn own(
        annals: &Path,
        keep: Option<&Path>,
        embedding: Option<&Embedding>,
        spaces: &[Space],
    ) -> anyhow::Result<Self> {
        let scratch = scratch::folder()?;
        let data = keep.map_or_else(|| scratch.path().join("data"), Path::to_owned);
        fs::create_dir_all(&data).with_context(|| format!("could not make `{}`", data.display()))?;
        let (mut tokens, mut lines) = (Vec::with_capacity(spaces.len()), String::new());
        for space in spaces {
            let token = token()?;
            let _ = writeln!(lines, "{token} eval {}", space.name);
            tokens.push(token);
        }
        let file = scratch.path().join("tokens");
        fs::write(&file, lines)?;
        only_ours(&file)?;
        let key = std::env::var_os(KEY);
        let mut variables: Vec<(&str, &OsStr)> = key.iter().map(|key| (KEY, key.as_os_str())).collect();
        variables.extend(embedding.iter().flat_map(|embedding| embedding.variables()));
        let server = Server::annals_of(annals, &data, &file, &variables)?;
        let address = server.address;
        let peer = |token| Peer { address, host: address.to_string(), token: Some(token) };
        let peers = tokens.into_iter().map(peer).collect();
        Ok(Self { server: Some(server), scratch: Some(scratch), peers })
    }

    /// A server that runs, and the one space that the token leads to.
    pub(super) fn given(url: &str, token: Option<String>) -> anyhow::Result<Self> {
        let (host, address) = address(url)?;
        Ok(Self { server: None, scratch: None, peers: vec![Peer { address, host, token }] })
    }

    /// Ends what was started.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        self.server.take().map_or(Ok(()), Server::stop)?;
        self.scratch.take().map_or(Ok(()), TempDir::close).context("could not remove the database")
    }

    /// Which argument of `remember` takes the time that an entry is of, where there is one.
    pub(super) fn time_argument(&self) -> anyhow::Result<Option<&'static str>> {
        let [peer, ..] = &self.peers[..] else { return Ok(None) };
        let mut client = Client::connect(peer.address)?;
        client.must(&mcp::list(peer, ERA))?;
        let listed = mcp::result(client.body())?;
        let tools = listed["tools"].as_array().context("the server lists no tools")?;
        let remember = tools.iter().find(|tool| tool["name"] == "remember");
        let remember = remember.context("the server has no tool `remember`")?;
        let takes = |name: &&str| remember["inputSchema"]["properties"].get(*name).is_some();
        Ok(["created", "created_at"].into_iter().find(takes))
    }

    /// How many entries there are in the first space.
    pub(super) fn n_entries(&self) -> anyhow::Result<u64> {
        let peer = self.peers.first().context("there is no space")?;
        stats(&mut Client::connect(peer.address)?, peer)?["total"].as_u64().context("the statistics have no total")
    }

    /// Waits until every space's entries have their vectors, where the server makes any, and says whether it does.
    pub(super) fn wait_for_vectors(&self, interrupt: &Interrupt, say: &dyn Fn(&str)) -> anyhow::Result<bool> {
        let mut makes_vectors = false;
        for peer in &self.peers {
            let mut client = Client::connect(peer.address)?;
            let (mut fewest, mut since) = (u64::MAX, Instant::now());
            loop {
                let stats = stats(&mut client, peer)?;
                let Some(pending) = stats["embeddings"]["pending"].as_u64() else { break };
                makes_vectors = true;
                if pending == 0 {
                    break;
                }
                interrupt.check()?;
                if pending < fewest {
                    say(&format!("{pending} entries wait for their vectors"));
                    (fewest, since) = (pending, Instant::now());
                }
                ensure!(
                    since.elapsed() < PATIENCE,
                    "{pending} entries wait for their vectors, and nothing happens: {}",
                    stats["embeddings"]
                );
                std::thread::park_timeout(PAUSE);
            }
        }
        Ok(makes_vectors)
    }
}

impl Embedding {
    /// The variables of the server's settings.
    fn variables(&self) -> Vec<(&'static str, &OsStr)> {
        let (provider, model) = ("ANNALS_EMBEDDING_PROVIDER", "ANNALS_EMBEDDING_MODEL");
        match self {
            Self::Service { url, model: name } => vec![
                (provider, OsStr::new("openai")),
                ("ANNALS_EMBEDDING_URL", OsStr::new(url)),
                (model, OsStr::new(name)),
            ],
            Self::Folder(folder) => vec![(provider, OsStr::new("local")), (model, folder.as_os_str())],
        }
    }
}

fn stats(client: &mut Client, peer: &Peer) -> anyhow::Result<Value> {
    client.must(&mcp::call_of(peer, ERA, "get_stats", &json!({})))?;
    mcp::content(client.body())
}

/// A token that nobody guesses.
fn token() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).context("the system has no random bytes")?;
    Ok(hex(&bytes))
}

#[cfg(unix)]
fn only_ours(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o600))?)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
fn only_ours(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// What a URL calls its host, and where that is.
fn address(url: &str) -> anyhow::Result<(String, SocketAddr)> {
    let Some(rest) = url.strip_prefix("http://") else {
        bail!("`--server` is `{url}` (hint: give `http://HOST:PORT`; this program speaks no TLS)");
    };
    let host = rest.split('/').next().unwrap_or_default();
    let path = rest[host.len()..].trim_end_matches('/');
    ensure!(
        !host.is_empty() && !host.contains('@') && ["", "/mcp"].contains(&path),
        "`--server` is `{url}` (hint: give `http://HOST:PORT`)"
    );
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let named = if has_port { host.to_owned() } else { format!("{host}:80") };
    let found = named.to_socket_addrs().with_context(|| format!("`{host}` of `--server` is not found"))?.next();
    Ok((host.to_owned(), found.with_context(|| format!("`{host}` of `--server` has no address"))?))
}

#[cfg(test)]
mod tests;
