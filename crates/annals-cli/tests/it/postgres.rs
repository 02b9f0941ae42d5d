//! The binary over PostgreSQL, chosen by `ANNALS_DATABASE_URL` alone: every command does there what it does over a file, or says what to do instead.
//!
//! The database is a real one, of its own for each test. The password is one that the server does not ask for, so that no run may say it.

use annals_testkit::postgres::{Database, OWNER};
use serde_json::Value;

use crate::bed::{Bed, Ran, finish, lines, ndjson, spawn};

/// What nothing may repeat.
const PASSWORD: &str = "hunter2secret";

/// A bed whose log is in PostgreSQL.
struct Place(Bed);

impl Place {
    fn new() -> Self {
        Self(Bed::in_postgres())
    }

    /// The database's address, with a password in it.
    fn url(&self) -> String {
        format!("{}&password={PASSWORD}", self.0.database().url())
    }

    /// Runs the binary, which must not say the password.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_at(&self.url(), arguments)
    }

    #[track_caller]
    fn run_at(&self, url: &str, arguments: &[&str]) -> Ran {
        let ran = finish(spawn(self.0.command(arguments).env("ANNALS_DATABASE_URL", url)));
        assert!(!ran.out.contains(PASSWORD) && !ran.err.contains(PASSWORD), "{arguments:?}: {ran:?}");
        ran
    }

    #[track_caller]
    fn good(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran
    }

    /// The one object that a command answers.
    #[track_caller]
    fn answer(&self, arguments: &[&str]) -> Value {
        self.good(arguments).rows().remove(0)
    }

    /// A bed with so many events on record.
    fn recorded(n_events: usize) -> Self {
        let place = Self::new();
        let events = place.0.file("events.ndjson", ndjson(n_events));
        place.good(&["record", "--ndjson", events.to_str().unwrap()]);
        place
    }
}

#[test]
fn what_is_durable_is_found_and_verified_and_what_the_owner_changes_is_noticed() {
    let place = Place::recorded(20);
    let recorded = place.answer(&["record", "--type", "tool.invoked", "--tool", "Bash", "--wait", "durable"]);
    assert_eq!(recorded["seq"], 20);
    assert_eq!(place.answer(&["count"])["count"], 21);
    assert_eq!(place.good(&["query", "--tool", "Bash"]).rows()[0]["id"], recorded["id"]);
    let sound = place.answer(&["verify"]);
    assert_eq!(
        (&sound["verdict"], &sound["n_events"], &sound["sealed_size"]),
        (&"sound".into(), &21.into(), &21.into())
    );
    // Nothing but keys, checkpoints and journals is beside it.
    assert!(place.0.data().join("log.key").is_file() && !place.0.data().join("annals.db").exists());
    // Whoever has the address alone can look, too, and knows nothing of what was published.
    let elsewhere = Bed::new();
    let ran = elsewhere.good(&["verify", place.0.database().url()]);
    assert_eq!((&ran.rows()[0]["verdict"], &ran.rows()[0]["n_checked"]), (&"sound".into(), &21.into()));
    assert!(!elsewhere.data().exists(), "a look makes nothing");

    place.0.database().sql("UPDATE event SET resource = 'elsewhere' WHERE seq = 7");
    for ran in [place.run(&["verify"]), elsewhere.run(&["verify", place.0.database().url()])] {
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let report = &ran.rows()[0];
        assert_eq!(
            (&report["verdict"], &report["findings"][0]["first_seq"]),
            (&"edited".into(), &7.into()),
            "{report}"
        );
    }
    // The control: with the event as it was there is nothing to notice.
    place.0.database().sql("UPDATE event SET resource = 'file-7' WHERE seq = 7");
    assert_eq!(place.answer(&["verify"])["verdict"], "sound");
    // And rows that were cut off are missed by what was published, whoever cut the tree as well.
    place.0.database().sql("DELETE FROM event WHERE 15 <= seq");
    let ran = place.run(&["verify"]);
    assert_eq!((ran.code, &ran.rows()[0]["verdict"]), (Some(1), &"truncated".into()), "{ran:?}");
}

#[test]
fn every_command_that_reads_answers() {
    let place = Place::recorded(5);
    let sessions = place.0.file(
        "session.ndjson",
        "{\"event_type\":\"tool.invoked\",\"tool\":\"Read\",\"session_id\":\"s1\",\"user_identity\":\"ada\"}\n",
    );
    place.good(&["record", "--ndjson", sessions.to_str().unwrap()]);
    assert_eq!(place.good(&["query", "--user", "ada"]).rows().len(), 1);
    assert_eq!(place.answer(&["sessions"])["session_id"], "s1");
    assert_eq!(place.good(&["show", "s1"]).rows()[0]["tool"], "Read");
    assert_eq!(place.answer(&["stats"])["n_events"], 6);
    let id = place.good(&["query", "--limit", "1"]).rows()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(place.answer(&["get", &id])["seq"], 5);
    let proof = place.0.file("proof", place.good(&["prove", &id]).out);
    place.good(&["verify-proof", proof.to_str().unwrap()]);
    assert!(place.good(&["checkpoint"]).out.starts_with("annals/"));
    assert_eq!(place.answer(&["key", "show"])["private_key"], "here");
    let bundle = place.0.data().join("bundle");
    place.good(&["export", "--bundle", bundle.to_str().unwrap()]);
    assert_eq!(place.good(&["export"]).out.lines().count(), 6);
    let health = place.answer(&["health"]);
    assert_eq!((&health["state"], &health["durable_seq"]), (&"ok".into(), &5.into()), "{health}");
    let config = place.good(&["config"]).out;
    assert!(
        config.contains("postgresql:///") && config.contains("user=annals") && !config.contains("password"),
        "{config}"
    );
}

#[test]
fn a_list_of_parameters_is_an_address_as_a_url_is() {
    let place = Place::recorded(3);
    let list = |database: &Database| {
        let socket = database.socket().display();
        format!("host={socket} password='{PASSWORD} host=nowhere' dbname={} user={OWNER}", database.name())
    };
    let here = list(place.0.database());
    let run = |arguments: &[&str]| {
        let ran = place.run_at(&here, arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran
    };
    assert_eq!(run(&["count"]).rows()[0]["count"], 3);
    let recorded = run(&["record", "--type", "tool.invoked", "--wait", "durable"]);
    assert_eq!(recorded.rows()[0]["seq"], 3);
    let value = run(&["config"]).rows().into_iter().find(|row| row["name"] == "database_url").unwrap();
    let shown = here.replace(&format!("password='{PASSWORD} host=nowhere' "), "");
    assert_eq!(value["value"], shown);
    // To copy into as well; what is shown of it has no password either.
    let (bed, target) = (Bed::new(), Database::with_vectors());
    bed.good(&["record", "--type", "tool.invoked"]);
    let copied = bed.good(&["copy", "--to", &list(&target)]);
    assert!(!copied.out.contains(PASSWORD) && !copied.err.contains(PASSWORD), "{copied:?}");
    assert_eq!(place.run_at(&list(&target), &["count"]).rows()[0]["count"], 1);
    // A file of such a name is a file.
    let run = place.run_at("sqlite:host=nowhere", &["count"]);
    run.refused(3, &["host=nowhere"]);
}

#[test]
fn a_tail_follows() {
    let place = Place::recorded(1);
    let arguments = ["tail", "--limit", "2"];
    let mut child = spawn(place.0.command(&arguments).env("ANNALS_DATABASE_URL", place.url()));
    let told = lines(child.stdout.take().unwrap());
    // It begins where the log ends; what comes before it looked is none of its.
    let tools = std::iter::repeat_with(|| {
        place.good(&["record", "--type", "tool.invoked", "--tool", "Followed"]);
        told.recv_timeout(std::time::Duration::from_millis(200)).ok()
    });
    let first: Value = serde_json::from_str(&tools.take(100).flatten().next().unwrap()).unwrap();
    assert_eq!(first["tool"], "Followed");
    place.good(&["record", "--type", "tool.invoked", "--tool", "Followed"]);
    assert_eq!(finish(child).code, Some(0));
}

#[test]
fn what_is_to_go_goes_and_the_log_stays_sound() {
    let place = Place::recorded(3);
    let events = "{\"event_type\":\"tool.invoked\",\"user_identity\":\"ada@example.org\"}\n".repeat(4);
    let events = place.0.file("ada.ndjson", events);
    place.good(&["record", "--ndjson", events.to_str().unwrap()]);
    let erased = place.answer(&["erase", "--user", "ada@example.org", "--reason", "asked", "--yes"]);
    assert_eq!((&erased["done"], &erased["pending"]), (&4.into(), &Value::Array(Vec::new())));
    assert_eq!(place.good(&["query", "--user", "ada@example.org"]).out, "");
    assert_eq!(place.0.database().sql("SELECT count(*) FROM event WHERE event::text LIKE '%ada@example%'"), "0");
    let pruned = place.answer(&["prune", "--before", "2100-01-01", "--reason", "old", "--yes"]);
    assert_eq!(pruned["done"], 3, "{pruned}");
    assert_eq!(place.answer(&["verify"])["verdict"], "sound");
}

#[test]
fn what_agents_know_goes_out_and_comes_in() {
    let place = Place::new();
    let notes = place.0.file(
        "notes.ndjson",
        "{\"entry\":{\"id\":\"3b241101-e2bb-4255-8caf-4136c566a901\",\"type\":\"note\",\"source\":\"s\",\"tags\":[\"a\"],\"created\":\"2026-01-01T00:00:00.000001Z\",\"updated\":null,\"expires\":null,\"deleted\":null,\"logical_key\":null,\"language\":null,\"credential\":\"alice\",\"data\":{\"description\":\"the second shelf\"},\"changes\":[]}}\n",
    );
    let exported = place.0.file("export.ndjson", {
        let head = "{\"format\":\"annals-awareness\",\"version\":1,\"space\":\"default\"}\n";
        let end = "{\"end\":{\"n_entries\":1}}\n";
        format!("{head}{}{end}", std::fs::read_to_string(notes).unwrap())
    });
    assert_eq!(place.answer(&["awareness", "import", exported.to_str().unwrap()])["created"], 1);
    assert_eq!(place.answer(&["awareness", "import", exported.to_str().unwrap()])["unchanged"], 1);
    let file = Bed::new();
    file.good(&["awareness", "import", exported.to_str().unwrap()]);
    assert_eq!(place.good(&["awareness", "export"]).out, file.good(&["awareness", "export"]).out);
    assert_eq!(place.answer(&["verify"])["verdict"], "sound");
}

#[test]
fn what_only_a_file_allows_is_refused_and_says_what_to_do_instead() {
    let place = Place::recorded(1);
    let target = place.0.data().join("copy.db");
    let target = target.to_str().unwrap();
    for arguments in [&["backup", target][..], &["restore", target], &["restore", target, "--replace"]] {
        place.run(arguments).refused(2, &["PostgreSQL", "`pg_dump`", "`pg_restore`", "annals verify"]);
    }
    assert!(!place.0.data().join("copy.db").exists());
}

#[test]
fn what_can_not_be_opened_is_told_without_the_password() {
    let place = Place::new();
    let (empty, secret) = (place.url(), format!("password={PASSWORD}"));
    let no_server = format!("postgres://ann:{PASSWORD}@127.0.0.1:1/annals");
    let no_database = empty.replace("/test_", "/no_test_");
    let no_role = empty.replace("user=annals", "user=nobody");
    for (url, code, parts) in [
        (&empty, 3, &["holds no log", "hint:"][..]),
        (&no_server, 3, &["`127.0.0.1:1`", "Connection refused", "hint:"]),
        (&format!("host=127.0.0.1 port=1 user=ann {secret} dbname=annals"), 3, &["`127.0.0.1:1`", "refused"]),
        (&format!("host=127.0.0.1 port=x user=ann {secret}"), 2, &["`database_url`", "`port`"]),
        (&no_database, 3, &["is not there", "createdb"]),
        (&no_role, 3, &["role \"nobody\" does not exist", "28000", "hint:"]),
        (&format!("postgres:{secret}"), 2, &["`ANNALS_DATABASE_URL`", "postgres://USER@HOST/DATABASE"]),
        (&format!("postgres://ann:{PASSWORD}@h:port/d"), 2, &["`database_url`", "hint:"]),
        (&format!("postgres://ann:{PASSWORD}@h@h/d"), 2, &["`database_url`", "%40"]),
    ] {
        for arguments in [&["count"][..], &["verify"], &["query", "--since", "today"]] {
            place.run_at(url, arguments).refused(code, parts);
        }
        let health = place.run_at(url, &["health"]);
        assert_ne!(health.code, Some(0), "{health:?}");
        if code == 3 {
            let recorded =
                place.run_at(&no_server, &["record", "--type", "tool.invoked", "--set", "audit_async=false"]);
            assert_eq!(recorded.code, Some(3), "{recorded:?}");
        }
    }
}
