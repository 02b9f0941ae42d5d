//! `annals wrap` around real processes: what passes through it, how it ends, and what is on record afterwards.
//!
//! The servers are lines of `sh`, so that each test shows what its server does. Where bytes, exits and streams are compared, the same check runs without the wrapper too.

mod bytes;
mod ends;
mod loss;
mod record;
mod refuse;
mod signals;
mod streams;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bed::{Bed, DEADLINE};

/// A call of a tool under this id.
pub(crate) fn call(id: u32) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"write","arguments":{{"path":"f{id}.txt","content":"body"}}}}}}"#
    )
}

/// Answers each line with a result for the ids 1, 2, 3, …
pub(crate) const ANSWERS: &str = r#"n=0; while read -r line; do n=$((n+1)); printf '{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"done"}]}}\n' $n; done"#;

/// Where a script runs: behind the wrapper, or as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    Bare,
    Wrapped,
}

/// A running server and its client's ends of the streams.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<BufReader<ChildStdout>>,
    pub(crate) stderr: Option<ChildStderr>,
}

/// The command that runs this script.
pub(crate) fn command(bed: &Bed, way: Way, options: &[&str], script: &str) -> Command {
    let mut command = match way {
        Way::Bare => {
            let mut command = bed.command::<&str>(&[]);
            let mut bare = Command::new("sh");
            bare.arg("-c").env_clear();
            bare.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            command = bare;
            command
        }
        Way::Wrapped => {
            let mut words = vec!["wrap"];
            words.extend(options);
            words.extend(["--", "sh", "-c"]);
            bed.command(&words)
        }
    };
    command.arg(script).env("PATH", "/usr/bin:/bin");
    command
}

/// Starts a script with all streams held here.
pub(crate) fn start(bed: &Bed, way: Way, options: &[&str], script: &str) -> Running {
    run(&mut command(bed, way, options, script))
}

pub(crate) fn wrapped(bed: &Bed, script: &str) -> Running {
    start(bed, Way::Wrapped, &[], script)
}

pub(crate) fn run(command: &mut Command) -> Running {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    Running { child, stdin, stdout: stdout.map(BufReader::new), stderr }
}

impl Running {
    pub(crate) fn say(&mut self, line: &str) {
        self.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// The next line of the server's.
    #[track_caller]
    pub(crate) fn hear(&mut self) -> String {
        let mut stdout = self.stdout.take().unwrap();
        let (line, stdout) = in_time("a line", move || {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            (line, stdout)
        });
        self.stdout = Some(stdout);
        line
    }

    /// Says a call and hears its answer.
    #[track_caller]
    pub(crate) fn call(&mut self, id: u32) -> Value {
        self.say(&call(id));
        serde_json::from_str(&self.hear()).unwrap()
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            if DEADLINE < began.elapsed() {
                let _ = self.child.kill();
                panic!("it hangs");
            }
            thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Closes its input and waits for the end; what it still said on either stream comes with it.
    #[track_caller]
    pub(crate) fn finished(mut self) -> (ExitStatus, Vec<u8>, String) {
        drop(self.stdin.take());
        let out = self.stdout.take().map(collected);
        let err = self.stderr.take().map(collected);
        let status = self.ended();
        let bytes = |stream: Option<Receiver<Vec<u8>>>| {
            stream.map(|stream| stream.recv_timeout(DEADLINE).expect("a stream stays open")).unwrap_or_default()
        };
        (status, bytes(out), String::from_utf8(bytes(err)).unwrap())
    }
}

fn collected(mut stream: impl std::io::Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Does it in a thread, and fails where that takes too long.
#[track_caller]
pub(crate) fn in_time<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("{what} does not come"))
}

/// What is on record, the oldest first, once everything that was left in a journal is in the database.
#[track_caller]
pub(crate) fn trail(bed: &Bed) -> Vec<Value> {
    bed.good(&["record", "--type", "plan_applied"]);
    let rows = bed.good(&["query", "--order", "oldest", "--limit", "1000", "--json"]).rows();
    rows.into_iter().filter(|row| row["event_type"] != "plan_applied").collect()
}

/// Type, phase and outcome of each row.
pub(crate) fn brief(rows: &[Value]) -> Vec<String> {
    let brief = |row: &Value| {
        let outcome = row["outcome"].as_str().map(|outcome| format!(" {outcome}")).unwrap_or_default();
        let phase = row["phase"].as_str().filter(|phase| *phase != "single");
        format!(
            "{}{}{outcome}",
            row["event_type"].as_str().unwrap(),
            phase.map(|phase| format!(" {phase}")).unwrap_or_default()
        )
    };
    rows.iter().map(brief).collect()
}
