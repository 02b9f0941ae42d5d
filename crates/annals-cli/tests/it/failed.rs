//! What failed, and what fits whatever its type.

use crate::bed::Bed;

#[test]
fn every_type_is_a_star() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    bed.good(&["record", "--type", "guard.denied"]);
    assert_eq!(bed.good(&["query", "--type", "*"]).rows().len(), 2);
    assert_eq!(bed.good(&["count", "--type", "*"]).rows()[0]["count"], 2);
    for pattern in ["*.*", "tool*", "*.invoked", "**", "tool.in*"] {
        bed.run(&["query", "--type", pattern]).refused(2, &["type", "hint:"]);
    }
}

#[test]
fn what_failed_is_found_by_outcome_and_by_decision() {
    let bed = Bed::new();
    let record = |tool: &str, rest: &[&str]| {
        bed.good(&[&["record", "--type", "tool.invoked", "--session", "S-1", "--tool", tool], rest].concat());
    };
    record("good", &["--outcome", "success", "--decision", "allow"]);
    record("failed", &["--outcome", "failure"]);
    record("refused", &["--decision", "deny"]);
    record("plain", &[]);
    record("both", &["--outcome", "denied", "--decision", "deny"]);
    record("late", &["--outcome", "timeout"]);
    record("ended", &["--outcome", "cancelled"]);
    let tools = |arguments: &[&str]| -> Vec<String> {
        let rows = bed.good(&[&["query", "--failed"], arguments].concat()).rows();
        rows.iter().map(|row| row["tool"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(tools(&[]), ["late", "both", "refused", "failed"]);
    assert_eq!(tools(&["--order", "oldest"]), ["failed", "refused", "both", "late"]);
    assert_eq!(tools(&["--tool", "refused"]), ["refused"]);
    // Page by page it is the same, and nothing is there twice.
    for order in ["newest", "oldest"] {
        let all = tools(&["--order", order]);
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..all.len() {
            let mut arguments = vec!["query", "--failed", "--limit", "1", "--order", order];
            arguments.extend(cursor.iter().flat_map(|cursor| ["--cursor", cursor.as_str()]));
            let row = bed.good(&arguments).rows().remove(0);
            found.push(row["tool"].as_str().unwrap().to_owned());
            cursor = Some(row["cursor"].as_str().unwrap().to_owned());
        }
        assert_eq!(found, all);
    }
    let ran = bed.good(&["query", "--failed", "--limit", "3", "--format", "table"]);
    assert!(ran.err.contains("more may follow"), "{ran:?}");
    assert_eq!(bed.good(&["query", "--failed", "--limit", "4", "--format", "table"]).err, "");
    assert_eq!(bed.good(&["count", "--failed"]).rows()[0]["count"], 4);
    assert_eq!(bed.good(&["sessions"]).rows()[0]["n_failures"], 4);
    bed.run(&["query", "--failed", "--outcome", "denied"]).refused(2, &["--failed", "--outcome"]);
}
