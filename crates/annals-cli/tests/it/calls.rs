//! One row a call in the table of `query`: what is left out, and what must not be.

use crate::bed::Bed;

/// An event of an operation, named by a letter, as one line of NDJSON.
fn event(operation: &str, phase: &str, outcome: &str) -> String {
    let outcome =
        if outcome.is_empty() { String::new() } else { format!(",\"outcome\":\"{outcome}\",\"duration_ms\":12") };
    format!(
        "{{\"event_type\":\"tool.invoked\",\"tool\":\"{operation}\",\"operation_id\":\"{operation}\",\"phase\":\"{phase}\"{outcome},\"details\":{{\"is\":\"{phase}\"}}}}\n"
    )
}

/// The tool and the outcome of each row of the table.
#[track_caller]
fn check(bed: &Bed, words: &[&str], expected: &[&str]) {
    let ran = bed.good(&[&["query", "--format", "table"], words].concat());
    let rows: Vec<String> = ran
        .out
        .lines()
        .skip(1)
        .filter(|line| !line.contains("└─"))
        .map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(rows, expected, "{words:?}");
}

fn bed(lines: &[String]) -> Bed {
    let bed = Bed::new();
    assert_eq!(bed.feed(&["record", "--ndjson"], lines.concat()).code, Some(0));
    bed
}

#[test]
fn the_end_is_the_row_and_a_beginning_without_one_is_begun() {
    let bed = bed(&[
        event("a", "intent", ""),
        event("b", "intent", ""),
        event("a", "outcome", "success"),
        event("c", "intent", ""),
        event("b", "outcome", "failure"),
    ]);
    check(&bed, &[], &["b failure 12", "c begun", "a success 12"]);
    check(&bed, &["--order", "oldest"], &["a success 12", "c begun", "b failure 12"]);
    check(&bed, &["--limit", "2"], &["b failure 12", "c begun"]);
    check(&bed, &["--failed"], &["b failure 12"]);
    // The others have a line an event.
    assert_eq!(bed.good(&["query"]).rows().len(), 5);
    assert_eq!(bed.good(&["query", "--format", "csv"]).out.lines().count(), 6);
    assert_eq!(bed.good(&["query", "--limit", "2"]).rows().len(), 2);
}

#[test]
fn a_filter_that_fits_one_half_shows_that_half_with_the_end_on_record() {
    let bed = bed(&[event("a", "intent", ""), event("b", "intent", ""), event("a", "outcome", "denied")]);
    check(&bed, &["--text", "intent"], &["b begun", "a denied 12"]);
    check(&bed, &["--text", "outcome"], &["a denied 12"]);
    check(&bed, &["--outcome", "denied"], &["a denied 12"]);
    check(&bed, &["--seq", "0..1"], &["a denied 12"]);
    check(&bed, &["--seq", "0..2", "--order", "oldest"], &["a denied 12", "b begun"]);
}

#[test]
fn an_end_before_its_beginning_and_two_ends_are_told() {
    // A beginning that waited in a journal comes late.
    let late = bed(&[event("a", "outcome", "success"), event("a", "intent", "")]);
    check(&late, &[], &["a success 12"]);
    check(&late, &["--order", "oldest"], &["a success 12"]);
    let twice = bed(&[event("a", "intent", ""), event("a", "outcome", "unknown"), event("a", "outcome", "success")]);
    check(&twice, &[], &["a success 12", "a unknown 12"]);
    check(&twice, &["--outcome", "success"], &["a success 12"]);
    check(&twice, &["--text", "intent"], &["a unknown 12"]);
}

#[test]
fn an_end_recorded_between_two_pages_hides_no_beginning() {
    let bed = bed(&[event("a", "intent", ""), event("b", "intent", ""), event("b", "outcome", "success")]);
    let first = bed.good(&["query", "--format", "table", "--limit", "1"]);
    let cursor = first.err.split_once("--cursor ").unwrap().1.split('`').next().unwrap().to_owned();
    assert_eq!(bed.feed(&["record", "--ndjson"], event("a", "outcome", "failure")).code, Some(0));
    check(&bed, &["--cursor", &cursor], &["a failure 12"]);
    // The control: in a new answer it stands where it ended, and nowhere else.
    check(&bed, &[], &["a failure 12", "b success 12"]);
    // The cursor of a row knows no end; rather twice than not at all.
    let row = bed.good(&["query", "--limit", "1"]).rows()[0]["cursor"].as_str().unwrap().to_owned();
    check(&bed, &["--cursor", &row], &["b success 12", "a failure 12"]);
}
