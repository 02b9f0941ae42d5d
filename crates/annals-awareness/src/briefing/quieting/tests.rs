//! One suppression against one alert, by a table.

use annals_store::awareness::EntryType;
use serde_json::json;

use super::super::tests::{NOON, ago, alert, entry};
use super::*;

fn is_quiet(source: &str, tags: &[&str], data: Value, alert: &Entry) -> bool {
    let mut suppression = entry(EntryType::Suppression, source, 3, data);
    suppression.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Suppressions::of(&[suppression], NOON).quiet(alert)
}

fn about(level: &str) -> Entry {
    let mut alert = alert("nas", level, "Disk /srv is full");
    alert.tags = vec!["Storage".to_owned()];
    alert.data.insert("metric".to_owned(), json!("disk_used"));
    alert
}

#[test]
fn what_a_suppression_matches() {
    let plain = || json!({ "metric": null, "suppress_level": "warning", "escalation_override": true });
    let metric = |metric: &str| json!({ "metric": metric, "suppress_level": "warning" });
    let table: [(&str, &[&str], Value, bool); 14] = [
        ("", &[], plain(), true),
        ("nas", &[], plain(), true),
        ("router", &[], plain(), false),
        ("", &["Storage"], plain(), true),
        ("", &["other", "Storage"], plain(), true),
        ("", &["storage"], plain(), false),
        ("", &["DISK"], plain(), true),
        ("", &["nas-warning"], plain(), true),
        ("", &["disk_used"], plain(), true),
        ("", &[" "], plain(), false),
        ("", &[], metric("disk_used"), true),
        ("", &[], metric("cpu"), false),
        ("", &[], metric(""), true),
        ("router", &["Storage"], metric("disk_used"), false),
    ];
    for (source, tags, data, expected) in table {
        assert_eq!(is_quiet(source, tags, data.clone(), &about("warning")), expected, "`{source}` {tags:?} {data}");
    }
}

#[test]
fn a_metric_suppression_matches_the_metric_of_an_alert() {
    // The original's alerts have no metric, so there it never does.
    let data = json!({ "metric": "disk_used", "suppress_level": "warning" });
    assert!(is_quiet("", &[], data.clone(), &about("warning")));
    let mut without = about("warning");
    without.data.remove("metric");
    assert!(!is_quiet("", &[], data, &without));
}

#[test]
fn a_worse_alert_is_heard_unless_the_suppression_says_otherwise() {
    let table = [
        ("warning", true, "warning", true),
        ("warning", true, "critical", false),
        ("warning", true, "info", true),
        ("critical", true, "critical", true),
        ("warning", false, "critical", true),
    ];
    for (suppressed, lets_through, level, expected) in table {
        let data = json!({ "suppress_level": suppressed, "escalation_override": lets_through });
        assert_eq!(is_quiet("", &[], data, &about(level)), expected, "{suppressed} {lets_through} {level}");
    }
}

#[test]
fn one_that_is_over_is_not_consulted() {
    let mut over = entry(EntryType::Suppression, "", 3, json!({ "suppress_level": "critical" }));
    over.expires = Some(ago(1));
    assert!(!Suppressions::of(&[over.clone()], NOON).quiet(&about("warning")));
    over.expires = Some(ago(-1));
    assert!(Suppressions::of(&[over], NOON).quiet(&about("warning")));
}
