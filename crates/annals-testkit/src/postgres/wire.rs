//! A wire between a client and its server that goes through the test: cut in the middle of a commit, or broken for as long as the test likes.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tempfile::TempDir;

/// What every socket of PostgreSQL's is called.
const SOCKET: &str = ".s.PGSQL.5432";
/// How a commit of ours looks on the wire, and how its answer does.
const COMMIT: &[u8] = b"; COMMIT";
const COMMITTED: &[u8] = b"COMMIT\0";

/// What becomes of bytes.
enum Fate {
    Passed,
    Swallowed,
    /// So is the wire.
    Cut,
}

/// Where a wire is cut, once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// The next commit does not arrive.
    BeforeCommit,
    /// The next commit's answer does not, and the connection ends.
    AfterCommit,
}

/// A wire to a server. Dropping it breaks it for good.
#[derive(Debug)]
pub struct Wire {
    folder: TempDir,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// The socket of the server.
    server: PathBuf,
    state: Mutex<State>,
}

#[derive(Default, Debug)]
struct State {
    cut: Option<Cut>,
    is_broken: bool,
    /// Whatever goes in does not come out.
    is_hushed: bool,
    /// Both ends of what goes through it now, by number.
    open: Vec<(u64, UnixStream, UnixStream)>,
    n_opened: u64,
    /// How often somebody who had been answered sent something more, and whether the last who sent was no server.
    n_flights: u64,
    is_asked: bool,
}

impl Wire {
    /// A wire to the server whose socket is in this folder.
    pub fn to(socket: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("annals-wire-").tempdir_in("/tmp").expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket in a folder of one's own");
        let shared = Arc::new(Shared { server: socket.join(SOCKET), state: Mutex::default() });
        let serving = Arc::clone(&shared);
        // Ends with the test's process.
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let shared = Arc::clone(&serving);
                thread::spawn(move || drop(shared.pass(&client)));
            }
        });
        Self { folder, shared }
    }

    /// The URL of a database, which names its server's folder last, at the wire's near end.
    pub fn url(&self, url: &str) -> String {
        let (before, _) = url.split_once("&host=").expect("a URL of the testkit's");
        format!("{before}&host={}", self.folder.path().display())
    }

    /// Cuts it at the next commit.
    pub fn cut(&self, at: Cut) {
        self.shared.state().cut = Some(at);
    }

    /// Whether it was not cut yet where it was told to.
    pub fn is_whole(&self) -> bool {
        self.shared.state().cut.is_some()
    }

    /// Ends every connection, and all that come.
    pub fn break_down(&self) {
        let mut state = self.shared.state();
        state.is_broken = true;
        for (_, client, server) in state.open.drain(..) {
            end(&client, &server);
        }
    }

    /// Loses whatever is sent from now on, as a cable does that is pulled out: nobody is told.
    pub fn hush(&self) {
        self.shared.state().is_hushed = true;
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        let mut state = self.shared.state();
        (state.is_broken, state.is_hushed) = (false, false);
    }

    /// How often the server was sent something, with an answer in between: how often one connection alone has waited for it.
    pub fn n_flights(&self) -> u64 {
        self.shared.state().n_flights
    }

    /// How many connections were made so far.
    pub fn n_opened(&self) -> u64 {
        self.shared.state().n_opened
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.break_down();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_hushed(&self) -> bool {
        self.state().is_hushed
    }

    /// Passes bytes both ways until either end closes, or the wire is cut.
    fn pass(&self, client: &UnixStream) -> std::io::Result<()> {
        let server = UnixStream::connect(&self.server)?;
        let number = {
            let mut state = self.state();
            if state.is_broken {
                return Ok(());
            }
            state.n_opened += 1;
            let number = state.n_opened;
            state.open.push((number, client.try_clone()?, server.try_clone()?));
            number
        };
        let swallows = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                copy(&server, client, |bytes| {
                    self.state().is_asked = false;
                    match swallows.load(Ordering::SeqCst) {
                        _ if self.is_hushed() => Fate::Swallowed,
                        false => Fate::Passed,
                        // What was sent with it is answered before it.
                        true if !has(bytes, COMMITTED) => Fate::Swallowed,
                        true => Fate::Cut,
                    }
                });
                end(client, &server);
            });
            copy(client, &server, |bytes| {
                {
                    let mut state = self.state();
                    state.n_flights += u64::from(!std::mem::replace(&mut state.is_asked, true));
                }
                if self.is_hushed() {
                    return Fate::Swallowed;
                }
                if !has(bytes, COMMIT) {
                    return Fate::Passed;
                }
                let cut = self.state().cut.take();
                swallows.store(cut == Some(Cut::AfterCommit), Ordering::SeqCst);
                if cut == Some(Cut::BeforeCommit) { Fate::Cut } else { Fate::Passed }
            });
            end(client, &server);
        });
        self.state().open.retain(|(open, ..)| *open != number);
        Ok(())
    }
}

fn end(client: &UnixStream, server: &UnixStream) {
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn copy(mut from: &UnixStream, mut to: &UnixStream, mut fate: impl FnMut(&[u8]) -> Fate) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        match fate(&buffer[..n]) {
            Fate::Passed if to.write_all(&buffer[..n]).is_ok() => {}
            Fate::Swallowed => {}
            Fate::Passed | Fate::Cut => return,
        }
    }
}
