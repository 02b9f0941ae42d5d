//! Exports and imports over real logs: what goes out comes in as it was, however often.

use std::io;

use annals::{Audit, Caller, verify};
use annals_awareness::transfer::{Broken, Exported, Import, Run, Sink, Tally, export};
use serde_json::{Value, json};

use crate::desk::Desk;

/// Lines in memory.
#[derive(Default)]
struct Lines(Vec<String>);

impl Sink for Lines {
    fn restart(&mut self) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.0.push(line.to_owned());
        Ok(())
    }

    fn progress(&mut self, _n_done: u64, _n_all: u64) {}
}

fn caller(space: &str) -> Caller {
    Caller::new(space, "operator").expect("names")
}

fn exported(audit: &Audit, space: &str) -> Vec<String> {
    told(audit, space).1
}

fn told(audit: &Audit, space: &str) -> (Exported, Vec<String>) {
    let mut lines = Lines::default();
    let exported = export(audit, &caller(space), &mut lines).expect("an export");
    (exported, lines.0)
}

/// What an import came to, and what it said of lines.
fn imported(audit: &Audit, space: &str, run: Run, lines: &[String]) -> (Tally, Vec<(u64, String)>) {
    let caller = caller(space);
    let mut import = Import::new(audit, &caller, run);
    for (number, line) in (1..).zip(lines) {
        import.line(number, line.as_bytes()).expect("a line is taken");
    }
    import.end().expect("the rest is brought");
    let tally = import.tally();
    (tally, import.told())
}

/// Imports into a log after a rehearsal, which must come to the same and change nothing.
fn rehearsed_and_imported(audit: &Audit, space: &str, lines: &[String]) -> (Tally, Vec<(u64, String)>) {
    let before = exported(audit, space);
    let counted = imported(audit, space, Run::Rehearse, lines);
    assert_eq!(exported(audit, space), before, "a rehearsal changes nothing");
    let done = imported(audit, space, Run::CarryOut, lines);
    assert_eq!(counted, done, "a rehearsal counts what the import does");
    done
}

/// A space with every type, history, trash, an expired entry, and texts that want to be something else.
fn full_space(desk: &Desk) {
    let schema = json!({ "source": "s", "tags": [], "description": "d", "family": "f", "version": "1", "schema": { "type": "object", "properties": { "n": { "type": "number", "minimum": 0.1 } } } });
    let hostile = "\u{1b}[31m\u{202e}\u{0}<script>alert(1)</script>'; DROP TABLE entry;--\u{feff}\u{10ffff}é\n\"\\";
    for (tool, arguments) in [
        ("register_schema", schema),
        (
            "create_record",
            json!({ "source": "s", "tags": ["r"], "description": "one", "logical_key": "k", "schema_ref": "f", "schema_version": "1", "content": { "n": 0.1, "deep": [[[{ "a": [1e300, -0.0, 5e-324, 18_446_744_073_709_551_615_u64, i64::MIN] }]]] } }),
        ),
        ("report_status", json!({ "source": "nas", "tags": ["x"], "metrics": { "load": 0.300_000_000_000_000_04 } })),
        (
            "report_alert",
            json!({ "source": "nas", "tags": [], "alert_id": "a-1", "level": "critical", "alert_type": "threshold", "message": hostile }),
        ),
        (
            "learn_pattern",
            json!({ "source": "nas", "tags": [], "description": "p", "effect": "quiet", "conditions": { "day_of_week": "Monday" } }),
        ),
        ("suppress_alert", json!({ "source": "nas", "reason": hostile })),
        ("add_context", json!({ "source": hostile, "tags": [hostile, ""], "description": hostile })),
        ("set_preference", json!({ "key": "k", "value": hostile })),
        ("remind", json!({ "goal": "buy milk", "source": "s", "tags": [], "deliver_at": "2020-01-01T00:00:00Z" })),
        (
            "remember",
            json!({ "source": "s", "tags": ["b", "a"], "description": "notes", "content": hostile, "logical_key": hostile }),
        ),
        (
            "remember",
            json!({ "source": "s", "tags": ["b"], "description": "the notes", "content": "anders", "logical_key": hostile }),
        ),
        ("remember", json!({ "source": "s", "tags": ["c"], "description": "the notes again", "logical_key": hostile })),
        ("get_briefing", json!({})),
    ] {
        desk.done(tool, arguments);
    }
    let gone =
        desk.done("remember", json!({ "source": "s", "tags": [], "description": "gone", "logical_key": "again" }));
    desk.done("delete_entry", json!({ "entry_id": gone["id"] }));
    let anew = desk.done("remember", json!({ "source": "s", "tags": [], "description": "anew", "logical_key": "again", "related_ids": [gone["id"]] }));
    desk.done("update_entry", json!({ "entry_id": anew["id"], "content": "more", "language": "de" }));
}

fn note(id: u8, key: Option<&str>, description: &str) -> Value {
    json!({ "entry": {
        "id": format!("3b241101-e2bb-4255-8caf-4136c566a9{id:02x}"), "type": "note", "source": "s", "tags": [],
        "created": "2026-01-01T00:00:00.000001Z", "updated": null, "expires": null, "deleted": null,
        "logical_key": key, "language": null, "credential": "alice", "data": { "description": description }, "changes": [],
    } })
}

fn file(entries: &[Value]) -> Vec<String> {
    let head = json!({ "format": "annals-awareness", "version": 1, "space": "team" });
    let end = json!({ "end": { "n_entries": entries.len() } });
    [&head].into_iter().chain(entries).chain([&end]).map(Value::to_string).collect()
}

fn whole(audit: &Audit) {
    let report = audit.verify(&verify::Options::default(), &mut |_| {}).expect("a verification");
    assert_eq!(report.n_findings, 0, "{:?}", report.findings);
}

/// Between databases of two kinds there is no difference but one: PostgreSQL keeps no zero byte in a column, and says so of each entry that has one.
#[test]
fn a_space_moves_to_postgresql_but_for_what_that_can_not_hold() {
    let (from, to) = (Desk::new(), Desk::in_postgres());
    full_space(&from);
    let (exported, lines) = told(from.service.audit(), "team");
    let n_zeros = lines.iter().filter(|line| has_zero_in_a_column(line)).count() as u64;
    let (tally, said) = rehearsed_and_imported(to.service.audit(), "team", &lines);
    assert_eq!((tally.n_created, tally.n_refused), (exported.n_entries - n_zeros, n_zeros));
    assert_eq!((said.len() as u64, 0 < n_zeros), (n_zeros, true));
    assert!(said.iter().all(|(_, said)| said.contains("has a zero byte")), "{said:?}");
    let (_, moved) = told(to.service.audit(), "team");
    let kept: Vec<_> = lines[1..lines.len() - 1].iter().filter(|line| !has_zero_in_a_column(line)).collect();
    assert_eq!(moved[1..moved.len() - 1].iter().collect::<Vec<_>>(), kept, "byte for byte");
    whole(to.service.audit());
}

/// Whether an entry has a zero byte outside of what it says.
fn has_zero_in_a_column(line: &str) -> bool {
    let mut line: Value = serde_json::from_str(line).expect("JSON");
    let entry = line["entry"].as_object_mut();
    entry.is_some_and(|entry| {
        entry.retain(|name, _| !matches!(name.as_str(), "data" | "changes"));
        Value::Object(entry.clone()).to_string().contains("\\u0000")
    })
}

#[test]
fn a_space_goes_out_and_comes_in_as_it_was() {
    let (from, to) = (Desk::new(), Desk::new());
    full_space(&from);
    let (exported_first, lines) = told(from.service.audit(), "team");
    assert_eq!(exported_first.n_entries + 2, lines.len() as u64);
    let (tally, said) = rehearsed_and_imported(to.service.audit(), "team", &lines);
    assert_eq!((tally.n_created, tally.is_whole(), said), (exported_first.n_entries, true, vec![]));
    assert_eq!(told(to.service.audit(), "team"), (exported_first.clone(), lines.clone()), "byte for byte");
    // Credentials are those of who wrote, the events name who imported.
    assert!(lines[1..lines.len() - 1].iter().all(|line| line.contains("\"credential\":\"alice\"")));
    let events = to.events("resource.modified");
    assert!(!events.is_empty() && events.iter().all(|event| event.credential.as_deref() == Some("operator")));
    // A second time changes nothing, and writes no event.
    let (again, _) = rehearsed_and_imported(to.service.audit(), "team", &lines);
    assert_eq!((again.n_unchanged, again.n_entries()), (exported_first.n_entries, exported_first.n_entries));
    assert_eq!(to.events("resource.modified").len(), events.len());
    // What came in is found, and the log holds it.
    let found = to.done("search", json!({ "query": "anders" }));
    assert_eq!(found["entries"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(to.done("search", json!({ "query": "milk" }))["entries"].as_array().map(Vec::len), Some(1));
    whole(to.service.audit());
}

#[test]
fn an_export_is_on_record_and_is_no_reading() {
    let desk = Desk::new();
    let made = desk.done("remember", json!({ "source": "s", "tags": [], "description": "d" }));
    let (exported, _) = told(desk.service.audit(), "team");
    let event = desk
        .events("context.query_executed")
        .into_iter()
        .find(|event| event.get(annals::Column::Tool) == Some("awareness_export"));
    let details: Value =
        serde_json::from_str(event.and_then(|event| event.details).expect("details").as_str()).expect("JSON");
    assert_eq!((&details["sha256"], &details["n_entries"]), (&exported.sha256.into(), &1.into()));
    let reads = desk.done("get_reads", json!({ "entry_id": made["id"] }));
    assert_eq!(reads["entries"], json!([]));
}

#[test]
fn another_space_is_neither_exported_nor_touched() {
    let desk = Desk::new();
    full_space(&desk);
    let team = exported(desk.service.audit(), "team");
    assert_eq!(exported(desk.service.audit(), "other").len(), 2, "a head and an end");
    // Brought into another space it is a copy, and the one and the other go their own ways.
    let (tally, said) = rehearsed_and_imported(desk.service.audit(), "other", &team);
    assert_eq!((tally.n_created, tally.n_refused), (team.len() as u64 - 2, 0), "{said:?}");
    let copy = exported(desk.service.audit(), "other");
    assert_eq!(copy[1..], team[1..], "all but the head, which names the space");
    desk.done("delete_entry", json!({ "source": "nas", "confirm": true }));
    assert_eq!(exported(desk.service.audit(), "other"), copy);
    assert_ne!(exported(desk.service.audit(), "team"), team);
    whole(desk.service.audit());
}

#[test]
fn the_longer_history_wins_and_two_histories_are_not_joined() {
    let (one, two) = (Desk::new(), Desk::new());
    let id =
        one.done("remember", json!({ "source": "s", "tags": [], "description": "first", "logical_key": "k" }))["id"]
            .clone();
    let first = exported(one.service.audit(), "team");
    imported(two.service.audit(), "team", Run::CarryOut, &first);
    for text in ["second", "third"] {
        one.done("update_entry", json!({ "entry_id": id, "description": text }));
    }
    let third = exported(one.service.audit(), "team");
    // The copy catches up, and an old file leaves what is newer.
    let (tally, _) = rehearsed_and_imported(two.service.audit(), "team", &third);
    assert_eq!((tally.n_updated, tally.n_entries()), (1, 1));
    assert_eq!(exported(two.service.audit(), "team"), third);
    let (tally, _) = rehearsed_and_imported(two.service.audit(), "team", &first);
    assert_eq!((tally.n_newer, tally.n_entries()), (1, 1));
    // Both go on: neither is thrown away.
    one.done("update_entry", json!({ "entry_id": id, "description": "here" }));
    two.done("update_entry", json!({ "entry_id": id, "description": "there" }));
    let before = exported(two.service.audit(), "team");
    let (tally, said) = rehearsed_and_imported(two.service.audit(), "team", &exported(one.service.audit(), "team"));
    assert_eq!((tally.n_refused, tally.is_whole()), (1, false));
    assert!(said[0].0 == 2 && said[0].1.contains("changed here and there"), "{said:?}");
    assert_eq!(exported(two.service.audit(), "team"), before);
    // Trash goes along as well.
    one.done("delete_entry", json!({ "entry_id": id }));
    let three = Desk::new();
    imported(three.service.audit(), "team", Run::CarryOut, &third);
    let (tally, _) = rehearsed_and_imported(three.service.audit(), "team", &exported(one.service.audit(), "team"));
    assert_eq!(tally.n_updated, 1);
    assert_eq!(three.done("get_deleted", json!({}))["entries"].as_array().map(Vec::len), Some(1));
    whole(two.service.audit());
    whole(three.service.audit());
}

#[test]
fn a_key_that_is_taken_is_refused_and_one_that_was_let_go_is_not() {
    let desk = Desk::new();
    let mine = desk.done("remember", json!({ "source": "s", "tags": [], "description": "mine", "logical_key": "k" }));
    let (tally, said) = rehearsed_and_imported(
        desk.service.audit(),
        "team",
        &file(&[note(1, Some("k"), "theirs"), note(2, None, "free")]),
    );
    assert_eq!((tally.n_created, tally.n_refused), (1, 1));
    assert!(said[0].0 == 2 && said[0].1.contains(mine["id"].as_str().expect("an id")), "{said:?}");
    // In one file, and in batches of which a rehearsal undoes each: an entry goes to the trash, and another gets its key.
    let other = Desk::new();
    let id =
        other.done("remember", json!({ "source": "s", "tags": [], "description": "old", "logical_key": "k" }))["id"]
            .clone();
    let old = exported(other.service.audit(), "team");
    other.done("delete_entry", json!({ "entry_id": id }));
    let mut lines = exported(other.service.audit(), "team");
    lines.pop();
    let mut all: Vec<Value> = (0..250_u32)
        .map(|n| {
            let mut note = note(0, None, "filler");
            note["entry"]["id"] = format!("3b241101-e2bb-4255-8caf-{n:012x}").into();
            note
        })
        .collect();
    all.push(note(0xff, Some("k"), "new"));
    lines.extend(all.iter().map(Value::to_string));
    lines.push(json!({ "end": { "n_entries": 252 } }).to_string());
    let there = Desk::new();
    imported(there.service.audit(), "team", Run::CarryOut, &old);
    let (tally, said) = rehearsed_and_imported(there.service.audit(), "team", &lines);
    assert_eq!((tally.n_created, tally.n_updated, tally.n_refused), (251, 1, 0), "{said:?}");
    // Two entries of one file that want one key: the first has it, in a rehearsal too.
    let mut twins = all.clone();
    twins.insert(0, note(0xfe, Some("k"), "twin"));
    let (tally, _) = rehearsed_and_imported(Desk::new().service.audit(), "team", &file(&twins));
    assert_eq!((tally.n_created, tally.n_refused), (251, 1));
}

#[test]
fn bad_lines_are_named_by_number_and_field() {
    let desk = Desk::new();
    let broken = |pointer: &str, value: Value| {
        let mut line = note(7, None, "d");
        *line.pointer_mut(pointer).expect("a member") = value;
        line.to_string()
    };
    let without = |name: &str| {
        let mut line = note(7, None, "d");
        line["entry"].as_object_mut().expect("an object").remove(name);
        line.to_string()
    };
    let mut more = note(7, None, "d");
    more["entry"]["colour"] = "red".into();
    let cases = [
        ("{".to_owned(), "no JSON"),
        ("[1]".to_owned(), "no JSON object"),
        ("{\"entry\":{\"id\":\"\\ud800\"}}".to_owned(), "no JSON"),
        (format!("{}1{}", "[".repeat(500), "]".repeat(500)), "no JSON"),
        (broken("/entry/id", "x".into()), "`entry.id`"),
        (broken("/entry/type", "notes".into()), "`entry.type`"),
        (broken("/entry/source", Value::Null), "`entry.source` is null"),
        (broken("/entry/tags", json!(["a", 1])), "`entry.tags` holds a number"),
        (broken("/entry/created", Value::Null), "`entry.created`"),
        (broken("/entry/expires", "soon".into()), "`entry.expires`"),
        (broken("/entry/deleted", 7.into()), "`entry.deleted`"),
        (broken("/entry/credential", json!({})), "`entry.credential`"),
        (broken("/entry/data", "text".into()), "`entry.data`"),
        (broken("/entry/data", json!({ "changelog": [] })), "`entry.data.changelog`"),
        (broken("/entry/changes", json!([1])), "`entry.changes`"),
        (broken("/entry/changes", json!([{ "at": "2026-01-01T00:00:00Z" }])), "`entry.changes.changed` is missing"),
        (without("language"), "`entry.language` is missing"),
        (more.to_string(), "`entry.colour` is not known"),
        ("{\"entry\":1,\"b\":2}".to_owned(), "`entry`"),
        (json!({ "type": "entity", "name": "n" }).to_string(), "`entry` is missing"),
    ];
    let mut lines = file(&[note(1, None, "good")]);
    let end = lines.pop().expect("an end");
    lines.extend(cases.iter().map(|(line, _)| line.clone()));
    lines.push(note(1, None, "twice").to_string());
    lines.push(end);
    lines.push(note(2, None, "after").to_string());
    let (tally, said) = rehearsed_and_imported(desk.service.audit(), "team", &lines);
    for ((number, said), (line, part)) in said.iter().zip(&cases) {
        assert!(said.contains(part), "line {number} `{line}`: `{part}` is missing in `{said}`");
    }
    let numbers: Vec<u64> = said.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (3..=lines.len() as u64).collect::<Vec<_>>());
    assert!(said[cases.len()].1.contains("the id of line 2"), "{said:?}");
    assert!(said[cases.len() + 1].1.contains("lines were lost or added"), "{said:?}");
    assert!(said[cases.len() + 2].1.contains("after the end line"), "{said:?}");
    assert_eq!((tally.n_created, tally.n_bad_lines), (1, cases.len() as u64 + 3));
}

#[test]
fn a_cut_file_says_so_and_a_foreign_one_is_refused() {
    let desk = Desk::new();
    let mut lines = file(&[note(1, None, "good"), note(2, None, "lost")]);
    lines.truncate(2);
    let (tally, said) = rehearsed_and_imported(desk.service.audit(), "team", &lines);
    assert_eq!((tally.n_created, tally.is_whole()), (1, false));
    assert!(said[0].1.contains("no end line"), "{said:?}");
    for (line, part) in [
        ("{\"event_type\":\"tool.invoked\"}", "neither"),
        ("{\"format\":\"annals-awareness\",\"version\":2,\"space\":\"team\"}", "version"),
        ("{\"format\":\"other\",\"version\":1}", "neither"),
    ] {
        let caller = caller("team");
        let mut import = Import::new(desk.service.audit(), &caller, Run::CarryOut);
        match import.line(1, line.as_bytes()) {
            Err(Broken::Foreign(why)) => assert!(why.contains(part), "{why}"),
            other => panic!("{line}: {other:?}"),
        }
    }
}

fn graph(lines: &[Value]) -> Vec<String> {
    lines.iter().map(Value::to_string).collect()
}

#[test]
fn the_memory_servers_graph_becomes_notes_that_are_related() {
    let desk = Desk::new();
    let entity = |name: &str, kind: &str, observations: &[&str]| json!({ "type": "entity", "name": name, "entityType": kind, "observations": observations });
    let relation =
        |from: &str, kind: &str, to: &str| json!({ "type": "relation", "from": from, "to": to, "relationType": kind });
    let lines = graph(&[
        relation("Ann", "knows", "Bob"),
        entity("Ann", "person", &["likes tea", "speaks\nGerman"]),
        entity("Bob", "person", &[]),
        relation("Ann", "works_at", "Nowhere"),
        relation("Ghost", "haunts", "Bob"),
        json!({ "type": "entity", "name": "", "entityType": "x", "observations": [] }),
        json!({ "type": "entity", "name": "X", "entityType": "x", "observations": "one" }),
        json!({ "type": "thing", "name": "X" }),
        json!({ "type": "relation", "from": "Ann", "to": "Bob" }),
    ]);
    let (tally, said) = rehearsed_and_imported(desk.service.audit(), "team", &lines);
    assert_eq!((tally.n_created, tally.n_bad_lines), (2, 5), "{said:?}");
    for (number, part) in [
        (5, "`from` names the entity `Ghost`"),
        (6, "`name` is empty"),
        (7, "`observations`"),
        (8, "`type` is `thing`"),
        (9, "`relationType` is missing"),
    ] {
        assert!(said.iter().any(|(at, text)| *at == number && text.contains(part)), "{number} {part}: {said:?}");
    }
    let found = desk.done("get_knowledge", json!({ "source": "server-memory", "tags": ["person"] }));
    let ann = found["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .find(|entry| entry["logical_key"] == "Ann")
        .expect("Ann")
        .clone();
    assert_eq!(ann["data"]["content"], "likes tea\nspeaks\nGerman");
    assert_eq!(
        ann["data"]["relations"],
        json!([{ "type": "knows", "to": "Bob" }, { "type": "works_at", "to": "Nowhere" }])
    );
    let related = desk.done("get_related", json!({ "entry_id": ann["id"] }));
    assert_eq!((related.as_array().map(Vec::len), &related[0]["logical_key"]), (Some(1), &"Bob".into()), "{related}");
    // Again: nothing. After somebody worked on it: nothing. After the file changed: a change with its history.
    let (tally, _) = rehearsed_and_imported(desk.service.audit(), "team", &lines);
    assert_eq!((tally.n_unchanged, tally.n_created, tally.n_updated), (2, 0, 0));
    desk.done("update_entry", json!({ "entry_id": ann["id"], "description": "Ann of the team" }));
    let (tally, _) = rehearsed_and_imported(desk.service.audit(), "team", &lines);
    assert_eq!((tally.n_unchanged, tally.n_updated), (2, 0));
    let changed = graph(&[entity("Ann", "person", &["likes coffee"]), entity("Bob", "person", &[])]);
    let (tally, _) = rehearsed_and_imported(desk.service.audit(), "team", &changed);
    assert_eq!((tally.n_unchanged, tally.n_updated), (1, 1));
    let found = desk.done("get_knowledge", json!({ "source": "server-memory", "include_history": "only" }));
    let ann = &found["entries"][0]["data"];
    assert_eq!(
        (&ann["content"], &ann["description"], &ann["related_ids"]),
        (&"likes coffee".into(), &"Ann of the team".into(), &json!([]))
    );
    assert_eq!(ann["changelog"].as_array().map(Vec::len), Some(2), "{ann}");
    // Thrown away here, it does not come back by itself.
    desk.done("delete_entry", json!({ "entry_id": found["entries"][0]["id"] }));
    let (tally, _) = rehearsed_and_imported(desk.service.audit(), "team", &changed);
    assert_eq!((tally.n_unchanged, tally.n_created), (2, 0));
    whole(desk.service.audit());
}
#[test]
fn a_file_without_a_line_is_no_file() {
    let desk = Desk::new();
    let caller = caller("team");
    for lines in [&[][..], &[""], &["\u{feff}", "  ", "\r"]] {
        for run in [Run::Rehearse, Run::CarryOut] {
            let mut import = Import::new(desk.service.audit(), &caller, run);
            for (number, line) in (1..).zip(lines) {
                import.line(number, line.as_bytes()).expect("a blank line is none");
            }
            match import.end() {
                Err(Broken::Foreign(why)) => assert!(why.contains("empty"), "{why}"),
                other => panic!("{lines:?}: {other:?}"),
            }
        }
    }
    // The control: an empty space's export is not empty.
    let empty = exported(desk.service.audit(), "team");
    assert_eq!(empty.len(), 2);
    assert_eq!(imported(desk.service.audit(), "other", Run::CarryOut, &empty), (Tally::default(), vec![]));
}
#[test]
fn the_later_status_of_a_source_stays_whichever_file_it_is_in() {
    let (from, to) = (Desk::new(), Desk::new());
    let report = |desk: &Desk, load: u32| {
        desk.done("report_status", json!({ "source": "nas", "tags": [], "metrics": { "load": load } }));
    };
    let load = |desk: &Desk| desk.done("get_status", json!({ "source": "nas" }))["data"]["metrics"]["load"].clone();
    report(&from, 1);
    let first = exported(from.service.audit(), "team");
    report(&from, 2);
    let second = exported(from.service.audit(), "team");
    let brought = |lines: &[String]| rehearsed_and_imported(to.service.audit(), "team", lines);
    for (lines, expected, stands) in [
        (&first, Tally { n_created: 1, ..Tally::default() }, 1),
        (&second, Tally { n_updated: 1, ..Tally::default() }, 2),
        (&second, Tally { n_unchanged: 1, ..Tally::default() }, 2),
        (&first, Tally { n_newer: 1, ..Tally::default() }, 2),
    ] {
        assert_eq!(brought(lines), (expected, vec![]));
        assert_eq!(load(&to), stands);
    }
    report(&to, 3);
    assert_eq!(brought(&second), (Tally { n_newer: 1, ..Tally::default() }, vec![]));
    assert_eq!((load(&to), to.done("get_stats", json!({}))["total"].clone()), (json!(3), json!(1)));
    whole(to.service.audit());
}
