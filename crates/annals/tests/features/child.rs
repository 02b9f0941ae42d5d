//! Second processes: this binary again, in a role.
//!
//! The scenario starts one with [`program`] and reads what it says, line by line. A role gets its data directory and its arguments from the environment.

use std::collections::BTreeMap;
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;
use std::thread;

use annals::{Audit, Error, Event, Filter, Mode, Origin, Settings};
use annals_testkit::{Child, HeldStore, Threads, until};

use crate::trail::event;

const ROLE: &str = "ANNALS_FEATURES_ROLE";
const DATA: &str = "ANNALS_FEATURES_DATA";
const ARGUMENT: &str = "ANNALS_FEATURES_ARGUMENT";

/// A service that nobody drops.
static SERVICE: OnceLock<Audit> = OnceLock::new();

/// The role that this process has.
pub(crate) fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// A command that plays a role on a data directory.
pub(crate) fn command(role: &str, data: &Path, argument: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.env(ROLE, role).env(DATA, data).env(ARGUMENT, argument);
    command
}

/// Starts a role.
#[track_caller]
pub(crate) fn program(role: &str, data: &Path, argument: &str) -> Child {
    Child::spawn(role, command(role, data, argument))
}

/// Starts a role, waits for its end and returns what it said; how it ended is the scenario's business.
#[track_caller]
pub(crate) fn run(role: &str, data: &Path, argument: &str) -> Vec<String> {
    let mut child = program(role, data, argument);
    let lines = child.rest();
    child.wait();
    lines
}

/// Starts a role that must end well.
#[track_caller]
pub(crate) fn run_well(role: &str, data: &Path, argument: &str) -> Vec<String> {
    let mut child = program(role, data, argument);
    let lines = child.rest();
    assert!(child.wait().success(), "the role `{role}` failed after it had said {lines:?}");
    lines
}

/// Plays a role.
pub(crate) fn play(role: &str) -> ExitCode {
    let data = PathBuf::from(env::var_os(DATA).unwrap());
    let argument = env::var(ARGUMENT).unwrap_or_default();
    match role {
        "count" => count(&data),
        "record one" => record_one(&data, &argument),
        "record and end" => record_and_end(&data, &argument),
        "memory and abort" => memory_and_abort(),
        "record from threads" => record_from_threads(&data, &argument),
        "list threads" => list_threads(&data),
        "writer threads" => writer_threads(&data),
        "begin" => begin(&data, &argument),
        "shed" => shed(&data),
        "settings" => return settings(&data, &argument),
        _ => unreachable!("a scenario asked for the role `{role}`"),
    }
    ExitCode::SUCCESS
}

/// Tells the scenario a line, at once.
fn tell(line: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", line.as_ref()).unwrap();
    out.flush().unwrap();
}

fn waits_for_ever() -> ! {
    loop {
        thread::park();
    }
}

/// How many of this process's threads have this name, and how many there are.
fn threads_named(name: &str) -> (usize, usize) {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    // A thread may end between the listing and the look.
    let names: Vec<String> =
        tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok()).collect();
    (names.iter().filter(|found| found.trim_end() == name).count(), names.len())
}

fn count(data: &Path) {
    let reader = Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly)).unwrap();
    tell(reader.count(&Filter::new()).unwrap().to_string());
}

fn in_mode(data: &Path, mode: &str) -> Audit {
    let mode = match mode {
        "synchronous" => Mode::Synchronous,
        _ => Mode::Asynchronous,
    };
    Audit::with_settings(&Settings::new(data).mode(mode)).unwrap()
}

fn record_one(data: &Path, mode: &str) {
    let audit = in_mode(data, mode);
    audit.record(Event::new("plan_applied").actor("second process")).unwrap();
    audit.flush().unwrap();
    audit.close().unwrap();
}

#[expect(clippy::exit, reason = "the scenario is about such an end")]
fn record_and_end(data: &Path, end: &str) {
    let audit = Audit::open(data).unwrap();
    for number in 0..100 {
        audit.record(event("program", number)).unwrap();
    }
    match end {
        "returning from main, service static" => {
            SERVICE.set(audit).unwrap();
        }
        "returning from main, service forgotten" => std::mem::forget(audit),
        "process exit" => std::process::exit(0),
        "a panic" => panic!("the program was told to panic"),
        "abort" => std::process::abort(),
        "a signal 9" => {
            let kill = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
            unreachable!("a killed process goes on: {kill:?}");
        }
        _ => unreachable!("a scenario asked for the end `{end}`"),
    }
}

/// The control: what has no journal is lost.
fn memory_and_abort() {
    let mut queue = Vec::new();
    for number in 0..100 {
        queue.push(event("program", number));
    }
    assert_eq!(queue.len(), 100);
    std::process::abort();
}

fn record_from_threads(data: &Path, name: &str) {
    let audit = Audit::open(data).unwrap();
    let mut threads = Threads::new();
    for thread in 0..2 {
        let (audit, name) = (audit.clone(), format!("{name}.{thread}"));
        threads.spawn(name.clone(), move || -> Result<(), Error> {
            for number in 0..200 {
                audit.record(event(&name, number))?;
                if number % 50 == 0 {
                    audit.flush()?;
                }
            }
            audit.flush()
        });
    }
    let errors: Vec<String> =
        threads.join().into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    tell(if errors.is_empty() { "no error".to_owned() } else { errors.join("; ") });
    audit.close().unwrap();
}

fn list_threads(data: &Path) {
    let audit = in_mode(data, "synchronous");
    for number in 0..10 {
        audit.record(event("program", number)).unwrap();
    }
    let (n_writers, n_threads) = threads_named("audit-writer");
    tell(n_threads.to_string());
    tell(n_writers.to_string());
    audit.close().unwrap();
}

fn writer_threads(data: &Path) {
    let n_writers = || threads_named("audit-writer").0;
    let say = |when: &str| {
        // Whoever the writer starts has its name until it names itself.
        until("each thread has its own name", annals_testkit::PATIENCE, || n_writers() < 2);
        tell(format!("{when}|{}", n_writers()));
    };
    // A database to be read before this service has recorded anything.
    record_one(data, "synchronous");
    let audit = Audit::open(data).unwrap();
    say("after open");
    audit.count(&Filter::new()).unwrap();
    say("after reading");
    let receipt = audit.record(event("program", 0)).unwrap();
    // It names itself as it starts, so that it has its name when it has written something.
    receipt.wait_durable(annals_testkit::PATIENCE).unwrap();
    say("after the first event");
    let mut threads = Threads::new();
    for thread in 0..4 {
        let audit = audit.clone();
        threads.spawn(format!("caller {thread}"), move || {
            for number in 0..50 {
                audit.record(event("program", number)).unwrap();
            }
        });
    }
    threads.join();
    say("after many from threads");
    audit.flush().unwrap();
    say("after flush");
    audit.close().unwrap();
    // `close` returns at the writer's last word; the kernel takes a moment to take the thread away.
    until("the writer's thread is gone", annals_testkit::PATIENCE, || n_writers() == 0);
    say("after close");
}

fn begin(data: &Path, mode: &str) {
    let audit = in_mode(data, mode);
    let operation = audit.begin(Event::new("tool.invoked").actor("program").tool("deploy")).unwrap();
    audit.flush().unwrap();
    tell(operation.id());
    waits_for_ever();
}

fn shed(data: &Path) {
    std::fs::create_dir_all(data).unwrap();
    let database =
        annals_sqlite::SqliteStore::open(&data.join("annals.db"), annals_sqlite::OpenMode::ReadWriteCreate).unwrap();
    let held = HeldStore::over(std::sync::Arc::new(database));
    held.hold();
    let settings = Settings::new(data).queue_maxsize(10).sheddable(["tool.invoked"]);
    let audit = Audit::with_opener(&settings, move || Ok(std::sync::Arc::clone(&held) as _)).unwrap();
    for number in 0..15 {
        audit.record(event("program", number)).unwrap();
    }
    tell(audit.health().shed.to_string());
    waits_for_ever();
}

/// Prints what is in force. The argument has the layers: `file name=value`, `flag name=value`, one a line; `no environment`, `builder`.
fn settings(data: &Path, argument: &str) -> ExitCode {
    match layered(data, argument).and_then(|settings| Audit::with_settings(&settings).map(|_| settings)) {
        Ok(settings) => {
            for setting in settings.list() {
                tell(format!("{}|{}|{}", setting.name, setting.value, setting.origin));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(error.to_string());
            ExitCode::from(2)
        }
    }
}

fn layered(data: &Path, argument: &str) -> Result<Settings, Error> {
    let mut layers: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for line in argument.lines() {
        let (layer, assignment) = line.split_once(' ').unwrap_or((line, ""));
        layers.entry(layer).or_default().push(assignment.split_once('=').unwrap_or_default());
    }
    let mut settings = Settings::new(data);
    for (name, value) in layers.remove("file").unwrap_or_default() {
        settings.set(name, value, Origin::File("annals.toml".into()))?;
    }
    if !layers.contains_key("no-environment") {
        settings = settings.and_env()?;
    }
    for (name, value) in layers.remove("flag").unwrap_or_default() {
        settings.set(name, value, Origin::Flag("--set".to_owned()))?;
    }
    if layers.contains_key("builder") {
        settings = settings.queue_maxsize(12);
    }
    Ok(settings)
}
