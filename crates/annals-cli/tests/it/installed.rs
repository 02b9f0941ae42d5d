//! `annals awareness import postgres://…`: an installation of the original comes over whole, once, however often it is imported.

use annals_testkit::postgres::Database;
use serde_json::Value;

use crate::bed::{Bed, Ran};

/// Its tables with their row security, and what two users and the system know, in SQL alone.
const INSTALLATION: &str = include_str!("installed/installation.sql");

/// So many entries it has, and so many preferences that its users set without one.
const N_ENTRIES: u64 = 16;
const N_SETTINGS: u64 = 2;

fn installation() -> Database {
    let database = Database::empty();
    database.sql(INSTALLATION);
    database
}

fn import(bed: &Bed, from: &Database, more: &[&str]) -> Ran {
    bed.run(&[&["awareness", "import", from.url()], more].concat())
}

/// Imports, and answers the numbers in the order created, updated, unchanged, newer, refused.
#[track_caller]
fn counts(bed: &Bed, from: &Database, more: &[&str]) -> [u64; 5] {
    let ran = import(bed, from, more);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let row = ran.rows().remove(0);
    assert_eq!(row["bad_lines"], 0, "{row}");
    ["created", "updated", "unchanged", "newer", "refused"].map(|name| row[name].as_u64().unwrap())
}

/// The entries of a space as an export has them, by what describes them.
#[track_caller]
fn exported(bed: &Bed, space: &str) -> Vec<Value> {
    let rows = bed.good(&["awareness", "export", "--space", space]).rows();
    rows.into_iter().filter_map(|mut row| row.get_mut("entry").map(Value::take)).collect()
}

fn of<'e>(entries: &'e [Value], id: &str) -> &'e Value {
    entries
        .iter()
        .find(|entry| entry["id"].as_str().unwrap().starts_with(id))
        .unwrap_or_else(|| panic!("{id} is missing"))
}

#[test]
fn an_installation_comes_over_whole_and_once() {
    for bed in Bed::of_each_kind() {
        let from = installation();
        let before = from.sql("SELECT md5(string_agg(e::TEXT, ',' ORDER BY id)) FROM entries AS e");
        assert_eq!(counts(&bed, &from, &["--dry-run"]), [N_ENTRIES + N_SETTINGS, 0, 0, 0, 0]);
        assert_eq!(bed.count(), 0, "a dry run changes nothing");
        assert_eq!(counts(&bed, &from, &[]), [N_ENTRIES + N_SETTINGS, 0, 0, 0, 0]);

        let alice = exported(&bed, "alice");
        assert_eq!(alice.len() as u64, 13 + N_SETTINGS);
        let mut types: Vec<&str> = alice.iter().map(|entry| entry["type"].as_str().unwrap()).collect();
        types.sort_unstable();
        types.dedup();
        assert_eq!(types.len(), 10, "all ten types: {types:?}");
        let note = of(&alice, "00000000");
        assert_eq!(
            (&note["source"], &note["logical_key"], &note["language"]),
            (&"ops".into(), &"backup".into(), &"en".into())
        );
        assert_eq!(note["tags"], serde_json::json!(["nas", "ops"]));
        assert_eq!(
            (&note["created"], &note["updated"]),
            (&"2026-01-01T10:00:00.000123000Z".into(), &"2026-01-03T10:00:00.000000000Z".into())
        );
        assert_eq!(
            note["data"],
            serde_json::json!({
                "description": "the backup of the größe", "content": "weekly", "content_type": "text/plain", "learned_from": "conversation",
                "related_ids": ["11111111-1111-4111-8111-111111111111"],
            })
        );
        let was: Vec<_> =
            note["changes"].as_array().unwrap().iter().map(|change| &change["changed"]["description"]).collect();
        assert_eq!(was, ["a backup", "the backup"]);
        let trashed = of(&alice, "22222222");
        assert_eq!(
            (&trashed["deleted"], &trashed["expires"]),
            (&"2026-02-01T00:00:00.000000000Z".into(), &"2026-06-01T00:00:00.000000000Z".into())
        );
        assert!(trashed["data"].get("_original_expires").is_none());
        assert_eq!(of(&alice, "33333333")["expires"], "2025-01-01T00:00:00.000000000Z", "what is expired comes too");
        assert_eq!(of(&alice, "44444444")["data"]["metrics"]["cpu"], 0.5);
        let zone: Vec<_> = alice.iter().filter(|entry| entry["data"]["key"] == "timezone").collect();
        assert_eq!((zone.len(), &zone[0]["data"]["value"]), (1, &"Europe/Berlin".into()));
        assert_eq!(exported(&bed, "bob").len(), 2);
        assert_eq!(of(&exported(&bed, "_system"), "aaaaaaaa")["type"], "schema");

        assert_eq!(counts(&bed, &from, &[]), [0, 0, N_ENTRIES + N_SETTINGS, 0, 0], "no doubles");
        assert_eq!(exported(&bed, "alice"), alice);
        assert_eq!(bed.good(&["verify"]).rows()[0]["verdict"], "sound");
        assert_eq!(
            from.sql("SELECT md5(string_agg(e::TEXT, ',' ORDER BY id)) FROM entries AS e"),
            before,
            "it is only read"
        );
    }
}

#[test]
fn what_went_on_there_follows_and_what_is_newer_here_stays() {
    for bed in Bed::of_each_kind() {
        let from = installation();
        counts(&bed, &from, &[]);
        from.sql(
            "UPDATE entries SET updated = '2026-03-01T00:00:00Z', data = jsonb_set(data, '{description}', '\"newest\"') || jsonb_build_object('changelog',
                data->'changelog' || '[{\"updated\": \"2026-03-01T00:00:00+00:00\", \"changed\": {\"description\": \"the backup of the größe\"}}]')
            WHERE id LIKE '00000000%';
            INSERT INTO entries (id, owner_id, type, source, created, tags, data)
            VALUES ('99999999-9999-4999-8999-999999999999', 'carol', 'note', 's', now(), '[]', '{\"description\": \"of one who is no user\"}');
            INSERT INTO users (id) VALUES ('carol');
            -- A status is another entry each time it is reported.
            UPDATE entries SET id = '4444aaaa-4444-4444-8444-444444444444', created = '2026-03-01T00:00:00Z' WHERE id LIKE '44444444%'",
        );
        assert_eq!(counts(&bed, &from, &[]), [1, 2, N_ENTRIES + N_SETTINGS - 2, 0, 0]);
        let alice = exported(&bed, "alice");
        let note = of(&alice, "00000000");
        assert_eq!((&note["data"]["description"], note["changes"].as_array().unwrap().len()), (&"newest".into(), 3));
        assert_eq!(alice.iter().filter(|entry| entry["type"] == "status").count(), 1);
        from.sql("UPDATE entries SET updated = NULL, data = data - 'changelog' WHERE id LIKE '00000000%'");
        assert_eq!(counts(&bed, &from, &[])[3], 1, "an older one is not brought back");
        assert_eq!(of(&exported(&bed, "alice"), "00000000"), note);
    }
}

#[test]
fn one_owner_comes_into_a_space_of_another_name() {
    let (bed, from) = (Bed::new(), installation());
    let both = import(&bed, &from, &["--space", "team"]);
    both.refused(2, &["`alice`", "`bob`", "--owner"]);
    import(&bed, &from, &["--owner", "mallory"]).refused(2, &["mallory", "`bob`"]);
    assert!(!bed.data().exists(), "nothing was made");
    assert_eq!(counts(&bed, &from, &["--owner", "bob", "--space", "team"])[0], 2);
    assert_eq!(exported(&bed, "team").len(), 2);
    let told = import(&bed, &from, &["--format", "table"]);
    assert!(told.out.starts_with("3 spaces: 18 created"), "{told:?}");
    for part in ["3 readings and 1 actions", "row security"] {
        assert!(told.err.contains(part), "{part}: {told:?}");
    }
}

#[test]
fn what_is_no_installation_is_refused_by_name() {
    let (bed, other) = (Bed::in_postgres(), Database::empty());
    import(&bed, &other, &[]).refused(2, &["mcp-awareness", "entries.id"]);
    bed.good(&["record", "--type", "tool.invoked", "--wait", "durable"]);
    let ours = bed.run(&["awareness", "import", bed.database().url()]);
    ours.refused(2, &["annals copy"]);
    let old = installation();
    old.sql("ALTER TABLE entries DROP COLUMN language CASCADE");
    import(&bed, &old, &[]).refused(2, &["`entries.language`", "mcp-awareness-migrate"]);
    let wrong = bed.run(&["awareness", "import", "postgres://annals@localhost:1/none?password=hunter2secret"]);
    assert_eq!(wrong.code, Some(3), "{wrong:?}");
    assert!(!wrong.err.contains("hunter2secret"), "{wrong:?}");
    bed.run(&["awareness", "import", "entries.ndjson", "--owner", "bob"]).refused(2, &["--owner"]);
}

#[test]
fn a_row_that_makes_no_sense_is_told_and_the_rest_comes() {
    let (bed, from) = (Bed::new(), installation());
    from.sql("UPDATE entries SET type = 'thought' WHERE id LIKE 'bbbbbbbb%'");
    let ran = import(&bed, &from, &[]);
    assert_eq!(
        (ran.code, &ran.rows()[0]["bad_lines"], &ran.rows()[0]["created"]),
        (Some(1), &1.into(), &17.into()),
        "{ran:?}"
    );
    assert!(ran.err.contains("bbbbbbbb") && ran.err.contains("`type`"), "{ran:?}");
}
