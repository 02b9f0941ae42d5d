//! The briefing by a table of cases, and each line by which it differs from the original's as a test of its own.

use annals_store::awareness::{Briefing, EntryId, EntryType};

use super::*;

/// 2026-11-21T12:00:00Z, a Saturday.
pub(super) const NOON: Timestamp = Timestamp::from_nanos(1_795_262_400_000_000_000);

/// So many seconds before noon.
pub(super) fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(NOON.as_nanos() - seconds * 1_000_000_000)
}

#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
pub(super) fn entry(entry_type: EntryType, source: &str, n: u8, data: Value) -> Entry {
    let mut entry = Entry::new(EntryId::v4([n; 16]), entry_type, source, ago(60));
    entry.data = data.as_object().expect("data is an object").clone();
    entry
}

pub(super) fn alert(source: &str, level: &str, message: &str) -> Entry {
    let data = json!({ "alert_id": format!("{source}-{level}"), "level": level, "alert_type": "threshold", "message": message, "resolved": false });
    entry(EntryType::Alert, source, 1, data)
}

fn status(source: &str, age: i64) -> Entry {
    let mut status = entry(EntryType::Status, source, 2, json!({ "metrics": {}, "ttl_sec": 120 }));
    status.created = ago(age);
    status
}

fn suppression(source: &str, level: &str, made: i64) -> Entry {
    let data = json!({ "metric": null, "suppress_level": level, "escalation_override": true, "reason": "" });
    let mut suppression = entry(EntryType::Suppression, source, 3, data);
    suppression.created = ago(made);
    suppression
}

fn intention(n: u8, state: &str) -> Entry {
    entry(
        EntryType::Intention,
        "me",
        n,
        json!({ "goal": format!("goal {n}"), "state": state, "deliver_at": "2026-11-21T11:00:00.000000+00:00" }),
    )
}

pub(super) fn of(loaded: Briefing) -> Material {
    Material { loaded, now: NOON, zone: TimeZone::UTC, max_sources: MAX_SOURCES }
}

fn told(loaded: Briefing) -> Value {
    brief(&of(loaded))
}

#[test]
fn an_empty_store_is_all_clear_with_every_key_of_the_contract() {
    assert_eq!(
        told(Briefing::default()),
        json!({
            "generated": "2026-11-21T12:00:00.000000+00:00",
            "staleness_sec": 0,
            "sources": {},
            "active_alerts": 0,
            "active_suppressions": 0,
            "upcoming": [],
            "attention_needed": false,
            "pending_intentions": 0,
            "evaluation": {
                "alerts_checked": 0, "suppressed": 0, "pattern_matched": 0, "stale_sources": 0, "surfaced": 0,
                "intentions_pending": 0, "intentions_fired": 0,
            },
            "summary": "All clear across 0 source(s).",
        })
    );
}

#[test]
fn each_standing_is_shown_as_the_contract_shows_it() {
    let loaded = Briefing {
        statuses: vec![status("good", 30), status("bad", 30), status("silent", 500), status("odd", 30)],
        alerts: vec![alert("bad", "warning", "slow"), alert("bad", "critical", "down"), alert("odd", "info", "hm")],
        ..Briefing::default()
    };
    let shown = told(loaded);
    assert_eq!(shown["sources"]["good"], json!({ "status": "ok", "last_report": "2026-11-21T11:59:30.000000+00:00" }));
    assert_eq!(
        shown["sources"]["bad"],
        json!({
            "status": "critical", "last_report": "2026-11-21T11:59:30.000000+00:00",
            "headline": "down", "drill_down": "awareness://alerts/bad",
        })
    );
    assert_eq!(
        shown["sources"]["silent"],
        json!({
            "status": "stale", "last_report": "2026-11-21T11:51:40.000000+00:00",
            "headline": "silent has not reported in 500s", "drill_down": "awareness://status/silent",
        })
    );
    assert_eq!(shown["sources"]["odd"]["status"], "warning", "information shows as a warning");
    assert_eq!(shown["active_alerts"], 3);
    assert_eq!(shown["summary"], "1 critical on bad. 1 warning on odd. silent stale.");
    assert_eq!(shown["suggested_mention"], "CRITICAL: down FYI: hm STALE: silent has not reported in 500s");
}

#[test]
fn of_two_alerts_as_bad_the_last_touched_is_the_headline() {
    let mut older = alert("nas", "warning", "older");
    older.created = ago(300);
    let loaded = Briefing { alerts: vec![older, alert("nas", "warning", "newer")], ..Briefing::default() };
    assert_eq!(told(loaded)["sources"]["nas"]["headline"], "newer");
}

#[test]
fn alerts_of_a_source_without_status_reach_the_briefing() {
    let shown = told(Briefing { alerts: vec![alert("new", "critical", "down")], ..Briefing::default() });
    assert_eq!(
        shown["sources"]["new"],
        json!({ "status": "critical", "last_report": null, "headline": "down", "drill_down": "awareness://alerts/new" })
    );
    assert_eq!(shown["attention_needed"], true);
}

#[test]
fn a_stale_source_shows_its_alerts_as_well() {
    let loaded = Briefing {
        statuses: vec![status("nas", 500)],
        alerts: vec![alert("nas", "critical", "down")],
        ..Briefing::default()
    };
    let shown = told(loaded);
    let nas = &shown["sources"]["nas"];
    assert_eq!(nas["status"], "stale");
    assert_eq!(
        nas["alerts"],
        json!({ "status": "critical", "count": 1, "headline": "down", "drill_down": "awareness://alerts/nas" })
    );
    assert_eq!(shown["active_alerts"], 1);
    assert_eq!(shown["evaluation"]["stale_sources"], 1);
    assert_eq!(shown["summary"], "1 critical on nas. nas stale.");
    assert_eq!(shown["suggested_mention"], "CRITICAL: down STALE: nas has not reported in 500s");
}

#[test]
fn a_newer_weak_suppression_takes_nothing_from_an_older_strong_one() {
    let alerts = vec![alert("nas", "critical", "down")];
    let strong = suppression("nas", "critical", 600);
    let weak = suppression("", "warning", 10);
    for suppressions in [vec![weak.clone(), strong.clone()], vec![strong, weak.clone()]] {
        let shown = told(Briefing { alerts: alerts.clone(), suppressions, n_suppressions: 2, ..Briefing::default() });
        assert_eq!((&shown["evaluation"]["suppressed"], &shown["active_alerts"]), (&json!(1), &json!(0)));
        assert_eq!(shown["active_suppressions"], 2);
        assert_eq!(shown["summary"], "All clear across 0 source(s).");
    }
    // The control: the weak one alone lets a critical alert through.
    let shown = told(Briefing { alerts, suppressions: vec![weak], ..Briefing::default() });
    assert_eq!(shown["active_alerts"], 1);
}

#[test]
fn at_most_twenty_sources_are_listed_worst_first_and_the_rest_is_counted() {
    let mut loaded = Briefing::default();
    for n in 0..30 {
        loaded.statuses.push(status(&format!("ok{n:02}"), 30));
        loaded.statuses.push(status(&format!("stale{n:02}"), 500));
    }
    loaded.alerts = (0..5).map(|n| alert(&format!("ok{n:02}"), "warning", "w")).collect();
    loaded.alerts.push(alert("zz", "critical", "c"));
    let shown = told(loaded.clone());
    let listed: Vec<&String> = shown["sources"].as_object().expect("an object").keys().collect();
    assert_eq!(listed.len(), 20);
    assert!(listed.contains(&&"zz".to_owned()), "the worst one is there, whatever its name");
    assert_eq!(listed.iter().filter(|name| name.starts_with("ok")).count(), 5, "{listed:?}");
    assert_eq!(shown["sources_omitted"], json!({ "total": 41, "critical": 0, "warning": 0, "stale": 16, "ok": 25 }));
    assert_eq!(shown["active_alerts"], 6);
    assert_eq!(shown["evaluation"]["stale_sources"], 30);
    assert!(
        shown["summary"].as_str().is_some_and(|text| text.contains("stale19 and 10 more stale")),
        "{}",
        shown["summary"]
    );

    let shown = brief(&Material { max_sources: 1, ..of(loaded) });
    assert_eq!(shown["sources"].as_object().map(Map::len), Some(1));
    assert!(shown["sources"]["zz"].is_object());
}

#[test]
fn a_briefing_of_any_number_of_sources_stays_small() {
    let mut loaded = Briefing::default();
    for n in 0..10_000 {
        loaded.statuses.push(status(&format!("source-{n}"), 500));
    }
    assert!(told(loaded).to_string().len() < 16_000);
}

#[test]
fn a_reminder_stays_fired_until_it_is_acted_on() {
    let loaded = Briefing {
        due: vec![intention(1, "pending"), intention(2, "snoozed")],
        fired: vec![intention(3, "fired"), intention(1, "fired")],
        n_pending: 4,
        ..Briefing::default()
    };
    let shown = told(loaded);
    let ids: Vec<&str> =
        shown["fired_intentions"].as_array().expect("a list").iter().filter_map(|line| line["goal"].as_str()).collect();
    assert_eq!(ids, ["goal 1", "goal 2", "goal 3"]);
    assert_eq!(
        shown["fired_intentions"][0],
        json!({ "id": EntryId::v4([1; 16]).to_string(), "goal": "goal 1", "source": "me", "tags": [] })
    );
    // One of the four pending ones is the due one that was not snoozed.
    assert_eq!(shown["pending_intentions"], 3);
    assert_eq!((&shown["evaluation"]["intentions_fired"], &shown["attention_needed"]), (&json!(3), &json!(true)));
    assert_eq!(shown["summary"], "3 intentions ready.");
    assert_eq!(shown["suggested_mention"], "INTENTION: goal 1 INTENTION: goal 2 INTENTION: goal 3");
}

#[test]
fn the_newest_status_of_a_source_counts() {
    let loaded = Briefing { statuses: vec![status("nas", 900), status("nas", 10)], ..Briefing::default() };
    assert_eq!(told(loaded)["sources"]["nas"]["status"], "ok");
}
