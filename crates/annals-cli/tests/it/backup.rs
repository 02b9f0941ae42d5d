//! A backup is whole and sound or not there, whatever others record meanwhile and whoever dies; and it leads back to a log that is sound.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use annals::verify::{Options, Report, verify};
use annals_testkit::SmallDisk;
use serde_json::Value;

use crate::bed::{Bed, DEADLINE, finish, ndjson, spawn};

#[track_caller]
fn verified(database: &Path) -> Report {
    let report = verify(database, &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(report.verdict(), None, "{:?}", report.findings);
    report
}

fn beside(bed: &Bed, name: &str) -> PathBuf {
    bed.data().parent().unwrap().join(name)
}

/// The names in a folder that begin like this.
fn names(folder: &Path, start: &str) -> Vec<String> {
    let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    all.filter(|name| name.starts_with(start)).collect()
}

/// A thousand events are recorded for each word of the sender's, so that the log doesn't outgrow its backups; when that is dropped, the process ends.
fn load(bed: &Bed) -> (Sender<()>, thread::JoinHandle<()>) {
    let mut child = spawn(bed.command(&["record", "--ndjson", "-"]).stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    let (more, words) = channel();
    let writer = thread::spawn(move || {
        for () in words {
            (0..10).for_each(|_| stdin.write_all(ndjson(100).as_bytes()).unwrap());
        }
        drop(stdin);
        let ran = finish(child);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    });
    (more, writer)
}

#[test]
fn what_is_taken_under_load_is_restored_and_sound() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "plan_applied"]);
    let (more, writer) = load(&bed);
    let n_rounds = if std::env::var_os("ANNALS_FULL").is_some() { 50 } else { 3 };
    let mut backups = Vec::new();
    for round in 0..n_rounds {
        more.send(()).unwrap();
        let path = beside(&bed, &format!("{round}.bak"));
        let row = bed.good(&["backup", path.to_str().unwrap()]).rows().remove(0);
        assert!(row["sealed_size"].as_u64() <= row["n_events"].as_u64() && row["sealed_size"] != 0, "{row}");
        backups.push((path, row["n_events"].as_u64().unwrap()));
    }
    drop(more);
    writer.join().unwrap();
    verified(&bed.data().join("annals.db"));
    for (path, n_events) in backups {
        let other = Bed::new();
        let row = other.good(&["restore", path.to_str().unwrap()]).rows().remove(0);
        assert_eq!(row["n_events"], n_events);
        assert_ne!(row["origin"], row["old_origin"]);
        other.good(&["record", "--type", "plan_applied"]);
        let report = verified(&other.data().join("annals.db"));
        assert_eq!((report.n_events, row["origin"].as_str()), (n_events + 2, Some(report.origin.as_str())));
        let began = other.good(&["query", "--type", "audit.continued"]).rows();
        assert_eq!((began.len(), &began[0]["seq"]), (1, &Value::from(n_events)));
        assert_eq!(
            (&began[0]["details"]["origin"], &began[0]["details"]["reason"]),
            (&row["old_origin"], &"restored".into())
        );
    }
}

#[test]
fn what_was_there_is_put_aside_and_said() {
    let bed = Bed::new();
    assert_eq!(bed.feed(&["record", "--ndjson"], ndjson(300)).code, Some(0));
    let path = beside(&bed, "log.bak");
    let file = path.to_str().unwrap();
    bed.good(&["backup", file]);
    bed.run(&["backup", file]).refused(2, &["log.bak", "is there already"]);
    bed.good(&["record", "--type", "plan_applied"]);
    bed.run(&["restore", file]).refused(2, &["annals.db", "--replace"]);
    assert_eq!(bed.count(), 301);

    let row = bed.good(&["restore", file, "--replace"]).rows().remove(0);
    let aside = Path::new(row["aside"].as_str().unwrap());
    assert_eq!(bed.count(), 301, "one event less, and the one that says so");
    let report = verified(&bed.data().join("annals.db"));
    assert_eq!(report.n_events, 301);
    assert_eq!(verify(aside, &Options::default().without_published(), &mut |_| {}).unwrap().n_events, 301);
    bed.good(&["record", "--type", "plan_applied"]);
    verified(&bed.data().join("annals.db"));
    assert!(names(&bed.data(), "annals.db.").iter().all(|name| name.starts_with("annals.db.replaced-")));
}

#[test]
fn nothing_is_put_aside_under_a_process_that_records() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "plan_applied"]);
    let path = beside(&bed, "log.bak");
    bed.good(&["backup", path.to_str().unwrap()]);
    let (more, writer) = load(&bed);
    more.send(()).unwrap();
    let deadline = Instant::now() + DEADLINE;
    while bed.count() < 2 {
        assert!(Instant::now() < deadline, "nothing is recorded");
    }
    bed.run(&["restore", path.to_str().unwrap(), "--replace"]).refused(3, &["records into this database", "hint:"]);
    drop(more);
    writer.join().unwrap();
    let report = verified(&bed.data().join("annals.db"));
    assert!(2 < report.n_events, "{report:?}");
    assert!(names(&bed.data(), "annals.db.").is_empty(), "{:?}", names(&bed.data(), "annals.db."));
    assert_eq!(names(&bed.data(), "log.key"), ["log.key"], "no key is left of what did not happen");
}

#[test]
fn a_backup_that_somebody_changed_is_not_restored() {
    let bed = Bed::new();
    assert_eq!(bed.feed(&["record", "--ndjson"], ndjson(300)).code, Some(0));
    let path = beside(&bed, "log.bak");
    bed.good(&["backup", path.to_str().unwrap()]);
    let connection = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(connection.execute("UPDATE event SET duration_ms = 7 WHERE seq = 123", []).unwrap(), 1);
    drop(connection);
    let other = Bed::new();
    other.run(&["restore", path.to_str().unwrap()]).refused(3, &["log.bak", "not sound", "edited"]);
    assert!(!other.data().join("annals.db").exists());
    bed.run(&["restore", path.to_str().unwrap(), "--replace"]).refused(3, &["edited"]);
    assert_eq!(bed.count(), 300);
    verified(&bed.data().join("annals.db"));
}

#[test]
fn nothing_half_has_the_name_when_it_is_killed() {
    let bed = Bed::new();
    assert_eq!(bed.feed(&["record", "--ndjson"], ndjson(3_000)).code, Some(0));
    let n_rounds = if std::env::var_os("ANNALS_FULL").is_some() { 300 } else { 12 };
    let mut n_unfinished = 0;
    for round in 0..n_rounds {
        let name = format!("{round}.bak");
        let path = beside(&bed, &name);
        let mut child = spawn(&mut bed.command(&["backup", path.to_str().unwrap()]));
        // Something of it is there: now it is copying, verifying, or done.
        let deadline = Instant::now() + DEADLINE;
        let mut n_looks = 0;
        while n_looks < round * 40 && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the backup hangs");
            n_looks += usize::from(!names(path.parent().unwrap(), &name).is_empty());
        }
        child.kill().unwrap();
        finish(child);
        if path.exists() {
            assert_eq!(verified(&path).n_events, 3_000);
        } else {
            n_unfinished += 1;
        }
    }
    assert!(0 < n_unfinished, "none was killed before its end, so that this shows nothing");
    let path = beside(&bed, "last.bak");
    bed.good(&["backup", path.to_str().unwrap()]);
    verified(&path);
}

#[test]
fn a_full_disk_leaves_nothing_of_a_backup() {
    SmallDisk::run("backup::a_full_disk_leaves_nothing_of_a_backup", 8 << 20, |disk| {
        let bed = Bed::new();
        assert_eq!(bed.feed(&["record", "--ndjson"], ndjson(3_000)).code, Some(0));
        let path = disk.path().join("log.bak");
        let filling = disk.fill();
        let ran = bed.run(&["backup", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert_eq!(names(disk.path(), "log.bak"), [] as [&str; 0]);
        drop(filling);
        bed.good(&["backup", path.to_str().unwrap()]);
        verified(&path);
        verified(&bed.data().join("annals.db"));
    });
}

#[test]
fn a_file_that_is_no_backup_is_told_as_what_it_is() {
    let bed = Bed::new();
    assert_eq!(bed.feed(&["record", "--ndjson"], ndjson(3)).code, Some(0));
    let folder = bed.data().join("nowhere").join("b.db");
    let refused = bed.run(&["backup", folder.to_str().unwrap()]);
    refused.refused(3, &["nowhere` is not there", "name another file"]);
    assert!(!refused.err.contains("--data"), "{refused:?}");
    let empty = bed.file("empty.db", "");
    bed.run(&["restore", empty.to_str().unwrap(), "--replace"]).refused(3, &["empty.db` is empty", "annals backup"]);
    bed.run(&["restore", "nothing.db", "--replace"]).refused(3, &["nothing.db` is not there", "annals backup"]);
    assert_eq!(bed.count(), 3);
}
