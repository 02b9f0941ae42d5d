//! `annals copy`: a log that moves, is interrupted on its way, and is recorded into at its new place.

use std::path::Path;
use std::time::Instant;

use annals_testkit::postgres::{Database, Held};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::bed::{Bed, DEADLINE, Ran, finish, ndjson, spawn};
use crate::hook::{call, silent};

/// What nothing may repeat.
const PASSWORD: &str = "hunter2secret";

/// A place whose log lies in a file, and a database to move it to.
struct Move {
    bed: Bed,
    target: Database,
}

impl Move {
    fn of(n_events: usize) -> Self {
        let bed = Bed::new();
        record(&bed, n_events);
        Self { bed, target: Database::with_vectors() }
    }

    fn url(&self) -> String {
        format!("{}&password={PASSWORD}", self.target.url())
    }

    /// Runs the binary at the new address.
    #[track_caller]
    fn there(&self, arguments: &[&str]) -> Ran {
        let ran = finish(spawn(self.bed.command(arguments).env("ANNALS_DATABASE_URL", self.url())));
        assert!(!ran.out.contains(PASSWORD) && !ran.err.contains(PASSWORD), "{arguments:?}: {ran:?}");
        ran
    }

    #[track_caller]
    fn good(&self, arguments: &[&str]) -> Vec<Value> {
        let ran = self.there(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran.rows()
    }

    /// Copies, and answers the one object of that.
    #[track_caller]
    fn copy(&self) -> Value {
        self.good(&["copy"]).remove(0)
    }

    /// Lets nothing be written to the table of the tree until what is answered is dropped.
    fn hold_tiles(&self) -> Held {
        self.target.sql(
            "CREATE OR REPLACE FUNCTION waits() RETURNS TRIGGER LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$;
            CREATE OR REPLACE TRIGGER waits BEFORE INSERT ON tile FOR EACH STATEMENT EXECUTE FUNCTION waits()",
        );
        self.target.hold("SELECT pg_advisory_xact_lock(7)")
    }

    /// Waits until somebody waits for that.
    #[track_caller]
    fn until_held(&self) {
        let began = Instant::now();
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted";
        while self.target.sql(held).trim() != "1" {
            assert!(began.elapsed() < DEADLINE, "nobody came to the tree");
        }
    }
}

#[track_caller]
fn record(bed: &Bed, n_events: usize) {
    let events = bed.file("events.ndjson", ndjson(n_events));
    bed.good(&["record", "--ndjson", events.to_str().unwrap()]);
}

/// Two entries with what they were, one of them in the trash.
fn remember(bed: &Bed) {
    let entry = |id: &str, deleted: Value| {
        json!({ "entry": {
            "id": id, "type": "note", "source": "ops", "tags": ["nas"], "created": "2026-01-01T00:00:00Z", "updated": "2026-01-02T00:00:00Z",
            "expires": null, "deleted": deleted, "logical_key": null, "language": "en", "credential": "alice",
            "data": { "description": "the backup of the nas" },
            "changes": [{ "at": "2026-01-02T00:00:00Z", "changed": { "description": "a backup" } }],
        } })
        .to_string()
    };
    let lines = [
        json!({ "format": "annals-awareness", "version": 1, "space": "default" }).to_string(),
        entry("11111111-1111-4111-8111-111111111111", Value::Null),
        entry("22222222-2222-4222-8222-222222222222", json!("2026-01-03T00:00:00Z")),
        json!({ "end": { "n_entries": 2 } }).to_string(),
    ];
    let file = bed.file("entries.ndjson", lines.join("\n") + "\n");
    bed.good(&["awareness", "import", file.to_str().unwrap()]);
}

fn exported(ran: &Ran) -> Vec<&str> {
    ran.out.lines().filter(|line| line.contains("\"entry\"")).collect()
}

#[test]
fn a_log_moves_with_all_that_is_known_and_goes_on_under_its_key() {
    let place = Move::of(300);
    remember(&place.bed);
    let checkpoint = place.bed.file("old", place.bed.good(&["checkpoint"]).out);
    let (before, known) = (place.bed.good(&["verify"]).rows().remove(0), place.bed.good(&["awareness", "export"]));
    let key = place.bed.good(&["key", "show"]).rows().remove(0);
    // What an export tells of itself is on record now, and moves too.
    let n_events = place.bed.count();
    let copied = place.copy();
    assert_eq!(
        (&copied["state"], &copied["n_events"], &copied["verdict"], &copied["n_since"]),
        (&"copied".into(), &n_events.into(), &"sound".into(), &0.into()),
        "{copied}"
    );
    assert!(copied["to"].as_str().unwrap().starts_with("postgresql://"), "{copied}");
    let there = place.good(&["verify", "--from-checkpoint", checkpoint.to_str().unwrap()]).remove(0);
    assert_eq!((&there["verdict"], &there["n_events"]), (&"sound".into(), &n_events.into()), "{there}");
    assert_eq!(before["verdict"], "sound");
    assert_eq!(place.good(&["key", "show"]).remove(0), key);
    let moved = place.there(&["awareness", "export"]);
    assert_eq!((exported(&moved).len(), exported(&moved)), (2, exported(&known)));
    // It goes on: the next number, one log, and a checkpoint by the same key that continues the old one.
    let recorded = place.good(&["record", "--type", "tool.invoked", "--wait", "durable"]).remove(0);
    assert_eq!(recorded["seq"], n_events + 1, "after the export's own");
    place.there(&["checkpoint"]);
    let there = place.good(&["verify", "--from-checkpoint", checkpoint.to_str().unwrap()]).remove(0);
    assert_eq!((&there["verdict"], &there["n_events"]), (&"sound".into(), &(n_events + 2).into()), "{there}");
    // The control: the copy is looked at, not merely made.
    place.target.sql("UPDATE event SET resource = 'elsewhere' WHERE seq = 7");
    assert_eq!(place.there(&["verify"]).code, Some(1));
}

#[test]
fn a_copy_that_was_killed_goes_on() {
    let place = Move::of(10);
    place.copy();
    record(&place.bed, 3_000);
    let mut held = place.hold_tiles();
    let mut child = spawn(place.bed.command(&["copy"]).env("ANNALS_DATABASE_URL", place.url()));
    place.until_held();
    child.kill().unwrap();
    child.wait().unwrap();
    held.let_go();
    // Nobody takes it for whole, and what is recorded meanwhile waits.
    place.there(&["count"]).refused(3, &["not copied whole"]);
    assert_eq!(
        place.target.sql("SELECT count(*) FROM event").trim(),
        "3010",
        "the events were there when it was killed"
    );
    let copied = place.copy();
    assert_eq!((&copied["state"], &copied["verdict"]), (&"copied".into(), &"sound".into()), "{copied}");
    assert!(copied["n_rows"].as_u64().unwrap() < 1_000, "what was there was not brought again: {copied}");
    assert_eq!(place.good(&["count"])[0]["count"], 3_010);
    let again = place.copy();
    assert_eq!((&again["state"], &again["n_rows"]), (&"was_there".into(), &0.into()), "{again}");
}

#[test]
fn ctrl_c_ends_it_between_two_lots() {
    let place = Move::of(10);
    place.copy();
    record(&place.bed, 600);
    let mut held = place.hold_tiles();
    let child = spawn(place.bed.command(&["copy"]).env("ANNALS_DATABASE_URL", place.url()));
    place.until_held();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    held.let_go();
    let ran = finish(child);
    assert_eq!((ran.code, &ran.rows()[0]["state"]), (Some(130), &"stopped".into()), "{ran:?}");
    assert!(ran.err.contains("run the same command again"), "{ran:?}");
    assert_eq!(place.copy()["verdict"], "sound");
    assert_eq!(place.good(&["count"])[0]["count"], 610);
}

#[test]
fn a_journal_of_the_old_place_is_delivered_at_the_new_one_once() {
    let place = Move::of(5);
    let journal = place.bed.data().join("journal");
    let leave = || {
        // While somebody else writes, a hook leaves its event in a journal of its own.
        let database = rusqlite::Connection::open(place.bed.data().join("annals.db")).unwrap();
        database.execute_batch("BEGIN EXCLUSIVE").unwrap();
        silent(&place.bed.feed(&["hook", "claude-code"], call(1)[0].clone()));
    };
    leave();
    let kept = place.bed.data().join("kept");
    copy_folder(&journal, &kept);
    assert!(std::fs::read_dir(&kept).unwrap().count() > 0, "a journal was left");
    // It arrives at the old place, and is there again as if its process had been killed before it was freed.
    place.bed.good(&["record", "--type", "tool.invoked", "--wait", "durable"]);
    let n_events = place.bed.count();
    assert_eq!(n_events, 7);
    copy_folder(&kept, &journal);
    place.copy();
    let recorded = place.good(&["record", "--type", "tool.invoked", "--wait", "durable"]).remove(0);
    assert_eq!(recorded["seq"], n_events, "nothing was recorded twice");
    // One that was left for the old place and never arrived there arrives at the new one.
    leave();
    place.good(&["record", "--type", "tool.invoked", "--wait", "durable"]);
    assert_eq!(place.good(&["count"])[0]["count"], n_events + 3);
    assert_eq!(place.good(&["count", "--tool", "Read"])[0]["count"], 2);
    assert_eq!(place.good(&["verify"])[0]["verdict"], "sound");
}

#[test]
fn a_log_moves_back_into_a_file_and_from_file_to_file() {
    let place = Move::of(20);
    place.copy();
    let back = place.bed.data().join("back.db");
    let (from, to) = (place.url(), format!("sqlite:{}", back.display()));
    place.good(&["record", "--type", "tool.invoked", "--wait", "durable"]);
    let copied = place.good(&["copy", "--from", &from, "--to", &to]).remove(0);
    assert_eq!((&copied["n_events"], &copied["verdict"]), (&21.into(), &"sound".into()), "{copied}");
    let folder = place.bed.data().join("other");
    std::fs::create_dir(&folder).unwrap();
    let folder = format!("sqlite:{}", folder.display());
    let copied = place.bed.good(&["copy", "--from", &to, "--to", &folder]).rows().remove(0);
    assert!(copied["to"].as_str().unwrap().ends_with("/other/annals.db"), "{copied}");
    let there = format!("sqlite:{}", copied["to"].as_str().unwrap());
    assert_eq!(place.bed.good(&["count", "--database-url", &there]).rows()[0]["count"], 21);
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let place = Move::of(5);
    let other = Bed::new();
    record(&other, 3);
    let ran = finish(spawn(other.command(&["copy"]).env("ANNALS_DATABASE_URL", place.url())));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let log =
        |bed: &Bed| bed.good(&["checkpoint"]).out.lines().next().unwrap().trim_start_matches("annals/").to_owned();
    let ran = place.there(&["copy"]);
    ran.refused(3, &[&log(&place.bed), &log(&other), "empty database"]);
    assert_eq!(place.target.sql("SELECT count(*) FROM event").trim(), "3");

    let here = format!("sqlite:{}", place.bed.data().display());
    place.bed.run(&["copy"]).refused(2, &["--to", "ANNALS_DATABASE_URL"]);
    place.bed.run(&["copy", "--to", &here]).refused(2, &["both what is copied and where to"]);
    place.bed.run(&["copy", "--to", "mysql://somewhere"]).refused(2, &["`to`", "postgres://"]);
    place.bed.run(&["copy", "--from", "/tmp/annals.db", "--to", &here]).refused(2, &["`from`", "sqlite:PATH"]);
    let nothing = Bed::new();
    let ran = finish(spawn(nothing.command(&["copy"]).env("ANNALS_DATABASE_URL", place.url())));
    ran.refused(3, &["is not there"]);
    assert!(!nothing.data().exists());
}

#[test]
fn a_person_reads_one_sentence() {
    let place = Move::of(5);
    let ran = place.there(&["copy", "--format", "table"]);
    assert_eq!((ran.code, ran.err.as_str(), ran.out.lines().count()), (Some(0), "", 1), "{ran:?}");
    for part in ["5 events", "same root hash", "annals.db", "postgresql://"] {
        assert!(ran.out.contains(part), "{part}: {ran:?}");
    }
    let again = place.there(&["copy", "--format", "table"]);
    assert!(again.out.contains("already"), "{again:?}");
}

/// Copies the files of a folder.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
