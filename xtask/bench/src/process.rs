//! A server in a process of its own: `annals serve`, or one that does nothing behind the same libraries.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::server::Bare;

/// What names the database of a process.
pub(crate) const DATABASE_URL: &str = "ANNALS_DATABASE_URL";
/// How long a server may take to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that runs. It is killed when this is dropped, unless it was stopped before.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// When its process was started.
    pub(crate) began: Instant,
}

impl Server {
    /// `annals serve` on this data directory.
    pub(crate) fn annals(annals: &Path, data: &Path) -> anyhow::Result<Self> {
        Self::annals_at(annals, data, None)
    }

    /// The same with the log at this address.
    pub(crate) fn annals_at(annals: &Path, data: &Path, database: Option<&str>) -> anyhow::Result<Self> {
        let mut command = Command::new(annals);
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("ANNALS_DATA", data).stderr(Stdio::null());
        Self::start(command.envs(database.map(|url| (DATABASE_URL, url))))
    }

    /// The same by these settings alone, whatever the caller's environment sets: another database may stand there. What it says is shown, and Ctrl-C does not reach it,
    /// so that whoever started it can end it in order.
    pub(crate) fn annals_of(
        annals: &Path,
        data: &Path,
        token_file: &Path,
        variables: &[(&str, &OsStr)],
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(annals);
        command.args(["serve", "--listen", "127.0.0.1:0", "--token-file"]).arg(token_file);
        let is_ours = |name: &OsStr| name.to_string_lossy().starts_with("ANNALS_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command.env("ANNALS_DATA", data).envs(variables.iter().copied());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Self::start(&mut command)
    }

    /// A server that does nothing, of this program itself.
    pub(crate) fn bare(kind: Bare) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        Self::start(command.arg("bare").arg(kind.as_str()).stderr(Stdio::null()))
    }

    /// Starts it and reads where it listens from its first line.
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let began = Instant::now();
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("the server does not start")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("a pipe was asked for")?).read_line(&mut line)?;
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split('/').next()?.trim().parse().ok());
        let address = address.with_context(|| format!("the server did not say where it is: `{}`", line.trim()))?;
        Ok(Self { child, address, began })
    }

    /// A field of its memory in bytes, such as `VmRSS:`.
    pub(crate) fn memory(&self, field: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("the system does not tell")?;
        let kib: u64 = line.split_whitespace().next().context("no figure")?.parse()?;
        Ok(kib << 10)
    }

    /// Tells it to end, and waits for that.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).context("no pid")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            ensure!(Instant::now() < deadline, "the server did not end");
            std::thread::park_timeout(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
