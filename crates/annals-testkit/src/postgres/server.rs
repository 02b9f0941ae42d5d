//! A server with its guardian, from its first user to its last.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::install;
use crate::until;

/// What ends the server when nobody uses it any more.
const GUARDIAN: &str = include_str!("../../postgres/guardian.sh");
/// A server that begins has at most so long.
const START: Duration = Duration::from_mins(1);
/// The role that the tests have.
const ROLE: &str = "annals";

/// Whether commits wait for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flush {
    /// They do, as everywhere but in tests.
    Real,
    /// They don't: nobody pulls the plug of a test.
    None,
}

/// A running server, and this process's lock on it.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    /// Where its socket is.
    socket: PathBuf,
    /// Where its files and locks are.
    run: PathBuf,
    /// Locked for as long as the server is used.
    user: File,
    /// Nothing where the server is shared.
    folder: Option<TempDir>,
}

impl Server {
    /// One of this caller's own, which ends when it is dropped.
    #[track_caller]
    pub fn alone(flush: Flush) -> Self {
        let folder = tempfile::Builder::new().prefix("annals-pg-").tempdir_in("/tmp").expect("a temporary folder");
        let mut server = Self::run(folder.path(), flush);
        server.folder = Some(folder);
        server
    }

    /// The one that runs in this folder, or a new one.
    #[track_caller]
    pub(super) fn shared(run: &Path) -> Self {
        Self::run(run, Flush::None)
    }

    #[track_caller]
    fn run(run: &Path, flush: Flush) -> Self {
        fs::create_dir_all(run).expect("a temporary folder");
        // The server has another user than root, and must come through.
        fs::set_permissions(run, Permissions::from_mode(0o755)).expect("a folder of one's own");
        let programs = install::programs();
        let opened = |name: &str| {
            File::options().create(true).truncate(false).write(true).open(run.join(name)).expect("a temporary file")
        };
        let starting = opened("starting");
        starting.lock().expect("a file that can be locked");
        let user = opened("users");
        // Waits while a guardian is ending the last one.
        user.lock_shared().expect("a file that can be locked");
        let socket = run.join("server");
        let server = Self { programs, socket, run: run.to_owned(), user, folder: None };
        if !(run.join("address").exists() && server.try_sql("postgres", "SELECT 1").is_ok()) {
            server.start(flush);
            fs::write(run.join("address"), server.url("postgres")).expect("a temporary file");
        }
        server
    }

    /// Where a database of this server is, for the ordinary role.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql:///{database}?user={ROLE}&host={}", self.socket.display())
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Carries out statements as the superuser, and answers what they print.
    #[track_caller]
    pub fn sql(&self, database: &str, statements: &str) -> String {
        self.try_sql(database, statements).unwrap_or_else(|error| panic!("`{statements}`: {error}"))
    }

    pub(super) fn try_sql(&self, database: &str, statements: &str) -> Result<String, String> {
        let output = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", statements])
            .env("PGHOST", &self.socket)
            .output()
            .map_err(|error| format!("`psql` does not start: {error}"))?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
    }

    /// Makes a database that the ordinary role owns.
    #[track_caller]
    pub fn create(&self, name: &str, template: &str) {
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}"));
    }

    /// Does some work once in the server's life, whichever process comes first, unless there is a database of this name.
    #[track_caller]
    pub(super) fn once(&self, database: &str, work: impl FnOnce(&Self)) {
        let lock = File::create(self.run.join("templates")).expect("a temporary file");
        lock.lock().expect("a file that can be locked");
        if self.sql("postgres", &format!("SELECT 1 FROM pg_database WHERE datname = '{database}'")).is_empty() {
            work(self);
        }
    }

    #[track_caller]
    fn start(&self, flush: Flush) {
        // Whatever is there belonged to a server whose guardian was killed.
        let _ = fs::remove_dir_all(&self.socket);
        fs::create_dir(&self.socket).expect("a temporary folder");
        let user = User::of(&self.run);
        user.own(&self.socket);
        let data = self.socket.join("data");
        let log = self.run.join("log");
        let mut initdb = user.command(&self.programs.join("initdb"));
        initdb
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data);
        let made = initdb.output().unwrap_or_else(|error| panic!("`setpriv` of util-linux does not start: {error}"));
        assert!(made.status.success(), "PostgreSQL makes no folder: {}", String::from_utf8_lossy(&made.stderr));
        let server = user.command(&self.programs.join("postgres"));
        let flushed = if flush == Flush::Real { "on" } else { "off" };
        let mut guardian = Command::new("sh");
        // Its parent ends at once, so that nobody has to wait for it.
        guardian
            .args(["-c", "sh -c \"$0\" guardian \"$@\" &", GUARDIAN])
            .arg(&self.run)
            .arg(server.get_program())
            .args(server.get_args());
        guardian.arg("-D").arg(&data).arg("-k").arg(&self.socket);
        for setting in
            ["listen_addresses=", "max_connections=400", "shared_buffers=64MB", "jit=off", "max_wal_size=512MB"]
        {
            guardian.args(["-c", setting]);
        }
        for setting in ["fsync", "full_page_writes"] {
            guardian.arg("-c").arg(format!("{setting}={flushed}"));
        }
        // A group of its own: it outlives the test that starts it, and whoever ends that test's group.
        guardian.process_group(0).stdin(Stdio::null());
        let out = File::create(&log).expect("a temporary file");
        guardian.stdout(out.try_clone().expect("an open file")).stderr(out);
        guardian.status().expect("`sh` starts");
        until(&format!("PostgreSQL starts (see `{}`)", log.display()), START, || {
            self.try_sql("postgres", "SELECT 1").is_ok()
        });
        self.sql("postgres", &format!("CREATE ROLE {ROLE} LOGIN"));
    }
}

/// Waits until a server of one's own has ended, since its files lie in the folder that goes next.
impl Drop for Server {
    fn drop(&mut self) {
        if self.folder.is_some() && self.user.unlock().is_ok() && !std::thread::panicking() {
            until("PostgreSQL ends", START, || !self.socket.exists());
        }
    }
}

/// Whom the server runs as.
enum User {
    /// The one who tests.
    Same,
    /// Nobody: root tests, and PostgreSQL refuses to be root's.
    Nobody { uid: u32, gid: u32 },
}

impl User {
    fn of(run: &Path) -> Self {
        if fs::metadata(run).is_ok_and(|metadata| metadata.uid() == 0) {
            Self::Nobody { uid: 65_534, gid: 65_534 }
        } else {
            Self::Same
        }
    }

    fn own(&self, folder: &Path) {
        if let Self::Nobody { uid, gid } = *self {
            std::os::unix::fs::chown(folder, Some(uid), Some(gid)).expect("root may give away");
        }
    }

    /// A program of this user's, which is told to end at once when whoever started it ends.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        if let Self::Nobody { uid, gid } = self {
            command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
        }
        command.args(["--pdeathsig", "QUIT", "--"]).arg(program);
        command
    }
}
