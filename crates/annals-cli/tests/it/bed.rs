//! A folder, the binary, and what a run of it said. Every wait has a deadline.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use annals_testkit::postgres::Database;
use serde_json::Value;
use tempfile::TempDir;

/// No run of these tests takes nearly so long; a hung one fails.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// A data directory and how to run the binary on it.
pub(crate) struct Bed {
    folder: TempDir,
    /// Where the log is, unless it lies in the data directory.
    database: Option<Database>,
    /// The same by its address alone, where it is somebody else's.
    url: Option<String>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None, url: None }
    }

    /// One whose log is in a database of PostgreSQL, chosen by the environment alone.
    pub(crate) fn in_postgres() -> Self {
        Self { database: Some(Database::with_vectors()), ..Self::new() }
    }

    /// Another data directory for the log at this address.
    pub(crate) fn at(url: &str) -> Self {
        Self { url: Some(url.to_owned()), ..Self::new() }
    }

    /// One of each kind, for what holds over both.
    pub(crate) fn of_each_kind() -> [Self; 2] {
        [Self::new(), Self::in_postgres()]
    }

    /// The database of PostgreSQL.
    pub(crate) fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// Changes the log as whoever owns its database can.
    pub(crate) fn change(&self, statements: &str) {
        if let Some(database) = &self.database {
            database.sql(statements);
            return;
        }
        let database = rusqlite::Connection::open(self.data().join("annals.db")).unwrap();
        database.execute_batch(statements).unwrap();
    }

    /// The data directory, which does not exist before something is recorded.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("trail")
    }

    /// A file beside the data directory.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The binary with these arguments, on this bed's data and nothing of the machine's.
    pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_annals"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("ANNALS_DATA", self.data())
            .env("TZ", "UTC")
            .env("TMPDIR", self.folder.path())
            .stdin(Stdio::null());
        if let Some(database) = &self.database {
            command.env("ANNALS_DATABASE_URL", database.url());
        }
        if let Some(url) = &self.url {
            command.env("ANNALS_DATABASE_URL", url);
        }
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        finish(spawn(&mut self.command(arguments)))
    }

    /// Runs it with this on its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
        let mut child = spawn(self.command(arguments).stdin(Stdio::piped()));
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // A child that ends early closes the pipe, which is its right.
        let writer = thread::spawn(move || drop(stdin.write_all(&input)));
        let ran = finish(child);
        writer.join().unwrap();
        ran
    }

    /// Runs it and expects exit 0.
    #[track_caller]
    pub(crate) fn good(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran
    }

    /// How many events are on record; 0 where nothing was ever recorded.
    pub(crate) fn count(&self) -> u64 {
        let ran = self.run(&["count"]);
        match ran.code {
            Some(0) => ran.rows()[0]["count"].as_u64().unwrap(),
            _ => 0,
        }
    }
}

impl Ran {
    /// The rows of an NDJSON answer.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// Expects this exit code, one line on standard error, and these parts in it.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "{self:?}");
        assert!(self.err.starts_with("annals: ") && !self.err.contains("panicked"), "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is missing in {}", self.err);
        }
    }
}

/// Starts a command whose output is kept.
pub(crate) fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for the end of a child and of what it says; kills it at the deadline and fails.
#[track_caller]
pub(crate) fn finish(child: Child) -> Ran {
    finish_within(child, DEADLINE)
}

/// The same for what may take longer.
#[track_caller]
pub(crate) fn finish_within(mut child: Child, patience: Duration) -> Ran {
    let out = child.stdout.take().map(collected);
    let err = child.stderr.take().map(collected);
    let text = |stream: Option<Receiver<String>>, child: &mut Child| match stream {
        None => String::new(),
        Some(stream) => stream.recv_timeout(patience).unwrap_or_else(|_| {
            child.kill().unwrap();
            panic!("the command hangs")
        }),
    };
    let out = text(out, &mut child);
    let err = text(err, &mut child);
    // Its output has ended, so that the process is at its end too.
    let code = child.wait().unwrap().code();
    Ran { code, out, err }
}

fn collected(mut stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// The lines of a stream as they come.
pub(crate) fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in std::io::BufRead::lines(std::io::BufReader::new(stream)).map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// So many events as NDJSON, numbered in their resource.
pub(crate) fn ndjson(n_events: usize) -> String {
    let line =
        |n| format!("{{\"event_type\":\"resource_modified\",\"resource\":\"file-{n}\",\"details\":{{\"n\":{n}}}}}\n");
    (0..n_events).map(line).collect::<Vec<_>>().concat()
}

/// Every byte of every file below a folder.
pub(crate) fn bytes_below(folder: &Path) -> Vec<u8> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { bytes_below(&path) } else { std::fs::read(path).unwrap() }
        })
        .collect()
}

/// A port that nobody has, and that no connection of another test is given while the server is down: those get theirs from 32768 on.
pub(crate) fn lasting_port() -> u16 {
    let start = std::process::id();
    let ports = (0..).map(|n| u16::try_from(10_000 + (start.wrapping_mul(31) + n) % 20_000).unwrap());
    ports.take(20_000).find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
