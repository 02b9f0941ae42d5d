//! A file system that really runs full. It is mounted in a namespace of its own, for which `unshare` and `mount` (both
//! of util-linux) and either root or user namespaces are needed; without them these tests fail and say so.

use std::{fs, path::Path, process::Command, time::Duration};

use annals_journal::{Config, ErrorKind, Found, Journal, Target, Wait, adopt};

const TARGET: Target = Target { address: [1; 32], log: None };
const INSIDE: &str = "ANNALS_JOURNAL_SMALL_DISK";

/// Runs this test again inside a mount namespace with a file system of 1 MiB, and hands that one's directory to `body`.
fn on_a_small_disk(test: &str, body: impl FnOnce(&Path)) {
    if let Some(dir) = std::env::var_os(INSIDE) {
        return body(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c"])
        .arg("mount -t tmpfs -o size=1m none \"$1\" && exec \"$2\" --exact \"$3\" --nocapture")
        .arg("sh")
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(INSIDE, dir.path())
        .output()
        .expect("`unshare` is needed: install util-linux");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "failed inside, or no namespace could be made:\n{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "the test did not run inside:\n{stdout}\n{stderr}");
}

/// Takes all the space there is.
fn fill_up(dir: &Path) {
    let mut n_bytes = 1 << 20;
    let mut filler = Vec::new();
    while n_bytes > 0 {
        filler.resize(filler.len() + n_bytes, 0);
        if fs::write(dir.join("filler"), &filler).is_err() {
            filler.truncate(filler.len() - n_bytes);
            n_bytes /= 2;
        }
    }
    // A write that failed half way has shortened the file, or filled it: both leave no room for a page.
    let _ = fs::write(dir.join("filler"), &filler);
    let mut rest = 0;
    while fs::write(dir.join(format!("rest-{rest}")), [0; 4096]).is_ok() {
        rest += 1;
    }
}

#[test]
fn a_disk_that_is_full_at_the_beginning_is_said_so() {
    on_a_small_disk("full_disk::a_disk_that_is_full_at_the_beginning_is_said_so", |dir| {
        let journal = dir.join("journal");
        let error = Journal::create(Config::new(&journal, TARGET, 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(error.to_string().contains(journal.to_str().unwrap()), "{error}");
        assert_eq!(fs::read_dir(&journal).unwrap().count(), 0, "nothing is left behind");
    });
}

#[test]
fn a_disk_that_runs_full_stops_nothing_that_was_reserved() {
    on_a_small_disk("full_disk::a_disk_that_runs_full_stops_nothing_that_was_reserved", |dir| {
        let small = Config { max_bytes: 100_000, ..Config::new(dir.join("journal"), TARGET, 1) };
        let journal = Journal::create(small).unwrap();
        assert!(journal.stats().is_reserved);
        fill_up(dir);
        assert!(fs::write(dir.join("control"), [0; 4096]).is_err(), "the disk is not full");
        for _ in 0..100 {
            journal.append(&[7; 900], &Wait::default()).unwrap();
        }
        // What is durable is given back, but there is no space for a second segment: full, and no error of its own.
        journal.free(50, 0);
        journal.append(&[7; 900], &Wait::default()).unwrap();
        let patience = Wait { no_progress: Some(Duration::from_millis(300)) };
        let last = (0..20).find_map(|_| journal.append(&[7; 900], &patience).err());
        assert_eq!(last.map(|error| error.kind()), Some(ErrorKind::Full));
        let accepted = journal.next_pseq();

        // Once everything is durable, its own space is used again, even though the disk is still full.
        journal.free(accepted, 0);
        for _ in 0..100 {
            journal.append(&[8; 900], &patience).unwrap();
        }
        // And with space on the disk it goes on as before.
        fs::remove_file(dir.join("filler")).unwrap();
        journal.free(accepted + 100, 0);
        for _ in 0..100 {
            journal.append(&[9; 900], &patience).unwrap();
        }
        drop(journal);
        let mut orphan = adopt(&dir.join("journal"), 1).unwrap().next_orphan(&|_| true).unwrap().unwrap();
        let mut next = None;
        for found in orphan.read() {
            let Ok(Found::Record { pseq, .. }) = found else { panic!("{found:?}") };
            assert!(next.is_none_or(|next| next == pseq));
            next = Some(pseq + 1);
        }
        assert_eq!(next, Some(accepted + 200));
    });
}
