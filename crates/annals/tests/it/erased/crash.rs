//! `kill -9` at every step of an erasure: the log is sound, and the next erasure finishes it.
//!
//! A child erases under `strace`, which kills it at the n-th system call that writes, for one n after another until it comes to its end. Some of them here, every one with `ANNALS_FULL=1`.

use std::process::Command;

use annals_testkit::{Child, Line, keep_line, role, rounds, say};

use super::*;

const TEST: &str = "erased::crash::an_erasure_that_was_killed_is_finished_by_the_next";

fn erase_and_say(data: &Path) {
    let audit = Audit::with_settings(&settings(data)).unwrap();
    say("begins");
    let erased = erase(&audit, &of_gone());
    assert_eq!(erased.pending, []);
    say("done");
}

/// Copies a data directory that nobody uses.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Kills a child at its n-th call that writes; whether it came to its end before.
fn kill_at(n: usize, data: &Path) -> bool {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64,fdatasync,fsync,ftruncate,unlink,rename"]);
    command.args(["-e", &format!("inject=pwrite64,fdatasync,fsync,ftruncate,unlink,rename:signal=KILL:when={n}")]);
    command.arg(std::env::current_exe().unwrap());
    let mut child = Child::playing_by(command, TEST, "eraser", [("DATA", data)]);
    let mut last = String::new();
    while let Line::Text(line) = child.next_line() {
        last = line;
    }
    child.wait();
    last == "done"
}

#[test]
fn an_erasure_that_was_killed_is_finished_by_the_next() {
    if role().is_some() {
        erase_and_say(&PathBuf::from(std::env::var("DATA").unwrap()));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let prepared = folder.path().join("prepared");
    let audit = Audit::with_settings(&settings(&prepared)).unwrap();
    fill(&audit, 0, 5);
    audit.wait_for_checkpoint();
    audit.close().unwrap();
    bury(&prepared.join("annals.db"), 0, GONE);
    // An ordinary run takes bigger strides; it comes by declaration, checkpoint, emptying and rebuilding all the same.
    let stride = rounds(13, 1);
    let (mut n, mut n_killed, mut n_left, mut is_done) = (1, 0, 0, false);
    while !is_done {
        let data = folder.path().join(format!("killed at {n}"));
        copy(&prepared, &data);
        is_done = kill_at(n, &data);
        n_killed += usize::from(!is_done);
        check_sound(&data);
        let audit = Audit::with_settings(&settings(&data)).unwrap();
        // Somebody else's erasure finishes the rows, which it does not know anything about…
        let other = erase(&audit, &Erasure::of_user("nobody at all", REASON).unwrap());
        assert_eq!(other.n_events, 0);
        n_left += usize::from(other.n_finished > 0);
        check_sound(&data);
        // (dead letters too, whose bytes are gone then)
        if audit.count(&annals::Filter::new().event_type("audit.erased")).unwrap() > 0 {
            check_gone(&data, GONE.as_bytes());
        }
        // … and the same one again all of it.
        assert_eq!(erase(&audit, &of_gone()).pending, []);
        check_gone(&data, GONE.as_bytes());
        check_sound(&data);
        audit.close().unwrap();
        fs::remove_dir_all(&data).unwrap();
        n += stride;
    }
    assert!(n_killed > 3, "only {n_killed} were killed");
    keep_line(&format!(
        "- Killed an erasure at {n_killed} of its calls that write, {n_left} of them between declaration and emptying: `verify` sound, and finished by the next."
    ));
}
