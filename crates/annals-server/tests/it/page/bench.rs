//! A server with something on record, and the paths of its views.

use annals::{Caller, Event, EventId};

use crate::client::{Answer, Client};
use crate::server::Server;

/// What a browser says it takes.
pub(super) const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// Asks as a browser does.
pub(super) fn look(server: &Server, path: &str) -> Answer {
    Client::connect(server.address).ask("GET", path, &[BROWSER], b"")
}

/// The text of a view that is there.
#[track_caller]
pub(super) fn seen(server: &Server, path: &str) -> String {
    let answer = look(server, path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text().to_owned()
}

/// Records an event in a space, durably.
pub(super) fn record(server: &Server, space: &str, event: Event) -> EventId {
    let caller = Caller::new(space, "somebody").expect("set up");
    let receipt = server.audit.accept(event, &caller).expect("set up");
    server.audit.flush().expect("set up");
    receipt.id()
}

/// A call with its guard and its end, in session `S-1` of the space `default`; answers the guard's id.
pub(super) fn a_call(server: &Server) -> EventId {
    let call = |event_type: &str| Event::new(event_type).tool("bash").session("S-1").operation("op-1");
    let intent = call("tool.invoked").phase(annals::Phase::Intent);
    record(server, "default", intent);
    let guard = record(
        server,
        "default",
        Event::new("guard.allowed").session("S-1").operation("op-1").decision(annals::Decision::Allow),
    );
    let outcome =
        call("tool.invoked").phase(annals::Phase::Outcome).outcome(annals::Outcome::Failure).duration_ms(1_234);
    record(server, "default", outcome.details(annals::json!({"error": "no such file"})));
    guard
}

/// Every view over a call, with this event among them.
pub(super) fn views(event: EventId) -> Vec<String> {
    [
        "/",
        "/events",
        "/events?tool=bash&order=oldest",
        "/events?type=plan.*",
        "/sessions",
        "/sessions/S-1",
        "/histogram",
        "/histogram?since=2h&width=1m",
        "/awareness",
        "/awareness/entries?type=note",
        "/awareness/trash",
        "/log",
        "/login",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([format!("/events/{event}")])
    .collect()
}
