//! The six questions, asked of a made day of 5 000 events that went through the hooks' own mapping.
//!
//! `docs/questions.md` is true: each command in it is typed into a terminal of 80 columns, and prints what stands under it, to the letter.

mod day;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use annals_testkit::day::{N_PAYLOADS, SHORT};
use serde_json::Value;

use day::Day;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/questions.md");
/// A screen has 24 lines, and one is the prompt's.
const SCREEN: usize = 23;
/// What is another one in each run.
const MASKED: [&str; 5] = ["id", "producer", "credential", "recorded_at", "created_at"];

/// The words of a command line without escapes.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for character in command.chars() {
        match character {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}

/// The commands of a document's console blocks.
fn commands(document: &str) -> Vec<Vec<String>> {
    document.lines().filter_map(|line| line.strip_prefix("$ annals ")).map(words).collect()
}

/// The document with what each command prints now.
fn replayed(document: &str, day: &Day) -> String {
    let mut real = String::new();
    let mut is_output = false;
    for line in document.lines() {
        is_output &= line != "```";
        if is_output {
            continue;
        }
        writeln!(real, "{line}").unwrap();
        if let Some(command) = line.strip_prefix("$ annals ") {
            is_output = true;
            let words = words(command);
            let ran = day.seen(&words.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(ran.code, Some(0), "{command}: {ran:?}");
            real.push_str(&ran.out);
            real.push_str(&ran.err);
        }
    }
    real
}

#[test]
fn the_document_shows_what_is_printed() {
    let document = fs::read_to_string(DOCUMENT).unwrap();
    assert_eq!(commands(&document).len(), 7, "a command is missing");
    let real = replayed(&document, &Day::new());
    for block in real.split("```console\n").skip(1) {
        let shown = block.split("```").next().unwrap();
        assert!(shown.lines().count() <= SCREEN, "more than a screen:\n{shown}");
        let widest = shown.lines().filter(|line| !line.starts_with("annals: ")).map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= 80, "{widest:?}:\n{shown}");
    }
    if real != document {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("questions.md");
        fs::write(&new, &real).unwrap();
        panic!("docs/questions.md shows something else than is printed (hint: the real one is `{}`)", new.display());
    }
}

#[test]
fn programs_read_a_line_an_event() {
    let day = Day::new();
    let mut answers = String::new();
    for words in commands(&fs::read_to_string(DOCUMENT).unwrap()) {
        let ran = day.read(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}");
        let rows = ran.rows();
        writeln!(answers, "$ annals {}\n{} lines, of which the first and the last:", words.join(" "), rows.len())
            .unwrap();
        for row in [&rows[0], rows.last().unwrap()] {
            writeln!(answers, "{}", masked(row)).unwrap();
        }
    }
    insta::assert_snapshot!("ndjson", answers);
}

fn masked(row: &Value) -> Value {
    let mut row = row.clone();
    // The clients of this machine are another matter, and so is what a hook keeps.
    row.as_object_mut().unwrap().remove("clients");
    if let Some(details) = row.get_mut("details").and_then(Value::as_object_mut) {
        details.retain(|name, _| matches!(name.as_str(), "hook" | "arguments"));
    }
    for (name, value) in row.as_object_mut().unwrap() {
        if MASKED.contains(&name.as_str()) || name.ends_with("_at") {
            *value = "…".into();
        }
    }
    row
}

/// What the table must show: each event that is no operation's, and each operation once.
fn n_rows(rows: &[Value]) -> usize {
    let operations: std::collections::BTreeSet<&str> =
        rows.iter().filter(|row| row["phase"] != "single").map(|row| row["operation_id"].as_str().unwrap()).collect();
    operations.len() + rows.iter().filter(|row| row["phase"] == "single").count()
}

/// The lines of a table, page after page, as its hints lead on.
fn paged(day: &Day, words: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let more = cursor.as_deref().map(|cursor| ["--cursor", cursor]);
        let ran = day.read(&[words, more.as_ref().map_or(&[][..], |more| more), &["--format", "table"]].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        lines.extend(ran.out.lines().skip(1).map(str::to_owned));
        let Some((_, hint)) = ran.err.split_once("--cursor ") else { return lines };
        cursor = Some(hint.split('`').next().unwrap().to_owned());
    }
}

#[test]
fn a_call_is_one_row_across_pages_in_both_orders() {
    let day = Day::new();
    let mut rows = Vec::new();
    while rows.len() < N_PAYLOADS {
        let cursor = rows.last().map(|row: &Value| row["cursor"].as_str().unwrap().to_owned());
        let more = cursor.as_deref().map(|cursor| ["--cursor", cursor]);
        let words = ["query", "--order", "oldest", "--limit", "1000"];
        let page = day.read(&[&words[..], more.as_ref().map_or(&[][..], |more| more)].concat()).rows();
        assert!(!page.is_empty());
        rows.extend(page);
    }
    let of_short: Vec<Value> = rows.iter().filter(|row| row["session_id"] == SHORT).cloned().collect();
    let expected = n_rows(&rows);
    assert!(expected < rows.len() * 2 / 3, "the day has too few calls");
    for order in ["newest", "oldest"] {
        assert_eq!(paged(&day, &["query", "--order", order, "--limit", "777"]).len(), expected, "{order}");
        // The smallest pages, each of which ends somewhere within a call.
        let words = ["query", "--order", order, "--session", SHORT, "--limit"];
        let whole = paged(&day, &[&words[..], &["1000"]].concat());
        assert_eq!(whole.len(), n_rows(&of_short));
        let said = |lines: &[String]| -> Vec<String> {
            // Each page has columns of its own widths.
            lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
        };
        for limit in ["1", "2", "3"] {
            assert_eq!(said(&paged(&day, &[&words[..], &[limit]].concat())), said(&whole), "{order} {limit}");
        }
    }
}
