//! A wire between a client and its server that goes through the test: cut in the middle of a commit, or broken for as long as the test likes.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use tempfile::TempDir;

/// What every socket of PostgreSQL's is called.
const SOCKET: &str = ".s.PGSQL.5432";
/// How a commit of ours looks on the wire, and how its answer does.
const COMMIT: &[u8] = b"; COMMIT";
const COMMITTED: &[u8] = b"COMMIT\0";
/// The messages of PostgreSQL's protocol, version 3, that end a request, a statement alone or several messages, and the one that ends its answer.
const REQUESTS: &[u8] = b"QS";
const ANSWER: &[u8] = b"Z";

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
    /// More answers may pass.
    answers: Condvar,
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
    /// How many requests the first connection has sent, and how many of its answers pass.
    n_asked: u64,
    answered: Option<u64>,
}

impl Wire {
    /// A wire to the server whose socket is in this folder.
    pub fn to(socket: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("annals-wire-").tempdir_in("/tmp").expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket in a folder of one's own");
        let shared = Arc::new(Shared { server: socket.join(SOCKET), state: Mutex::default(), answers: Condvar::new() });
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
        // Nobody is left to keep anything back from.
        state.answered = None;
        self.shared.answers.notify_all();
    }

    /// Loses whatever is sent from now on, as a cable does that is pulled out: nobody is told.
    pub fn hush(&self) {
        self.shared.state().is_hushed = true;
    }

    /// Lets connections, and what was kept back of them, through again.
    pub fn mend(&self) {
        let mut state = self.shared.state();
        (state.is_broken, state.is_hushed, state.answered) = (false, false, None);
        self.shared.answers.notify_all();
    }

    /// How many requests the first connection that was made has sent: each is answered for itself.
    pub fn n_asked(&self) -> u64 {
        self.shared.state().n_asked
    }

    /// Keeps the first connection's answers back from now on, but for those to its first `n` requests. Whoever waits for others does not go on.
    pub fn answer_only(&self, n: u64) {
        self.shared.state().answered = Some(n);
        self.shared.answers.notify_all();
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

    /// Waits until so many answers may pass. The one that says that a connection stands answers no request.
    fn keep_back(&self, n_answers: u64) {
        let is_kept = |state: &mut State| state.answered.is_some_and(|answered| n_answers > answered + 1);
        drop(self.answers.wait_while(self.state(), is_kept));
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
                let mut answers = Messages::of_server();
                let mut n_answers = 0;
                copy(&server, client, |bytes| {
                    n_answers += answers.count(bytes, ANSWER);
                    if number == 1 {
                        self.keep_back(n_answers);
                    }
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
            let mut requests = Messages::of_client();
            copy(client, &server, |bytes| {
                let n_requests = requests.count(bytes, REQUESTS);
                if number == 1 {
                    self.state().n_asked += n_requests;
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

/// Finds the messages in what passes one way, in whatever pieces it comes: each has a byte that says what it is, and its length. A client's first has no such byte.
struct Messages {
    /// What is known of the next one's beginning.
    head: Vec<u8>,
    is_first: bool,
    /// So many bytes of the last one are still to come.
    rest: usize,
}

impl Messages {
    fn of_client() -> Self {
        Self { head: Vec::new(), is_first: true, rest: 0 }
    }

    fn of_server() -> Self {
        Self { head: Vec::new(), is_first: false, rest: 0 }
    }

    /// How many messages of these kinds begin in these bytes, which come next.
    fn count(&mut self, bytes: &[u8], kinds: &[u8]) -> u64 {
        let mut n = 0;
        let mut bytes = bytes.iter();
        while let Some(byte) = bytes.as_slice().get(self.rest) {
            bytes.nth(self.rest);
            self.rest = 0;
            if self.head.is_empty() && self.is_first {
                self.head.push(0);
            }
            self.head.push(*byte);
            if let [kind, length @ ..] = &*self.head
                && let Ok(length) = <[u8; 4]>::try_from(length)
            {
                n += u64::from(kinds.contains(kind));
                // The length counts itself.
                self.rest = u32::from_be_bytes(length).saturating_sub(4) as usize;
                self.head.clear();
                self.is_first = false;
            }
        }
        self.rest -= bytes.len();
        n
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
