//! Operations and their ends.

use annals::{Column, Event, Outcome, Phase, StoredEvent};
use cucumber::{then, when};

use crate::child;
use crate::trail::Trail;

fn intent() -> Event {
    Event::new("tool.invoked").actor("caller").tool("deploy").plan("P-7")
}

#[when(regex = "^an operation is begun and (.+)$")]
fn begin(trail: &mut Trail, end: String) {
    let (id, operation) = trail.call("operation", move |audit| {
        let operation = audit.begin(intent()).unwrap();
        let id = operation.id().to_owned();
        match end.as_str() {
            "succeeds" => drop(operation.succeed().unwrap()),
            "fails" => drop(operation.fail(&"no such file").unwrap()),
            "is denied" => drop(operation.deny(&"not on Fridays").unwrap()),
            "is dropped" => drop(operation),
            "left open" => return (id, Some(operation)),
            _ => unreachable!("no operation ends by `{end}`"),
        }
        (id, None)
    });
    trail.operation_id = id;
    trail.operation = operation;
}

#[when(regex = "^an operation of type \"(.+)\" is begun$")]
fn begin_of_type(trail: &mut Trail, event_type: String) {
    let event = Event::new(event_type).tool("deploy");
    trail.handed_in = Some(event.clone());
    trail.error = trail.call("begin", move |audit| audit.begin(event)).err();
}

#[when(regex = "^a program in (.+) mode begins an operation and (is killed|lives on)$")]
fn program(trail: &mut Trail, mode: String, end: String) {
    let mut child = child::program("begin", &trail.data, &mode);
    trail.operation_id = child.line();
    if end == "is killed" {
        child.kill();
    }
    trail.child = Some(child);
}

#[when("the program is killed")]
fn kill(trail: &mut Trail) {
    trail.child.as_mut().unwrap().kill();
}

/// The rows of the scenario's operation.
fn rows(trail: &Trail) -> Vec<StoredEvent> {
    assert!(!trail.operation_id.is_empty());
    let mut rows = trail.rows();
    rows.retain(|row| row.get(Column::OperationId) == Some(&trail.operation_id));
    rows
}

#[then(regex = "^its intent and its outcome \"(.+)\" are in the trail$")]
fn both(trail: &mut Trail, outcome: String) {
    let rows = rows(trail);
    let [intent, ended] = rows.as_slice() else { panic!("an intent and an outcome, not {rows:#?}") };
    assert_eq!((intent.phase, intent.outcome), (Phase::Intent, None));
    assert_eq!(ended.phase, Phase::Outcome);
    assert_eq!(ended.outcome.map(Outcome::as_str), Some(outcome.as_str()));
    assert_eq!(ended.event_type, intent.event_type);
    for column in [Column::ActorName, Column::Tool, Column::PlanId] {
        assert_eq!(ended.get(column), intent.get(column), "{column:?}");
    }
    let is_ours = outcome != "unknown";
    assert_eq!(ended.duration_ms.is_some(), is_ours, "only who was there knows how long it took");
}

#[then("its intent is in the trail and no outcome")]
fn intent_alone(trail: &mut Trail) {
    let phases: Vec<Phase> = rows(trail).iter().map(|row| row.phase).collect();
    assert_eq!(phases, [Phase::Intent]);
}

#[then(regex = "^the outcome says \"(.*)\"$")]
fn says(trail: &mut Trail, text: String) {
    let rows = rows(trail);
    let details = rows[1].details.clone().unwrap_or_default();
    assert!(details.contains(&text), "{details}");
}

#[then("there is one outcome only, also after another process has recorded")]
fn once(trail: &mut Trail) {
    child::run_well("record one", &trail.data, "asynchronous");
    child::run_well("record one", &trail.data, "synchronous");
    assert_eq!(rows(trail).len(), 2);
}
