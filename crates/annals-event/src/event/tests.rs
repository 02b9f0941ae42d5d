//! An event holds what its builder was told, the last word counting, and shows no value to a debugger.

use serde_json::json;

use super::*;

#[test]
fn what_was_set_is_read_and_the_later_value_wins() {
    let event = Event::new("tool.invoked")
        .actor("a")
        .tool("t")
        .actor("b")
        .decision(Decision::Ask)
        .duration(Duration::from_micros(2500));
    assert_eq!(
        (event.event_type(), event.get(Column::ActorName), event.get(Column::Tool)),
        ("tool.invoked", Some("b"), Some("t"))
    );
    assert_eq!(
        (event.get(Column::Decision), event.get(Column::Host), event.duration_ms_value()),
        (Some("ask"), None, Some(2))
    );
    let long = "ü".repeat(5000);
    assert_eq!(event.resource(&long).get(Column::Resource), Some(long.as_str()));
}

#[test]
fn debug_shows_no_value() {
    let event = Event::new("tool.invoked").actor("hunter1").details(json!({"password": "hunter2"}));
    let shown = format!("{event:?}");
    assert!(!shown.contains("hunter"), "{shown}");
    assert!(shown.contains("actor_name") && shown.contains("details"), "{shown}");
}

#[test]
fn every_setter_has_its_column() {
    let event = Event::new("x")
        .operation("operation_id")
        .user("user_identity")
        .on_behalf_of("on_behalf_of")
        .actor("actor_name")
        .agent_version("agent_version")
        .model("model")
        .client("client")
        .project("project_name")
        .plan("plan_id")
        .root_plan("root_plan_id")
        .session("session_id")
        .correlation("correlation_id")
        .parent("parent_id")
        .traceparent("traceparent")
        .tool("tool")
        .resource("resource")
        .policy("policy")
        .approver("approver")
        .host("host");
    for &column in Column::ALL.iter().filter(|column| **column != Column::Decision) {
        assert_eq!(event.get(column), Some(column.name()));
    }
}
