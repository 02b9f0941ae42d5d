//! Erasing while others are at work: what can't go yet is said, and goes with the same command later.

use annals::store::Filter;
use annals_testkit::{Child, SmallDisk, keep_line, role, rounds, say, until};

use super::*;

const READER: &str = "erased::load::what_a_reader_elsewhere_keeps_is_pending";
const JOURNAL: &str = "erased::load::what_a_journal_of_a_running_process_keeps_is_pending";
const ALL: &str = "erased::load::erasing_under_load_is_clean_or_says_pending";

/// Holds one state of the database until it is killed.
fn read_for_ever(data: &Path) -> ! {
    let connection = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    let n: i64 = connection.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    say(format!("reading {n}"));
    wait_for_the_end()
}

/// Records events of `GONE` through a journal, which still holds them when they are durable, until it is killed.
fn record_and_stay(data: &Path) -> ! {
    let audit = Audit::open(data).unwrap();
    for n in 0..50 {
        audit.record(marked(GONE, GONE, n)).unwrap();
    }
    audit.flush().unwrap();
    say("recorded");
    wait_for_the_end()
}

/// Records events of `GONE` faster than the database takes them, so that the journal is at its limit, until it is killed.
fn record_without_end(data: &Path) -> ! {
    let settings = Settings::new(data).journal_bytes(0).record_timeout(Some(Duration::from_millis(1)));
    let audit = Audit::with_settings(&settings).unwrap();
    let (mut n, mut is_full) = (0, false);
    loop {
        match audit.record(marked(GONE, GONE, n)) {
            Ok(_) => n += 1,
            Err(error) => {
                assert!(error.is_retryable(), "{error}");
                if !is_full {
                    say("full");
                }
                is_full = true;
            }
        }
    }
}

/// Records these rounds, a third of `GONE`. Most have markers only where copies stay behind, in the indexes, so that a hundred thousand of them take no hour.
fn fill_far(audit: &Audit, n_rounds: usize) {
    for n in 0..n_rounds {
        for k in 0..3 {
            let (marker, user) = if k == 0 { (GONE, GONE) } else { (STAYS, "grace") };
            let id = format!("{marker}-{}", scattered(n * 3 + k));
            let event = match n % 20 {
                0 => marked(marker, user, n * 3 + k),
                _ => Event::new("tool.invoked").user(user).tool(&id).text(Column::CorrelationId, &id).session(&id),
            };
            audit.record(event).unwrap();
        }
    }
}

fn wait_for_the_end() -> ! {
    loop {
        std::thread::park();
    }
}

fn play(role: &str) -> ! {
    let data = PathBuf::from(std::env::var("DATA").unwrap());
    match role {
        "reader" => read_for_ever(&data),
        "flood" => record_without_end(&data),
        _ => record_and_stay(&data),
    }
}

fn start(test: &str, role: &str, data: &Path) -> Child {
    let mut child = Child::playing(test, role, [("DATA", data)]);
    child.line();
    child
}

#[test]
fn what_a_reader_elsewhere_keeps_is_pending() {
    if let Some(role) = role() {
        play(&role);
    }
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    fill(&audit, 0, 20);
    let mut reader = start(READER, "reader", folder.path());
    let erased = erase(&audit, &of_gone());
    assert_eq!((erased.n_events, erased.pending.as_slice()), (40, &[PendingBytes::Reader][..]));
    assert_eq!(
        audit.count(&Filter::new().equals(Column::UserIdentity, GONE)).unwrap(),
        0,
        "the rows are empty all the same"
    );
    check_sound(folder.path());
    reader.kill();
    let again = erase(&audit, &of_gone());
    assert_eq!((again.n_events, again.pending.as_slice()), (0, &[][..]));
    check_gone(folder.path(), GONE.as_bytes());
    check_sound(folder.path());
}

#[test]
fn what_a_journal_of_a_running_process_keeps_is_pending() {
    if let Some(role) = role() {
        play(&role);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = start(JOURNAL, "recorder", folder.path());
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    let erased = erase(&audit, &of_gone());
    assert_eq!(erased.n_events, 50);
    let [PendingBytes::LiveJournal { n_events: 50, producer }] = erased.pending.as_slice() else {
        panic!("{:?}", erased.pending)
    };
    let left = found(folder.path(), GONE.as_bytes());
    let name = producer.to_string();
    assert!(left.keys().all(|path| path.to_string_lossy().contains(&name)), "only that journal: {left:?}");
    recorder.kill();
    // Its process is gone, so its journal is drained and removed.
    assert_eq!(erase(&audit, &of_gone()).pending, []);
    check_gone(folder.path(), GONE.as_bytes());
    check_sound(folder.path());
}

#[test]
fn erasing_under_load_is_clean_or_says_pending() {
    if let Some(role) = role() {
        play(&role);
    }
    let n_rows = rounds(1_000, 100_000);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_path_buf();
    // Through a journal, which is faster; it is gone when the service is closed.
    let filling = Audit::open(&data).unwrap();
    fill_far(&filling, n_rows);
    filling.close().unwrap();
    index(&data);
    bury(&data.join("annals.db"), 0, GONE);
    let mut flood = start(ALL, "flood", &data);
    let mut reader = start(ALL, "reader", &data);
    let audit = Audit::with_settings(&settings(&data)).unwrap();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let verifier = {
        let (data, done) = (data.clone(), Arc::clone(&done));
        std::thread::spawn(move || {
            let mut n_verified = 0;
            while !done.load(std::sync::atomic::Ordering::SeqCst) || n_verified == 0 {
                check_sound(&data);
                n_verified += 1;
            }
        })
    };
    let began = std::time::Instant::now();
    let erased = erase(&audit, &of_gone());
    let took = began.elapsed();
    done.store(true, std::sync::atomic::Ordering::SeqCst);
    // One that has just begun reads the whole log.
    until("the verifier has ended", 15 * annals_testkit::PATIENCE, || verifier.is_finished());
    verifier.join().unwrap();
    assert!(erased.n_events > n_rows as u64, "{erased:?}");
    assert_eq!(erased.n_dead_letters, 1);
    assert!(erased.pending.contains(&PendingBytes::Reader), "{:?}", erased.pending);
    assert!(erased.pending.iter().any(|left| matches!(left, PendingBytes::LiveJournal { .. })), "{:?}", erased.pending);
    check_sound(&data);
    reader.kill();
    flood.kill();
    // What the journal held is recorded now, and goes.
    assert_eq!(erase(&audit, &of_gone()).pending, []);
    let again = erase(&audit, &of_gone());
    assert_eq!((again.n_events, again.pending.as_slice()), (0, &[][..]));
    check_gone(&data, GONE.as_bytes());
    check_sound(&data);
    keep_line(&format!(
        "- Erased {n_rows} scattered rows of {} under load in {:.1} s: every file searched clean once reader and journal were gone, `verify` sound during and after.",
        3 * n_rows,
        took.as_secs_f64()
    ));
}

#[test]
fn a_full_disk_keeps_bytes_and_says_so() {
    SmallDisk::run("erased::load::a_full_disk_keeps_bytes_and_says_so", 24 << 20, |disk| {
        let (mut n_failed, mut n_pending, mut n_clean) = (0, 0, 0);
        // Room for nothing, for some of the steps, for all of them.
        for n_free in [0, 64 << 10, 256 << 10, 512 << 10, 1 << 20, 2 << 20, 8 << 20] {
            let data = disk.path().join("trail");
            let audit = Audit::with_settings(&settings(&data)).unwrap();
            fill(&audit, 0, 50);
            audit.wait_for_checkpoint();
            audit.close().unwrap();
            let audit = Audit::with_settings(&settings(&data)).unwrap();
            audit.plan_erasure(&of_gone()).unwrap();
            let room = disk.path().join("room");
            fs::write(&room, vec![0x55; n_free]).unwrap();
            let filling = disk.fill();
            fs::remove_file(room).unwrap();
            // Whatever fails for want of room, nothing is lost, and nothing is said to be gone that is not.
            match audit.erase(&of_gone(), &mut |_| {}) {
                Ok(erased) if erased.pending.is_empty() => {
                    n_clean += 1;
                    check_gone(&data, GONE.as_bytes());
                }
                Ok(erased) => {
                    n_pending += 1;
                    assert!(erased.pending.iter().any(|left| matches!(left, PendingBytes::NoRoom(_))), "{erased:?}");
                }
                Err(error) => {
                    n_failed += 1;
                    assert_eq!(error.kind(), annals::ErrorKind::StorageFull, "{error}");
                }
            }
            drop(filling);
            check_sound(&data);
            assert_eq!(erase(&audit, &of_gone()).pending, []);
            check_gone(&data, GONE.as_bytes());
            check_sound(&data);
            audit.close().unwrap();
            fs::remove_dir_all(&data).unwrap();
        }
        assert!(
            n_failed > 0 && n_pending > 0 && n_clean > 0,
            "failed {n_failed}, pending {n_pending}, clean {n_clean}"
        );
    });
}
