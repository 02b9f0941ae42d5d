//! `annals awareness`: a space out of one log and into another, by the real binary.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::bed::{Bed, DEADLINE, finish, spawn};

/// A text that would do something where it is taken for more than a text.
const HOSTILE: &str = "\u{1b}[2J\u{202e}<script>\u{0}'; DROP TABLE entry;--\u{feff}\n\"\\ é日";

/// So many notes as an export, some with history, some in the trash.
fn notes(n_notes: usize) -> String {
    let mut lines = vec![json!({ "format": "annals-awareness", "version": 1, "space": "somewhere" })];
    for n in 0..n_notes {
        let is_changed = n % 3 == 0;
        let at = |second: usize| format!("2026-01-01T{:02}:{:02}:{second:02}.000000000Z", n / 60 % 24, n % 60);
        let change = json!({ "at": at(9), "changed": { "description": HOSTILE, "n": 0.1 } });
        lines.push(json!({ "entry": {
            "id": format!("3b241101-e2bb-4255-8caf-{n:012x}"),
            "type": "note",
            "source": if n % 2 == 0 { "s" } else { HOSTILE },
            "tags": ["b", "a", HOSTILE],
            "created": at(1),
            "updated": is_changed.then(|| at(9)),
            "expires": null,
            "deleted": (n % 7 == 0).then(|| at(10)),
            "logical_key": format!("k{n}"),
            "language": "de",
            "credential": "alice",
            "data": { "description": format!("note {n} {HOSTILE}"), "n": 5e-324, "deep": [[{ "a": null }]] },
            "changes": if is_changed { vec![change] } else { vec![] },
        } }));
    }
    lines.push(json!({ "end": { "n_entries": n_notes } }));
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

/// The lines of entries of an export, in no order.
fn entries(export: &str) -> Vec<Value> {
    let mut entries: Vec<Value> = export
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line.get("entry").is_some())
        .collect();
    entries.sort_by_key(|line| line["entry"]["id"].to_string());
    entries
}

fn tally(ran: &crate::bed::Ran) -> Value {
    ran.rows()[0].clone()
}

#[test]
fn what_goes_out_comes_in_again() {
    let (bed, other) = (Bed::new(), Bed::new());
    let file = bed.file("notes.ndjson", notes(600));
    let file = file.to_str().unwrap();
    let counted = bed.good(&["awareness", "import", file, "--space", "team", "--dry-run"]);
    assert_eq!((&tally(&counted)["created"], &tally(&counted)["dry_run"]), (&600.into(), &1.into()));
    assert!(!bed.data().exists(), "a dry run makes no log");
    let done = bed.good(&["awareness", "import", file, "--space", "team"]);
    assert_eq!(tally(&done)["created"], 600);
    let first = bed.good(&["awareness", "export", "--space", "team"]);
    assert_eq!(entries(&first.out), entries(&notes(600)));
    assert!(first.err.contains("600 entries of the space `team` exported"), "{}", first.err);
    // Through standard input into another log, and out of it: byte for byte.
    let fed = other.feed(&["awareness", "import", "-", "--space", "team"], &first.out);
    assert_eq!((fed.code, &tally(&fed)["created"]), (Some(0), &600.into()), "{fed:?}");
    let path = other.file("out.ndjson", "");
    fs::remove_file(&path).unwrap();
    let path = path.to_str().unwrap();
    other.good(&["awareness", "export", "--space", "team", "--output", path]);
    assert_eq!(fs::read_to_string(path).unwrap(), first.out);
    other.run(&["awareness", "export", "--space", "team", "--output", path]).refused(2, &["is there already"]);
    // Again: nothing; and the space of somebody else has nothing.
    let n_events = other.count();
    let again = other.good(&["awareness", "import", path, "--space", "team"]);
    assert_eq!((&tally(&again)["unchanged"], &tally(&again)["created"]), (&600.into(), &0.into()));
    assert_eq!(other.count(), n_events);
    assert_eq!(entries(&other.good(&["awareness", "export"]).out), Vec::<Value>::new());
    let verified = other.good(&["verify"]);
    assert!(verified.out.contains("\"sound\""), "{}", verified.out);
}

#[test]
fn an_export_is_on_record() {
    let bed = Bed::new();
    bed.run(&["awareness", "export"]).refused(3, &["hint:"]);
    assert!(!bed.data().exists(), "asking makes no log");
    bed.feed(&["awareness", "import", "-"], notes(3));
    let exported = bed.good(&["awareness", "export"]).out;
    let rows = bed.good(&["query", "--tool", "awareness_export"]).rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["details"]["n_entries"], 3);
    let file = bed.file("exported", exported);
    let digest = std::process::Command::new("sha256sum").arg(file).output().unwrap();
    assert!(String::from_utf8(digest.stdout).unwrap().starts_with(rows[0]["details"]["sha256"].as_str().unwrap()));
    assert_eq!(bed.good(&["query", "--tool", "awareness_import"]).rows().len(), 3, "each entry is one event");
}

#[test]
fn bad_lines_are_named_and_the_others_go_on() {
    let bed = Bed::new();
    let mut lines: Vec<String> = notes(2).lines().map(str::to_owned).collect();
    lines.insert(2, "{\"entry\":{\"id\":\"x\"}}".to_owned());
    lines.insert(3, "nonsense".to_owned());
    let ran = bed.feed(&["awareness", "import", "-"], lines.join("\n"));
    assert_eq!(
        (ran.code, &tally(&ran)["created"], &tally(&ran)["bad_lines"]),
        (Some(1), &2.into(), &3.into()),
        "{ran:?}"
    );
    let told: Vec<&str> = ran.err.lines().collect();
    assert!(told[0].starts_with("annals: line 3: `entry.id`"), "{told:?}");
    assert!(told[1].starts_with("annals: line 4: is no JSON"), "{told:?}");
    assert!(told[2].starts_with("annals: line 6: `end.n_entries`"), "{told:?}");
    bed.feed(&["awareness", "import", "-"], "{\"event_type\":\"tool.invoked\"}\n")
        .refused(1, &["nothing was imported", "hint:"]);
    bed.run(&["awareness", "import", "/nowhere/at/all"]).refused(3, &["/nowhere/at/all"]);
    for (words, part) in [
        (&["awareness", "import"][..], "FILE"),
        (&["awareness", "export", "x"], "`FILE` is for `import`"),
        (&["awareness", "export", "--dry-run"], "`--dry-run` is for `import`"),
        (&["awareness", "import", "-", "--output", "x"], "`--output` is for `export`"),
        (&["awareness", "export", "--space", " "], "--space"),
        (&["awareness", "explode"], "explode"),
    ] {
        bed.run(words).refused(2, &[part]);
    }
}

#[test]
fn a_killed_import_is_mended_by_importing_again() {
    let n_notes = 1_500;
    let whole = notes(n_notes);
    let sound = Bed::new();
    sound.feed(&["awareness", "import", "-"], &whole);
    let expected = sound.good(&["awareness", "export"]).out;
    let n_rounds = if std::env::var_os("ANNALS_FULL").is_some() { 50 } else { 3 };
    for round in 0..n_rounds {
        let bed = Bed::new();
        let mut child = spawn(bed.command(&["awareness", "import", "-"]).stdin(Stdio::piped()));
        let mut stdin = child.stdin.take().unwrap();
        // Up to the middle of a line, so that it is at work or waits for more, and never at its end.
        let cut = whole.len() * (round % 7 + 2) / 10;
        stdin.write_all(&whole.as_bytes()[..cut]).unwrap();
        stdin.flush().unwrap();
        let began = Instant::now();
        while bed.count() < 250 {
            assert!(began.elapsed() < DEADLINE, "nothing is imported");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        drop(stdin);
        let ran = finish(child);
        assert_eq!((ran.code, ran.out.as_str()), (None, ""), "{ran:?}");
        let there = entries(&bed.good(&["awareness", "export"]).out);
        assert!((1..n_notes).contains(&there.len()), "{} are there", there.len());
        let again = bed.feed(&["awareness", "import", "-"], &whole);
        let tally = tally(&again);
        assert_eq!((again.code, &tally["unchanged"]), (Some(0), &there.len().into()), "{again:?}");
        assert_eq!(tally["created"], n_notes - there.len());
        assert_eq!(bed.good(&["awareness", "export"]).out, expected);
        assert!(bed.good(&["verify"]).out.contains("\"sound\""));
    }
}

#[test]
fn the_memory_servers_file_is_taken() {
    let bed = Bed::new();
    let graph = r#"{"type":"entity","name":"Ann","entityType":"person","observations":["likes tea","speaks German"]}
{"type":"entity","name":"Bob","entityType":"person","observations":[],"createdAt":"2026"}
{"type":"relation","from":"Ann","to":"Bob","relationType":"knows"}
"#;
    let file = bed.file("memory.jsonl", graph);
    let file = file.to_str().unwrap();
    let ran = bed.good(&["awareness", "import", file]);
    assert_eq!(tally(&ran)["created"], 2);
    assert!(ran.err.contains("`createdAt` in 1 line has no place in a note"), "{}", ran.err);
    assert_eq!(tally(&bed.good(&["awareness", "import", file]))["unchanged"], 2);
    let exported = entries(&bed.good(&["awareness", "export"]).out);
    let of = |name: &str| exported.iter().find(|line| line["entry"]["logical_key"] == name).unwrap()["entry"].clone();
    assert_eq!(of("Ann")["data"]["related_ids"], json!([of("Bob")["id"]]));
    assert_eq!(
        (&of("Ann")["data"]["content"], &of("Ann")["tags"]),
        (&"likes tea\nspeaks German".into(), &json!(["person"]))
    );
}
