//! Statuses, alerts and the briefing of them.

use serde_json::json;

use crate::desk::Desk;

fn alert(level: &str, message: &str) -> serde_json::Value {
    json!({ "source": "nas", "tags": ["disk"], "alert_id": "full", "level": level, "alert_type": "threshold", "message": message })
}

#[test]
fn a_source_has_one_status_and_the_newest_is_answered() {
    let desk = Desk::new();
    assert_eq!(desk.refused("get_status", json!({ "source": "nas" }))["code"], "not_found");
    for load in [1, 2, 3] {
        let answer = desk.done(
            "report_status",
            json!({ "source": "nas", "tags": "[]", "metrics": { "load": load }, "inventory": {} }),
        );
        assert_eq!(answer["source"], "nas");
    }
    let status = desk.done("get_status", json!({ "source": "nas" }));
    assert_eq!(status["data"], json!({ "metrics": { "load": 3 }, "ttl_sec": 120 }));
    assert_eq!(desk.done("get_stats", json!({}))["entries"]["status"], 1);
}

#[test]
fn an_alert_is_raised_changed_resolved_and_raised_again_as_one_entry() {
    let desk = Desk::new();
    let mut first = alert("warning", "90 %");
    first["details"] = json!({ "mount": "/srv" });
    first["metric"] = "disk_used".into();
    let raised = desk.done("report_alert", first);
    assert_eq!((&raised["action"], &raised["alert_id"]), (&json!("reported"), &json!("full")));
    let worse = desk.done("report_alert", alert("critical", "99 %"));
    assert_eq!(worse["id"], raised["id"]);
    let page = desk.done("get_alerts", json!({}));
    let data = &page["entries"][0]["data"];
    assert_eq!(
        (&data["level"], &data["details"]["mount"], &data["metric"]),
        (&json!("critical"), &json!("/srv"), &json!("disk_used"))
    );
    let mut over = alert("critical", "99 %");
    over["resolved"] = true.into();
    assert_eq!(desk.done("report_alert", over)["action"], "resolved");
    assert_eq!(desk.done("get_alerts", json!({}))["entries"], json!([]));
    desk.done("report_alert", alert("warning", "91 %"));
    assert_eq!(desk.done("get_alerts", json!({ "mode": "list" }))["entries"][0]["description"], "91 %");

    let error = desk.refused("report_alert", alert("warnin", "x"));
    assert_eq!((&error["valid"], &error["suggestion"]), (&json!(["critical", "warning"]), &json!("warning")));
    assert_eq!(
        desk.refused("update_entry", json!({ "entry_id": raised["id"], "description": "x" }))["code"],
        "not_found"
    );
}

#[test]
fn an_alert_of_a_source_that_never_reported_is_in_the_briefing() {
    let desk = Desk::new();
    desk.done("report_alert", alert("critical", "the disk is full"));
    let briefing = desk.done("get_briefing", json!({}));
    assert_eq!(briefing["sources"]["nas"]["status"], "critical");
    assert_eq!(briefing["suggested_mention"], "CRITICAL: the disk is full");
    desk.done("report_status", json!({ "source": "web", "tags": [], "metrics": {} }));
    let briefing = desk.done("get_briefing", json!({ "max_sources": "1" }));
    assert_eq!(
        (&briefing["sources"]["web"], &briefing["sources_omitted"]["ok"]),
        (&serde_json::Value::Null, &json!(1))
    );
}
