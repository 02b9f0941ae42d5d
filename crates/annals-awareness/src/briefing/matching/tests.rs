//! One pattern against one alert, by a table.

use annals_store::awareness::EntryType;
use serde_json::json;

use super::super::tests::{NOON, alert, entry};
use super::*;

#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
fn expects_in(zone: &TimeZone, source: &str, effect: &str, conditions: Value, alert: &Entry) -> bool {
    let data = json!({ "description": "d", "effect": effect, "conditions": conditions });
    Patterns::of(&[entry(EntryType::Pattern, source, 4, data)], NOON, zone).expect(alert)
}

fn expects(effect: &str, conditions: Value, alert: &Entry) -> bool {
    expects_in(&TimeZone::UTC, "nas", effect, conditions, alert)
}

#[test]
fn one_common_word_does_not_hide_an_alert() {
    let alert = alert("nas", "warning", "high disk failure rate");
    assert!(!expects("expect high cpu for 10 minutes", json!({}), &alert));
    assert!(!expects("high high HIGH", json!({}), &alert), "one word, said thrice");
    assert!(!expects("the a is at on", json!({}), &alert));
    assert!(expects("high disk usage is normal", json!({}), &alert));
    assert!(expects("ignore disk-failure", json!({}), &alert));
    assert!(!expects("", json!({}), &alert));
    // Words are whole ones, of any field.
    assert!(expects("nas threshold alerts", json!({}), &alert));
    assert!(!expects("hi dis", json!({}), &alert));
}

#[test]
fn a_pattern_never_hides_a_critical_alert_unless_it_says_so() {
    let critical = alert("nas", "critical", "high disk failure rate");
    for conditions in [json!({}), json!({ "match": "nas-critical" }), json!({ "hides_critical": "yes" })] {
        assert!(!expects("high disk failure", conditions.clone(), &critical), "{conditions}");
    }
    assert!(expects("high disk failure", json!({ "hides_critical": true }), &critical));
    assert!(expects("quiet", json!({ "match": "nas-critical", "hides_critical": true }), &critical));
}

#[test]
fn a_pattern_may_name_the_alert_outright() {
    let alert = alert("nas", "warning", "Disk is full");
    for (named, expected) in [
        (json!("nas-warning"), true),
        (json!(["other", "NAS-WARNING"]), true),
        (json!("threshold"), true),
        (json!("disk is"), true),
        (json!("nas"), false),
        (json!("cpu"), false),
    ] {
        // Then the words of its effect do not count.
        assert_eq!(expects("disk full", json!({ "match": named }), &alert), expected, "{named}");
    }
}

#[test]
fn all_conditions_must_hold_in_the_users_time_zone() {
    let alert = alert("nas", "warning", "disk is full");
    let at = |conditions: Value| expects("disk full", conditions, &alert);
    let table = [
        (json!({ "day_of_week": "Saturday" }), true),
        (json!({ "day_of_week": ["sunday", "SATURDAY"] }), true),
        (json!({ "day_of_week": "Sunday" }), false),
        (json!({ "hour_range": [12, 13] }), true),
        (json!({ "hour_range": [11, 12] }), false),
        (json!({ "hour_range": ["8", "18"] }), true),
        (json!({ "hour_range": [22, 13] }), true),
        (json!({ "hour_range": [22, 6] }), false),
        (json!({ "day_of_week": "Saturday", "hour_range": [0, 1] }), false),
        (json!({ "season": "winter" }), true),
        // Hours that can't be read are as good as none.
        (json!({ "hour_range": [12] }), true),
        (json!({ "hour_range": [1, 2, 3] }), true),
        (json!({ "hour_range": "noon" }), true),
        (json!({ "hour_range": ["one", 2] }), true),
        (json!({ "hour_range": null }), true),
        (json!({ "hour_range": ["nan", 2] }), true),
        (json!({ "day_of_week": "Sunday", "hour_range": "noon" }), false),
        (json!({ "hour_range": [12.0, 12.5] }), true),
        (json!({ "hour_range": [12.5, 13.0] }), false),
        // Hours that no day has are numbers all the same.
        (json!({ "hour_range": [12, 99] }), true),
        (json!({ "hour_range": [13, 99] }), false),
        // A day that is none never comes: the alert is shown.
        (json!({ "day_of_week": 6 }), false),
    ];
    for (conditions, expected) in table {
        assert_eq!(at(conditions.clone()), expected, "{conditions}");
    }
    // It is 01:00 on Sunday there.
    let east = TimeZone::fixed(jiff::tz::offset(13));
    assert!(expects_in(&east, "nas", "disk full", json!({ "day_of_week": "Sunday", "hour_range": [0, 2] }), &alert));
    assert!(!expects_in(&east, "nas", "disk full", json!({ "day_of_week": "Saturday" }), &alert));
}

#[test]
fn a_pattern_of_another_source_says_nothing() {
    let alert = alert("nas", "warning", "disk is full");
    for (source, expected) in [("nas", true), ("", true), ("router", false)] {
        assert_eq!(expects_in(&TimeZone::UTC, source, "disk full", json!({}), &alert), expected, "`{source}`");
    }
}
