//! A pooler between a test and its server: Debian's `PgBouncer`, on loopback, with a configuration of its own.
//!
//! It is also what tests of encryption connect to, as the server that the wheel brings was built without.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::Database;
use super::server::{OWNER, ROLES};
use super::user::User;
use crate::until;

/// Where Debian puts it, which is not in everybody's path.
const PROGRAM: &str = "/usr/sbin/pgbouncer";
/// A pooler that begins has at most so long.
const START: Duration = Duration::from_secs(30);
/// Somebody else may take the port between its choice and its use.
const N_TRIES: usize = 8;

/// For how long a client keeps one of the server's connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pooling {
    /// For as long as it has its own.
    Session,
    /// For a transaction.
    Transaction,
}

/// What a server shows to those who ask who it is, in PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate, with those that it comes from.
    pub chain: String,
    /// Its key.
    pub key: String,
}

/// A running pooler, which ends when it is dropped.
#[derive(Debug)]
pub struct Pooler {
    process: Child,
    port: u16,
    database: String,
    /// Goes after the process.
    _folder: TempDir,
}

impl Pooler {
    /// One in front of this database, with two connections to it at most, that encrypts nothing.
    #[track_caller]
    pub fn start(database: &Database, pooling: Pooling) -> Self {
        Self::run(database, pooling, None)
    }

    /// One that takes encrypted connections alone.
    #[track_caller]
    pub fn encrypting(database: &Database, certificate: &Certificate) -> Self {
        Self::run(database, Pooling::Session, Some(certificate))
    }

    #[track_caller]
    fn run(database: &Database, pooling: Pooling, certificate: Option<&Certificate>) -> Self {
        assert!(
            Path::new(PROGRAM).exists(),
            "tests need PgBouncer at `{PROGRAM}` (hint: on Debian, `apt-get install pgbouncer`)"
        );
        for _ in 0..N_TRIES {
            let folder = tempfile::Builder::new().prefix("annals-pb-").tempdir_in("/tmp").expect("a temporary folder");
            let (mut process, port) = spawn(folder.path(), database, pooling, certificate);
            let mut is_over = false;
            until("PgBouncer starts", START, || {
                is_over = process.try_wait().expect("a child of this process").is_some();
                is_over || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
            });
            if !is_over {
                return Self { process, port, database: database.name().to_owned(), _folder: folder };
            }
        }
        panic!("PgBouncer ends at once, each of {N_TRIES} times");
    }

    /// Where it listens, on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the database is through it, for this role.
    pub fn url_as(&self, role: &str) -> String {
        format!("postgresql://{role}@{}:{}/{}", Ipv4Addr::LOCALHOST, self.port, self.database)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[track_caller]
fn spawn(folder: &Path, database: &Database, pooling: Pooling, certificate: Option<&Certificate>) -> (Child, u16) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let port = free.expect("a port of loopback").port();
    fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("a folder of one's own");
    let user = User::of(folder);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("a temporary file");
        // The key is nobody else's.
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("a file of one's own");
        user.own(&path);
        path.display().to_string()
    };
    let names: Vec<String> = ROLES.iter().chain([&OWNER]).map(|role| format!("\"{role}\" \"\"\n")).collect();
    let users = write("users", &names.concat());
    let mode = match pooling {
        Pooling::Session => "session",
        Pooling::Transaction => "transaction",
    };
    let encryption = certificate.map_or_else(String::new, |certificate| {
        let (chain, key) = (write("chain.pem", &certificate.chain), write("key.pem", &certificate.key));
        format!("client_tls_sslmode = require\nclient_tls_cert_file = {chain}\nclient_tls_key_file = {key}\n")
    });
    let settings = write(
        "settings",
        &format!(
            "[databases]\n* = host={}\n[pgbouncer]\nlisten_addr = {}\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {users}\npool_mode = {mode}\ndefault_pool_size = 2\nmax_client_conn = 200\n{encryption}",
            database.socket().display(),
            Ipv4Addr::LOCALHOST,
        ),
    );
    let mut command = user.command(Path::new(PROGRAM));
    command.args(["--quiet", &settings]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    (command.spawn().expect("`setpriv` of util-linux starts"), port)
}
