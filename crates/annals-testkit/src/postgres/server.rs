//! A server with its guardian, from its first user to its last.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::install;
use super::user::User;
use crate::until;

/// What ends the server when nobody uses it any more.
const GUARDIAN: &str = include_str!("../../postgres/guardian.sh");
/// A server that begins has at most so long.
const START: Duration = Duration::from_mins(1);
/// The ordinary role that owns databases.
pub const OWNER: &str = "annals";
/// Ordinary roles that own nothing: what they may do, whoever needs them grants.
pub const ROLES: [&str; 3] = ["annals_writer", "annals_verifier", "annals_reader"];

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
    flush: Flush,
    /// Nothing where the server is shared.
    folder: Option<TempDir>,
}

impl Server {
    /// One of this caller's own, which ends when it is dropped.
    #[track_caller]
    pub fn alone(flush: Flush) -> Self {
        Self::in_own_folder(flush, None)
    }

    /// One of this caller's own that follows this one and can be read, once everything that was committed here so far is there.
    #[track_caller]
    pub fn standby(&self) -> Self {
        let standby = Self::in_own_folder(Flush::None, Some(self));
        let here = self.sql("postgres", "SELECT pg_current_wal_lsn()");
        until("the standby has what its primary has", START, || {
            standby.sql("postgres", &format!("SELECT pg_last_wal_replay_lsn() >= '{here}'")) == "t"
        });
        standby
    }

    /// Makes a standby the primary.
    #[track_caller]
    pub fn promote(&self) {
        assert_eq!(self.sql("postgres", "SELECT pg_promote()"), "t", "the standby becomes no primary");
    }

    /// Ends a server of one's own as a failing machine would, whoever uses it.
    #[track_caller]
    pub fn kill(&self) {
        let mut stop = User::of(&self.run).command(&self.programs.join("pg_ctl"));
        let stopped = stop.args(["stop", "--silent", "--mode=immediate", "-D"]).arg(self.socket.join("data")).output();
        assert!(stopped.is_ok_and(|output| output.status.success()), "PostgreSQL does not end");
    }

    /// Starts one that was killed again, over what is on its disk.
    #[track_caller]
    pub fn start_again(&self) {
        self.launch();
    }

    /// From now on no commit is answered here that some standby does not have on its disk.
    #[track_caller]
    pub fn wait_for_standbys(&self) {
        self.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("postgres", "SELECT pg_reload_conf()");
        until("a standby is waited for", START, || {
            self.sql("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
        });
    }

    #[track_caller]
    fn in_own_folder(flush: Flush, primary: Option<&Self>) -> Self {
        let folder = tempfile::Builder::new().prefix("annals-pg-").tempdir_in("/tmp").expect("a temporary folder");
        let mut server = Self::run(folder.path(), flush, primary);
        server.folder = Some(folder);
        server
    }

    /// The one that runs in this folder, or a new one.
    #[track_caller]
    pub(super) fn shared(run: &Path) -> Self {
        Self::run(run, Flush::None, None)
    }

    #[track_caller]
    fn run(run: &Path, flush: Flush, primary: Option<&Self>) -> Self {
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
        let server = Self { programs, socket, run: run.to_owned(), user, flush, folder: None };
        if !(run.join("address").exists() && server.try_sql("postgres", "SELECT 1").is_ok()) {
            server.start(primary);
            fs::write(run.join("address"), server.url("postgres")).expect("a temporary file");
        }
        server
    }

    /// Where a database of this server is, for its owner.
    pub fn url(&self, database: &str) -> String {
        self.url_as(OWNER, database)
    }

    /// The same for another role.
    pub fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgresql:///{database}?user={role}&host={}", self.socket.display())
    }

    /// The folder of its programs.
    pub(super) fn programs(&self) -> &Path {
        &self.programs
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
        self.try_sql_as("postgres", database, statements)
    }

    /// Carries out statements as this role, and answers what they print, or what the server says instead.
    pub fn try_sql_as(&self, role: &str, database: &str, statements: &str) -> Result<String, String> {
        let output = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", role, "-d", database, "-c", statements])
            .env("PGHOST", &self.socket)
            .output()
            .map_err(|error| format!("`psql` does not start: {error}"))?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
    }

    #[track_caller]
    pub(super) fn hold(&self, database: &str, statements: &str) -> Held {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database]);
        psql.env("PGHOST", &self.socket).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut held = Held(psql.spawn().expect("`psql` of the wheel starts"));
        let (stdin, stdout) = (held.0.stdin.as_mut(), held.0.stdout.as_mut());
        let stdin = stdin.expect("a pipe");
        writeln!(stdin, "BEGIN;\n{statements};\n\\echo held").expect("`psql` reads");
        let lines = BufReader::new(stdout.expect("a pipe")).lines();
        let is_held = lines.map_while(Result::ok).any(|line| line == "held");
        assert!(is_held, "`{statements}` fails");
        held
    }

    /// Makes a database that the ordinary role owns.
    #[track_caller]
    pub fn create(&self, name: &str, template: &str) {
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}"));
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
    fn start(&self, primary: Option<&Self>) {
        // Whatever is there belonged to a server whose guardian was killed.
        let _ = fs::remove_dir_all(&self.socket);
        fs::create_dir(&self.socket).expect("a temporary folder");
        let user = User::of(&self.run);
        user.own(&self.socket);
        let data = self.socket.join("data");
        let mut maker = user.command(&self.programs.join(if primary.is_some() { "pg_basebackup" } else { "initdb" }));
        match primary {
            Some(primary) => {
                maker.args(["--username=postgres", "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "-h"]);
                maker.arg(&primary.socket)
            }
            None => maker.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]),
        };
        let made = maker.arg("-D").arg(&data).output();
        let made = made.unwrap_or_else(|error| panic!("`setpriv` of util-linux does not start: {error}"));
        assert!(made.status.success(), "PostgreSQL makes no folder: {}", String::from_utf8_lossy(&made.stderr));
        self.launch();
        if primary.is_none() {
            for role in ROLES.iter().chain([&OWNER]) {
                self.sql("postgres", &format!("CREATE ROLE {role} LOGIN"));
            }
        }
    }

    /// Starts the server over its files, with a guardian.
    #[track_caller]
    fn launch(&self) {
        let (data, log) = (self.socket.join("data"), self.run.join("log"));
        let user = User::of(&self.run);
        let server = user.command(&self.programs.join("postgres"));
        let flushed = if self.flush == Flush::Real { "on" } else { "off" };
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
    }
}

/// A transaction that is open, until it is dropped.
#[derive(Debug)]
pub struct Held(Child);

impl Held {
    /// Ends the transaction.
    pub fn let_go(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.let_go();
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
