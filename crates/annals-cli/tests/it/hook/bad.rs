//! Everything that can be wrong. Nothing is printed, the exit code is 0, and where a note can be left it is.

use std::process::{Command, Stdio};

use annals_testkit::SmallDisk;

use super::{call, payload, recorded, silent};
use crate::bed::{Bed, Ran, finish, spawn};

/// Runs the command with a payload on its standard input.
fn fed(command: &mut Command) -> Ran {
    let [before, _] = call(1);
    let mut child = spawn(command.stdin(Stdio::piped()));
    // A child may end early.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), before.as_bytes());
    finish(child)
}

/// What health says of lost events: how many, and why the last one.
fn lost(bed: &Bed) -> (Option<u64>, String) {
    // There is a log, so that health has something to answer about.
    bed.good(&["record", "--type", "session.notified"]);
    let rows = bed.good(&["health", "--json"]).rows();
    (rows[0]["lost_hook_events"].as_u64(), rows[0]["missing"].as_str().unwrap().to_owned())
}

#[test]
fn bad_words_lose_the_event_and_leave_a_note() {
    let bed = Bed::new();
    let cases: [(&[&str], &str); 6] = [
        (&["hook"], "is no client"),
        (&["hook", "cursor"], "`cursor` is no client"),
        (&["hook", "claude-code", "--loud"], "`--loud`"),
        (&["hook", "claude-code", "extra"], "more than one"),
        (&["hook", "claude-code", "--set", "audit_batch_max=0"], "audit_batch_max"),
        (&["hook", "claude-code", "--set"], "no value"),
    ];
    for (n, (words, reason)) in (1..).zip(cases) {
        silent(&fed(&mut bed.command(words)));
        let (n_lost, why) = lost(&bed);
        assert_eq!(n_lost, Some(n), "{words:?}");
        assert!(why.contains(reason), "{words:?}: {why}");
        let closed: Vec<&str> =
            words.iter().copied().take(1).chain(["--fail-closed"]).chain(words[1..].iter().copied()).collect();
        // The same, but for the client's sake; on a bed of its own, so that the count above stays what it is.
        fed(&mut Bed::new().command(&closed)).refused(2, &["not recorded", reason]);
    }
}

#[test]
fn bad_settings_lose_the_event_and_leave_a_note() {
    for (name, value) in [
        ("ANNALS_SERVER", "annals.example.org"),
        ("ANNALS_CAPTURE", "everything"),
        ("ANNALS_AUDIT_TYPO", "1"),
        ("ANNALS_DATABASE_URL", "mysql://me:hunter2@db/annals"),
    ] {
        let bed = Bed::new();
        silent(&fed(bed.command(&["hook", "claude-code"]).env(name, value)));
        let (n_lost, reason) = lost(&bed);
        assert_eq!(n_lost, Some(1), "{name}");
        let shown = if name == "ANNALS_AUDIT_TYPO" { "TYPO" } else { name };
        assert!(reason.contains(shown) && !reason.contains("hunter2"), "{reason}");
    }
    let bed = Bed::new();
    std::fs::create_dir(bed.data()).unwrap();
    std::fs::write(bed.data().join("annals.toml"), "audit_batch_max = \n").unwrap();
    silent(&fed(&mut bed.command(&["hook", "claude-code"])));
    std::fs::remove_file(bed.data().join("annals.toml")).unwrap();
    assert!(lost(&bed).1.contains("annals.toml"));
    // A setting that is in order is no reason, nor to be told.
    let bed = Bed::new();
    silent(&fed(bed.command(&["hook", "claude-code"]).env("ANNALS_RETENTION_MIN", "3d")));
    assert_eq!((recorded(&bed).len(), lost(&bed).0), (1, None));
}

#[test]
fn what_can_not_even_be_noted_is_silent_too() {
    let bed = Bed::new();
    let nowhere = bed.file("a-file", "");
    for data in [nowhere.join("trail"), "/proc/annals/trail".into(), "/nowhere/at/all".into()] {
        silent(&fed(bed.command(&["hook", "claude-code"]).env("ANNALS_DATA", &data)));
        let ran = fed(bed.command(&["hook", "claude-code", "--fail-closed"]).env("ANNALS_DATA", &data));
        ran.refused(2, &["not recorded"]);
    }
    let mut homeless = bed.command(&["hook", "claude-code"]);
    silent(&fed(homeless.env_remove("HOME").env_remove("ANNALS_DATA")));
    // Standard streams that are closed, as by a client that does not care.
    let script = format!("exec {} hook claude-code <&- >&- 2>&-", env!("CARGO_BIN_EXE_annals"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env_clear().env("ANNALS_DATA", bed.data()).env("HOME", bed.data());
    silent(&finish(spawn(&mut shell)));
    assert_eq!(recorded(&bed).len(), 1, "that there was nothing is recorded");
}

/// A limit on the size of files is told by a signal that ends the process, unless that is said otherwise.
#[cfg(unix)]
#[test]
fn a_limit_on_the_size_of_files_is_silent_too() {
    for n_blocks in [0, 1, 8, 64, 200] {
        let bed = Bed::new();
        let script = format!("ulimit -f {n_blocks}; exec {} hook claude-code", env!("CARGO_BIN_EXE_annals"));
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).env_clear().env("ANNALS_DATA", bed.data()).env("HOME", bed.data());
        silent(&fed(&mut shell));
        // Without the limit, what was left is drained and nothing is twice.
        silent(&fed(&mut bed.command(&["hook", "claude-code", "--fail-closed"])));
        assert!((1..=2).contains(&recorded(&bed).len()), "{n_blocks}");
    }
}

#[test]
fn a_database_that_nobody_can_use_leaves_the_event_for_later() {
    let bed = Bed::new();
    std::fs::create_dir(bed.data()).unwrap();
    std::fs::write(bed.data().join("annals.db"), "this is no database, and longer than a header of one has to be")
        .unwrap();
    silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], payload("Stop", &serde_json::json!({}))));
    std::fs::remove_file(bed.data().join("annals.db")).unwrap();
    silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], payload("SessionEnd", &serde_json::json!({}))));
    assert_eq!(recorded(&bed).len(), 2);
}

#[test]
fn a_full_disk_loses_the_event_and_blocks_only_where_asked_to() {
    SmallDisk::run("hook::bad::a_full_disk_loses_the_event_and_blocks_only_where_asked_to", 4 << 20, |disk| {
        let bed = Bed::new();
        let data = disk.path().join("trail");
        let hook = |words: &[&str]| fed(bed.command(words).env("ANNALS_DATA", &data));
        silent(&hook(&["hook", "claude-code"]));
        let filling = disk.fill();
        silent(&hook(&["hook", "claude-code"]));
        hook(&["hook", "claude-code", "--fail-closed"]).refused(2, &["not recorded"]);
        drop(filling);
        silent(&hook(&["hook", "claude-code", "--fail-closed"]));
        let ran = finish(spawn(bed.command(&["count"]).env("ANNALS_DATA", &data)));
        assert_eq!(ran.rows()[0]["count"], 2, "what was not recorded is not there, and what was is: {ran:?}");
    });
}
