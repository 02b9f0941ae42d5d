//! `annals migrate`: tables brought up to date by whoever may make them, so that who may not can record.

use std::fmt::Write as _;

use annals_testkit::postgres::{OWNER, ROLES};
use sha2::{Digest, Sha256};

use crate::bed::{Bed, Ran, ndjson};

/// Who serves, and owns nothing.
const WRITER: &str = ROLES[0];

/// A file with the tables of the format before the newest.
const OLDER_FILE: &str = "DROP TABLE event_text; DROP TABLE event_space; DROP TABLE event_text_mark;
    DELETE FROM migration WHERE version >= 7; PRAGMA user_version = 6";

/// The steps of PostgreSQL's tables but the newest.
const OLDER_STEPS: [(&str, &str); 4] = [
    ("record", include_str!("../../../annals-postgres/migrations/0001-record.sql")),
    ("evidence", include_str!("../../../annals-postgres/migrations/0002-evidence.sql")),
    ("idempotency", include_str!("../../../annals-postgres/migrations/0003-idempotency.sql")),
    ("awareness", include_str!("../../../annals-postgres/migrations/0004-awareness.sql")),
];

/// What operations.md has the owner of the tables grant.
fn grants() -> String {
    const TEXT: &str = include_str!("../../../../docs/operations.md");
    let (_, section) = TEXT.split_once("## Roles in PostgreSQL").unwrap();
    let (_, script) = section.split_once("```sql\nREVOKE").unwrap();
    format!("REVOKE{}", script.split_once("```").unwrap().0)
}

/// What made the tables of the format before the newest.
fn older_tables() -> String {
    let mut script = format!("{};", include_str!("../../../annals-postgres/src/sql/migration-table.sql"));
    for (n, (name, sql)) in OLDER_STEPS.iter().enumerate() {
        let mut checksum = String::new();
        for byte in Sha256::digest(sql) {
            write!(checksum, "{byte:02x}").unwrap();
        }
        write!(script, "{sql};\nINSERT INTO migration VALUES ({}, '{name}', '{checksum}', 0);\n", n + 1).unwrap();
    }
    script
}

/// The one line that it says to a person.
#[track_caller]
fn told(bed: &Bed) -> String {
    let told = bed.good(&["migrate", "--format", "table"]).out;
    assert_eq!(told.lines().count(), 1, "{told}");
    told
}

/// From which format to which it says that it went.
#[track_caller]
fn formats(ran: &Ran) -> (u64, u64) {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let row = &ran.rows()[0];
    assert!(row["origin"].as_str().unwrap().starts_with("annals/"), "{row}");
    (row["from_format"].as_u64().unwrap(), row["format"].as_u64().unwrap())
}

#[test]
fn the_owner_makes_the_tables_and_a_role_that_may_not_records() {
    let owner = Bed::in_postgres();
    let writer = Bed::at(&owner.database().url_as(WRITER));
    let record = ["record", "--type", "tool.invoked", "--wait", "durable", "--set", "audit_async=false"];
    // The control: without the owner's help nothing is recorded.
    for arguments in [&record[..], &["migrate"]] {
        writer.run(arguments).refused(3, &["may not be used like that", "hint:"]);
    }
    let (from, to) = formats(&owner.run(&["migrate", "--json"]));
    assert!(from == 0 && 5 <= to);
    assert!(!owner.data().exists(), "neither a journal nor a key is made");
    owner.database().try_sql_as(OWNER, &grants()).unwrap();
    assert_eq!(writer.good(&record).rows()[0]["seq"], 0);
    assert_eq!(writer.good(&["verify"]).rows()[0]["verdict"], "sound");
    // Whoever may not make tables may find out that there is nothing to make.
    assert_eq!(formats(&writer.run(&["migrate"])), (to, to));
    assert!(told(&owner).contains("is up to date"));
}

#[test]
fn older_tables_of_postgresql_are_brought_up_to_date_by_their_owner_alone() {
    let owner = Bed::in_postgres();
    let writer = Bed::at(&owner.database().url_as(WRITER));
    owner.database().try_sql_as(OWNER, &older_tables()).unwrap();
    owner.run(&["count"]).refused(3, &["older format", "annals migrate"]);
    owner.database().try_sql_as(OWNER, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO annals_writer").unwrap();
    writer.run(&["migrate"]).refused(3, &["may not be used like that"]);
    let line = told(&owner);
    assert!(line.starts_with("postgres") && line.contains("was brought from format 4 to "), "{line}");
    owner.database().try_sql_as(OWNER, &grants()).unwrap();
    writer.good(&["record", "--type", "tool.invoked", "--wait", "durable"]);
    assert_eq!(owner.count(), 1);
}

#[test]
fn an_older_file_is_brought_up_to_date_with_what_is_in_it() {
    let bed = Bed::new();
    let line = told(&bed);
    assert!(line.contains("annals.db has tables of format 7 now, for the log annals/"), "{line}");
    let made: Vec<_> = std::fs::read_dir(bed.data()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(made.iter().all(|name| name.to_str().unwrap().starts_with("annals.db")), "{made:?}");
    let events = bed.file("events.ndjson", ndjson(5));
    bed.good(&["record", "--ndjson", events.to_str().unwrap()]);
    bed.change(OLDER_FILE);
    assert_eq!(formats(&bed.run(&["migrate"])), (6, 7));
    assert_eq!(formats(&bed.run(&["migrate"])), (7, 7));
    assert_eq!(bed.count(), 5);
    assert_eq!(bed.good(&["verify"]).rows()[0]["verdict"], "sound");
}

#[test]
fn what_is_newer_or_elsewhere_is_refused() {
    let [file, database] = Bed::of_each_kind();
    for (bed, newer) in [
        (&file, "PRAGMA user_version = 4711"),
        (&database, "INSERT INTO migration SELECT max(version) + 1, 'newer', 'of tomorrow', 0 FROM migration"),
    ] {
        bed.good(&["migrate"]);
        bed.change(newer);
        let refused = bed.run(&["migrate"]);
        refused.refused(3, &["this Annals knows formats up to", "hint: use the newer Annals"]);
        let recorded = bed.run(&["record", "--type", "tool.invoked", "--set", "audit_async=false"]);
        assert_eq!((recorded.code, &recorded.err), (refused.code, &refused.err), "as opening says it");
    }
    let elsewhere = Bed::new();
    let ran = crate::bed::finish(crate::bed::spawn(
        elsewhere.command(&["migrate"]).env("ANNALS_SERVER", "http://127.0.0.1:1"),
    ));
    ran.refused(2, &["`http://127.0.0.1:1`", "keeps this trail"]);
    assert!(!elsewhere.data().exists());
}
