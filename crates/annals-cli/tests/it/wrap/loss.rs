//! When the log can't be had: the server runs on, and what is lost is said.

use annals_testkit::SmallDisk;

use super::*;

/// Two calls through a server, which answers them whatever the log does.
#[track_caller]
fn works(bed: &Bed, options: &[&str]) -> String {
    let mut running = start(bed, Way::Wrapped, options, ANSWERS);
    for id in 1..3 {
        assert_eq!(running.call(id)["id"], id);
    }
    let (status, out, err) = running.finished();
    assert!(status.success() && out.is_empty());
    err
}

#[test]
fn a_log_that_can_not_be_had_costs_a_line_and_nothing_else() {
    let bed = Bed::new();
    assert_eq!(works(&bed, &[]), "");
    for (options, part) in [
        (&["--set", "capture=everything"][..], "`capture`"),
        (&["--data", "/nowhere/of/all"], "/nowhere/of/all"),
        (&["--database-url", "mysql://x"], "database_url"),
    ] {
        let err = works(&bed, options);
        assert!(err.starts_with("annals: nothing is recorded: ") && err.contains(part), "{err}");
        assert_eq!(err.lines().count(), 1);
    }
    // A database that is none, and one of a later version.
    let rows = trail(&bed).len();
    let log = bed.data().join("annals.db");
    let other = rusqlite::Connection::open(&log).unwrap();
    let version: i64 = other.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    other.execute_batch(&format!("PRAGMA user_version = {}", version + 1_000)).unwrap();
    drop(other);
    let err = works(&bed, &[]);
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(err.starts_with("annals: nothing is recorded: "), "{err}");
    let other = rusqlite::Connection::open(&log).unwrap();
    other.execute_batch(&format!("PRAGMA user_version = {version}")).unwrap();
    drop(other);
    assert!(rows <= trail(&bed).len());
}

#[test]
fn a_database_that_somebody_holds_delays_neither_calls_nor_the_end() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "plan_applied"]);
    let other = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(works(&bed, &[]), "");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(brief(&trail(&bed)).len(), 6);
}

#[test]
fn on_a_full_disk_calls_go_on_and_a_gap_is_declared() {
    SmallDisk::run("wrap::loss::on_a_full_disk_calls_go_on_and_a_gap_is_declared", 4 << 20, |disk| {
        let bed = Bed::new();
        let data = disk.path().join("trail");
        let data = data.to_str().unwrap();
        let small = ["--data", data, "--set", "audit_journal_bytes=256KiB"];
        let mut running = start(&bed, Way::Wrapped, &small, ANSWERS);
        running.call(1);
        let rows = |arguments: &[&str]| bed.good(&[arguments, &["--data", data]].concat()).rows();
        let began = Instant::now();
        while bed.run(&["count", "--data", data]).rows().first().is_none_or(|row| row["count"].as_u64() < Some(3)) {
            assert!(began.elapsed() < DEADLINE);
        }
        let filling = disk.fill();
        // More than the journal holds in the space that it has reserved.
        for id in 2..1_500 {
            assert_eq!(running.call(id)["id"], id);
        }
        drop(filling);
        let (status, _, err) = running.finished();
        assert!(status.success() && err.is_empty(), "{err}");
        bed.good(&["record", "--type", "plan_applied", "--data", data]);
        let gaps = rows(&["query", "--type", "audit.gap", "--limit", "1000"]);
        assert!(!gaps.is_empty());
        let n_shed: u64 = gaps.iter().filter_map(|gap| gap["details"]["count"].as_u64()).sum();
        let n_kept = rows(&["count"])[0]["count"].as_u64().unwrap();
        assert!(n_kept < 3_000, "{n_kept} events found room, {n_shed} did not");
    });
}
