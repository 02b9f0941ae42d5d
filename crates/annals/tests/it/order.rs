//! Commit, stored, outside: whoever dies or stands still between any two of these steps, no honest database is refused, no name has two roots of one size, and nothing outside runs
//! ahead of the database.
//!
//! A child seals event after event under `strace`, which kills or stops it before its k-th call that changes a file. Some k here, each of them with `ANNALS_FULL=1`.
//! The control is a child that publishes before it stores, and dies in between: the same check must refuse what it leaves.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use annals::verify::{Options, verify};
use annals::{Audit, Event, Mode, Settings};
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{EventStore, Kept, SealWish};
use annals_testkit::{Child, Line, PATIENCE, keep_line, role, rounds, say, until};
use annals_tlog::{Checkpoint, Note, SignerKey};

/// The calls that change files.
const CALLS: &str =
    "pwrite64,write,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,ftruncate";
const N_EVENTS: usize = 3;

fn event() -> Event {
    Event::new("tool.invoked").tool("order")
}

fn data() -> PathBuf {
    std::env::var("DATA").unwrap().into()
}

/// Seals one event after another.
fn seal_some() {
    let settings = Settings::new(data()).mode(Mode::Synchronous).checkpoint_interval(Duration::ZERO);
    let audit = Audit::with_settings(&settings).unwrap();
    for _ in 0..N_EVENTS {
        audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
    }
    audit.close().unwrap();
    say("closed");
}

/// Starts the test again as one who seals, under `strace` with these options.
fn traced(test: &str, data: &Path, options: &[String]) -> (Child, PathBuf) {
    let log = data.with_extension("strace");
    let _ = fs::remove_file(&log);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", &format!("trace={CALLS}")]).args(options).arg("-o").arg(&log);
    command.arg(std::env::current_exe().unwrap());
    (Child::playing_by(command, test, "sealer", [("DATA", data)]), log)
}

/// How many such calls the sealing thread makes.
fn count_calls(test: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, log) = traced(test, &folder.path().join("trail"), &[]);
    assert_eq!(child.rest().last().map(String::as_str), Some("closed"));
    assert!(child.wait().success());
    let mut by_thread: HashMap<String, usize> = HashMap::new();
    for line in fs::read_to_string(log).unwrap().lines().filter(|line| line.contains('(') && !line.contains("+++")) {
        *by_thread.entry(line.split_whitespace().next().unwrap().to_owned()).or_default() += 1;
    }
    by_thread.into_values().max().unwrap()
}

/// The steps to stop at: each, or as many as there is time for, spread over all of them and others in each call.
fn steps(n_calls: usize, n_ordinary: usize) -> Vec<usize> {
    let n_steps = rounds(n_ordinary, n_calls).min(n_calls);
    (0..n_steps).map(|step| 1 + step * n_calls / n_steps).collect()
}

/// Every root that anybody signed, by the name of the log and the size.
#[derive(Default)]
struct Roots(BTreeMap<(String, u64), String>);

impl Roots {
    fn see(&mut self, note: &str) -> Result<u64, String> {
        let note = Note::parse(note.as_bytes()).map_err(|error| error.to_string())?;
        let checkpoint = Checkpoint::unverified(&note).map_err(|error| error.to_string())?;
        let (origin, head) = (checkpoint.origin().to_string(), checkpoint.head());
        let known = self.0.entry((origin, head.size)).or_insert_with(|| head.root.to_string());
        if *known == head.root.to_string() { Ok(head.size) } else { Err(format!("two roots of size {}", head.size)) }
    }
}

/// The notes outside, as they stand in the files.
fn outside(data: &Path) -> Vec<String> {
    let mut notes = Vec::new();
    for log in fs::read_dir(data.join("checkpoints")).into_iter().flatten() {
        for file in fs::read_dir(log.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.ends_with("latest") {
                notes.push(fs::read_to_string(path).unwrap());
            } else if path.extension().is_some_and(|extension| extension == "ndjson") {
                let text = fs::read_to_string(path).unwrap();
                let whole = text.rfind('\n').map_or("", |end| &text[..end]);
                let note = |line: &str| line.parse::<annals::Value>().unwrap()["note"].as_str().unwrap().to_owned();
                notes.extend(whole.lines().map(note));
            }
        }
    }
    notes
}

/// What must hold at every moment. The outside is read before the database.
fn check(data: &Path, roots: &mut Roots) -> Result<(), String> {
    let mut published = 0;
    for note in outside(data) {
        published = published.max(roots.see(&note)?);
    }
    let database = data.join("annals.db");
    if !database.exists() {
        return if published == 0 { Ok(()) } else { Err("something is outside of no database".to_owned()) };
    }
    let store = match SqliteStore::open(&database, OpenMode::ReadOnly) {
        Ok(store) => store,
        // It was killed before the database had its tables.
        Err(error) if error.kind() == annals_store::ErrorKind::NotFound && published == 0 => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let evidence = store.evidence().unwrap();
    let mut stored = 0;
    for checkpoint in evidence.checkpoints(0, 1_000).map_err(|error| error.to_string())? {
        stored = stored.max(roots.see(&checkpoint.note)?);
        let root = evidence.root_at(checkpoint.size).unwrap().map(|root| root.to_string());
        let note = Note::parse(checkpoint.note.as_bytes()).unwrap();
        if root != Some(Checkpoint::unverified(&note).unwrap().head().root.to_string()) {
            return Err(format!("the tree at {} is not what was signed", checkpoint.size));
        }
    }
    if stored < published {
        return Err(format!("a checkpoint of {published} is outside, and the newest in the database is of {stored}"));
    }
    let size = evidence.standing().unwrap().tree.size;
    if size < stored {
        return Err(format!("a checkpoint of {stored} is in a database of {size}"));
    }
    store.close().unwrap();
    let report = verify(&database, &Options::default(), &mut |_| ()).map_err(|error| error.to_string())?;
    match report.verdict() {
        None => Ok(()),
        Some(verdict) => Err(format!("{verdict:?}: {:?}", report.findings)),
    }
}

/// Whoever comes next records and seals, and makes good for what was not published.
fn go_on(data: &Path) {
    let audit = Audit::with_settings(&Settings::new(data).mode(Mode::Synchronous)).unwrap();
    audit.record(event()).unwrap().wait_sealed(PATIENCE).unwrap();
    let evidence = audit.evidence().unwrap().unwrap();
    assert_eq!(evidence.sealed_size, Some(evidence.n_events));
    assert_eq!(evidence.published_size, evidence.sealed_size);
    audit.close().unwrap();
}

#[test]
fn killed_before_any_call_it_leaves_a_log_that_goes_on() {
    let test = "order::killed_before_any_call_it_leaves_a_log_that_goes_on";
    if role().is_some() {
        seal_some();
        return;
    }
    let n_calls = count_calls(test);
    assert!(40 < n_calls, "{n_calls} calls are too few to be all");
    let steps = steps(n_calls, 24);
    for step in &steps {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        let (mut child, _) = traced(test, &data, &["-e".to_owned(), format!("inject={CALLS}:signal=KILL:when={step}")]);
        let said = child.rest();
        assert!(!child.wait().success() || said.last().is_some_and(|line| line == "closed"), "step {step}: {said:?}");
        let mut roots = Roots::default();
        check(&data, &mut roots).unwrap_or_else(|problem| panic!("killed before call {step} of {n_calls}: {problem}"));
        if data.exists() {
            go_on(&data);
            check(&data, &mut roots).unwrap_or_else(|problem| panic!("gone on after {step} of {n_calls}: {problem}"));
        }
    }
    keep_line(&format!(
        "- A process that seals, killed before {} of its {n_calls} calls that change a file: every log verifies and goes on, no checkpoint contradicts another, none outside runs ahead.",
        steps.len()
    ));
}

#[test]
fn stopped_before_any_call_it_has_nobody_refused_and_no_second_root_signed() {
    let test = "order::stopped_before_any_call_it_has_nobody_refused_and_no_second_root_signed";
    if role().is_some() {
        seal_some();
        return;
    }
    let n_calls = count_calls(test);
    let steps = steps(n_calls, 10);
    let mut n_stopped = 0;
    for step in &steps {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        let (mut child, log) =
            traced(test, &data, &["-e".to_owned(), format!("inject={CALLS}:signal=STOP:when={step}")]);
        // Each thread has its own count, so that more than one may be stopped.
        let stopped = || {
            let trace = fs::read_to_string(&log).unwrap_or_default();
            let lines = trace.lines().filter(|line| line.contains("stopped by SIGSTOP"));
            lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect::<Vec<_>>()
        };
        let mut said = Vec::new();
        until("the child stops or ends", PATIENCE, || {
            said.extend(child.lines_so_far());
            !stopped().is_empty() || said.iter().any(|line| line == "closed")
        });
        let mut roots = Roots::default();
        if data.exists() {
            // The one who is stopped may hold every lock: the other one gets past it, or leaves its event, and is not refused.
            let settings = Settings::new(&data).mode(Mode::OneShot).checkpoint_interval(Duration::ZERO);
            let audit = Audit::with_settings(&settings.record_timeout(Some(Duration::from_millis(200)))).unwrap();
            audit.record(event()).unwrap_or_else(|error| panic!("stopped before call {step}: {error}"));
            let _ = audit.close();
            for note in outside(&data) {
                roots.see(&note).unwrap();
            }
        }
        n_stopped += usize::from(!stopped().is_empty());
        let mut n_continued = 0;
        until("the child goes on to its end", PATIENCE, || {
            let threads = stopped();
            for thread in &threads[n_continued..] {
                // One stop is told for each thread, and the first of them that goes on takes the others along, to their end maybe.
                let _ = Command::new("kill").args(["-CONT", thread]).output();
            }
            n_continued = threads.len();
            // A thread may be stopped on its way out too; a process that has ended is a zombie until it is waited for.
            let status = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
            status.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
        });
        assert!(child.wait().success());
        said.extend(child.rest());
        assert!(said.iter().any(|line| line == "closed"), "stopped before call {step}: {said:?}");
        check(&data, &mut roots).unwrap_or_else(|problem| panic!("stopped before call {step} of {n_calls}: {problem}"));
        go_on(&data);
        check(&data, &mut roots).unwrap_or_else(|problem| panic!("gone on after {step} of {n_calls}: {problem}"));
    }
    assert!(0 < n_stopped, "nobody was ever stopped");
    keep_line(&format!(
        "- A process that seals, stopped before {n_stopped} of its {n_calls} calls that change a file, and another that records meanwhile: nobody refused, never two roots of one size."
    ));
}

#[test]
fn one_who_publishes_before_it_stores_is_caught() {
    if role().is_some() {
        let data = data();
        let store = SqliteStore::open(&data.join("annals.db"), OpenMode::ReadWriteCreate).unwrap();
        let key: SignerKey = fs::read_to_string(data.join("log.key")).unwrap().trim().parse().unwrap();
        let wish = SealWish { interval: Duration::ZERO, kept: Kept::Hour };
        let _ = store.evidence().unwrap().seal(wish, &mut |origin, head| {
            let note = Checkpoint::new(origin.clone(), head).unwrap().sign(&[&key]).unwrap();
            let latest = data.join("checkpoints").join(store.log_ids().0.to_string()).join("latest");
            fs::write(latest, note.to_string()).unwrap();
            say("published");
            loop {
                std::thread::park();
            }
        });
        unreachable!("the parent kills this process");
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    go_on(&data);
    // One more event, which nobody has sealed.
    let audit =
        Audit::with_settings(&Settings::new(&data).mode(Mode::OneShot).checkpoint_interval(Duration::from_hours(1)))
            .unwrap();
    audit.record(event()).unwrap();
    audit.close().unwrap();
    check(&data, &mut Roots::default()).unwrap();
    let mut child = Child::playing("order::one_who_publishes_before_it_stores_is_caught", "hasty", [("DATA", &data)]);
    assert_eq!(child.next_line(), Line::Text("published".to_owned()));
    child.kill();
    let problem = check(&data, &mut Roots::default()).unwrap_err();
    assert!(problem.contains("outside") && problem.contains("newest in the database"), "{problem}");
}
