//! `annals wrap`: an MCP server on standard input and output, behind a faithful pass-through.
//!
//! The bytes come first. Two threads pass them on, each in the order and the pieces in which they come, partial lines too; a third one, the recorder, makes events of
//! copies of the lines. A call's intent is waited for before the call goes on, and only for a moment ([`queue::PATIENCE`]), and not again before the recorder has caught
//! up: whatever happens to the recorder, the server is reached. What the log can't take is counted and declared as a gap.
//!
//! Everything that a process is to its parent is the server's own: standard error is inherited, the exit code is passed on, a death by signal is died again, signals are
//! handed down, and a side that closes a stream finds it closed on the other side too. Nothing of ours goes to standard output, and to standard error one line, where
//! recording or the server could not be started.
//!
//! With `--fail-closed` the client's lines are passed on one by one, each once the log has its intent; one that can't be recorded is answered with an error of JSON-RPC.
//! A line that can't be understood, or is too long to be, is then refused too: it may be a call to a server that is less strict than we are.
//!
//! Known limits: a child of the server's that keeps its standard output open after the server itself has ended is heard until it falls silent; a signal sent to the whole
//! process group by a program, unlike Ctrl-C, reaches the server twice.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use annals_capture::mcp;
use rustix::io::Errno;

use crate::arguments::{Common, Wrap};
use crate::failure::{self, Exit, Failure};
use crate::{drainer, settings};

mod ending;
mod gate;
mod pump;
mod queue;
mod recorder;
mod signals;
mod stream;

use ending::Ended;
use queue::Queue;
use recorder::{OnLoss, Recorder};
use signals::Signals;

/// How long the end of the server may be followed by our own work.
const LAST_WORK: Duration = Duration::from_secs(1);

/// Runs the server until it ends, and ends as it did.
pub(super) fn run(common: &Common, wrap: &Wrap) -> Result<Exit, Failure> {
    let on_loss = if wrap.fail_closed { OnLoss::Refuse } else { OnLoss::GoOn };
    // Before anything is started: a signal that comes early is handed down as soon as there is somebody to have it.
    let signals =
        Signals::watch().map_err(|error| Failure::could_not(format!("could not watch for signals: {error}")))?;
    let began = Instant::now();
    let recorder = Recorder::start(common, wrap, &told(&wrap.command), on_loss, began);
    let recorder = match (recorder, on_loss) {
        (Ok(recorder), _) => Some(recorder),
        (Err(failure), OnLoss::Refuse) => return Err(failure),
        (Err(failure), OnLoss::GoOn) => {
            failure::note(&format!("nothing is recorded: {}", failure.message()));
            None
        }
    };
    let queue = recorder.as_ref().map_or_else(Queue::closed, Recorder::queue);
    let ended = match start(&wrap.command) {
        Ok(child) => follow(child, signals, &queue, on_loss),
        Err(error) => Ended::not_started(&wrap.command[0], &error),
    };
    if let Some(reason) = ended.problem() {
        failure::note(reason);
    }
    if let Some(recorder) = recorder {
        recorder.end(ended.told(), LAST_WORK);
        if let Ok(settings) = settings::load_anywhere(common) {
            drainer::start(&settings, common);
        }
    }
    Ok(ended.end_alike())
}

fn start(command: &[OsString]) -> io::Result<Child> {
    let spawn = |start: &mut Command| start.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    match spawn(Command::new(&command[0]).args(&command[1..])) {
        // A script that names no interpreter is the shell's, to clients as to anybody who starts a program by `execvp`.
        Err(error) if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) => {
            spawn(Command::new("/bin/sh").args(["-c", r#"exec "$0" "$@""#]).args(command))
        }
        other => other,
    }
}

/// Passes everything between the client and the server on, until the server has ended.
fn follow(mut child: Child, signals: Signals, queue: &Arc<Queue>, on_loss: OnLoss) -> Ended {
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (Some(input), Some(output)) = (input, output) else { return Ended::lost(&io::Error::other("no pipes")) };
    let (done, is_done) = channel();
    let parts = pump::doors().and_then(|(outdoors, indoors)| {
        let child = signals.hand_down_to(child, done.clone())?;
        Ok((outdoors, indoors, child))
    });
    let (outdoors, indoors, child) = match parts {
        Ok(parts) => parts,
        Err(error) => return Ended::lost(&error),
    };
    let from_client = Arc::clone(queue);
    let from_server = Arc::clone(queue);
    let doors = outdoors.clone();
    // A thread that can't be started leaves its pipe closed, which the server sees.
    let _client = thread::Builder::new().name("wrap-stdin".to_owned()).spawn(move || {
        let gate = gate::Gate::new(on_loss, from_client, doors.clone());
        pump::from_client(&io::stdin(), input, gate, &doors);
    });
    let server = thread::Builder::new().name("wrap-stdout".to_owned()).spawn(move || {
        let _over = Over(done);
        pump::from_server(output, &io::stdout(), &from_server, &indoors);
    });
    let status = child.wait();
    outdoors.server_has_ended();
    if server.is_ok() {
        // Whatever the server had said before its end reaches the client, however slowly that reads, unless a signal says that this is enough.
        let _ = is_done.recv();
    }
    Ended::of(status, child.was_told_to_end(), outdoors.client_has_left())
}

/// Says that the pump is over, even if it fell over.
struct Over(Sender<()>);

impl Drop for Over {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// The command in one text, as a person would type it.
fn told(command: &[OsString]) -> String {
    let quoted = |word: &OsString| {
        let word = word.to_string_lossy();
        let is_plain =
            !word.is_empty() && word.chars().all(|c| !c.is_whitespace() && !matches!(c, '\'' | '"' | '\\' | '$'));
        if is_plain { word.into_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
    };
    command.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The side that a line comes from.
type Side = mcp::Side;
