//! Sessions that nobody ended.

use std::sync::Arc;

use annals_event::{Column, Event, Outcome, Phase, StoredEvent, Timestamp};

use super::Database;
use super::together::{Work, together};
use super::writing::{all, in_space, payload, producer, rows, send, send_own};
use crate::{EventStore, Filter, OpenOperations};

/// Later than anything that a test records.
const MUCH_LATER: Timestamp = Timestamp::from_nanos(i64::MAX);
/// The number of an event that was created later than anything that a store makes of itself today.
const NEXT_GENERATION: u64 = 2_000_000_000_000;

fn created(session: &str) -> Event {
    Event::new("session.created").session(session)
}

fn ended(session: &str) -> Event {
    Event::new("session.ended").session(session)
}

fn call(session: &str) -> Event {
    Event::new("tool.invoked").tool("search").session(session)
}

fn end(store: &dyn EventStore, silent_since: Timestamp) -> u64 {
    store.end_sessions(silent_since).expect("ended")
}

/// The ends that the store wrote of itself.
fn ends(store: &dyn EventStore) -> Vec<StoredEvent> {
    all(store, &Filter::new().event_type("session.ended").outcome(Outcome::Unknown))
}

fn sessions(rows: &[StoredEvent]) -> Vec<&str> {
    rows.iter().filter_map(|row| row.get(Column::SessionId)).collect()
}

/// A session that fell silent ends once, with who and where of its beginning, and takes with it what it left open.
pub fn a_session_that_fell_silent_ends_once(database: &dyn Database) {
    let store = database.open();
    let begin = created("s").client("claude-code").actor("main").user("ada").project("shop").text(Column::Host, "h-1");
    let begin = begin.model("model-x").tool("none").resource("none").operation("none");
    let intent = call("s").operation("left open").phase(Phase::Intent);
    send(store.as_ref(), producer(1), 0, &[in_space("team", 0, &begin), in_space("team", 1, &intent)]);
    assert_eq!(end(store.as_ref(), MUCH_LATER), 1);
    let log = rows(store.as_ref());
    let [begin, _, end_of_session, end_of_call] = log.as_slice() else { panic!("four rows, not {}", log.len()) };
    assert_eq!(end_of_session.event_type, "session.ended");
    assert_eq!((end_of_session.phase, end_of_session.outcome), (Phase::Single, Some(Outcome::Unknown)));
    for column in Column::ALL {
        let is_kept = !matches!(column, Column::Tool | Column::Resource | Column::OperationId);
        assert_eq!(end_of_session.get(*column), begin.get(*column).filter(|_| is_kept), "{}", column.name());
    }
    assert_eq!((&end_of_session.space, &end_of_session.credential), (&begin.space, &begin.credential));
    assert_eq!(
        (end_of_call.get(Column::OperationId), end_of_call.outcome),
        (Some("left open"), Some(Outcome::Unknown))
    );
    assert_eq!(end(store.as_ref(), MUCH_LATER), 0, "once");
    assert_eq!(rows(store.as_ref()).len(), 4);
}

/// Neither what was heard of since, nor what ended, nor what never began is ended.
pub fn a_session_that_goes_on_is_left_alone(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &created("goes on")), payload(1, &created("silent"))]);
    send_own(
        store.as_ref(),
        &[payload(2, &created("ended")), payload(3, &ended("ended")), payload(4, &call("never began"))],
    );
    send_own(store.as_ref(), &[payload(5, &created("not yet").phase(Phase::Intent))]);
    send_own(store.as_ref(), &[payload(6, &call("goes on"))]);
    let heard_at = rows(store.as_ref()).last().expect("seven rows").recorded_at;
    end(store.as_ref(), heard_at);
    assert!(!sessions(&ends(store.as_ref())).contains(&"goes on"), "it was heard of at that very moment");
    end(store.as_ref(), MUCH_LATER);
    let mut all_ended = ends(store.as_ref());
    all_ended.sort_by(|one, other| one.get(Column::SessionId).cmp(&other.get(Column::SessionId)));
    assert_eq!(sessions(&all_ended), ["goes on", "silent"]);
}

/// A session may begin again under its id, after any end, and then ends again.
pub fn a_session_that_began_again_ends_again(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &created("s")), payload(1, &ended("s")), payload(2, &created("s"))]);
    assert_eq!(end(store.as_ref(), MUCH_LATER), 1);
    send_own(store.as_ref(), &[payload(NEXT_GENERATION, &created("s"))]);
    // Told twice, it has begun once.
    send_own(store.as_ref(), &[payload(NEXT_GENERATION + 1, &created("s"))]);
    assert_eq!(end(store.as_ref(), MUCH_LATER), 1);
    assert_eq!(end(store.as_ref(), MUCH_LATER), 0);
    assert_eq!(sessions(&ends(store.as_ref())), ["s", "s"]);
}

/// Beginning and end may overtake each other, where they travel by different journals.
pub fn a_session_whose_end_came_first_is_not_open(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(1, &ended("overtaken")), payload(0, &created("overtaken"))]);
    send_own(store.as_ref(), &[payload(3, &created("again")), payload(2, &ended("again"))]);
    assert_eq!(end(store.as_ref(), MUCH_LATER), 1, "an end that was made earlier is of the session before");
    assert_eq!(sessions(&ends(store.as_ref())), ["again"]);
}

/// A session's id is a client's word: in two spaces it names two sessions.
pub fn sessions_of_two_spaces_are_two(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[in_space("a", 0, &created("same")), in_space("b", 1, &created("same"))]);
    send_own(store.as_ref(), &[in_space("a", 2, &ended("same"))]);
    send_own(store.as_ref(), &[in_space("a", 3, &call("same"))]);
    let heard_at = rows(store.as_ref()).last().expect("four rows").recorded_at;
    assert_eq!(end(store.as_ref(), heard_at), 1, "what is heard of one is no sign of the other");
    let ended = ends(store.as_ref());
    assert_eq!(ended.iter().map(|row| row.space.as_str()).collect::<Vec<_>>(), ["b"]);
}

/// What Annals writes of itself keeps no session alive.
pub fn an_unknown_outcome_is_no_sign_of_life(database: &dyn Database) {
    let store = database.open();
    let intent = call("s").operation("o").phase(Phase::Intent);
    send_own(store.as_ref(), &[payload(0, &created("s")), payload(1, &intent)]);
    assert_eq!(store.end_operations(OpenOperations::UnownedBefore(MUCH_LATER)).expect("ended"), 1);
    let written_at = rows(store.as_ref()).last().expect("three rows").recorded_at;
    let begun_at = rows(store.as_ref()).first().expect("three rows").recorded_at;
    assert!(begun_at < written_at);
    assert_eq!(end(store.as_ref(), written_at), 1);
}

/// However many processes look at the same moment, each session ends once, and all do.
pub fn many_stores_end_each_session_once(database: &dyn Database) {
    let store = database.open();
    let n_sessions = 250;
    let begun: Vec<Vec<u8>> = (0..n_sessions).map(|n| payload(n, &created(&format!("s-{n}")))).collect();
    send_own(store.as_ref(), &begun);
    let works: Vec<Work<u64>> = (0..4)
        .map(|n| {
            let store: Arc<dyn EventStore> = database.open();
            let work = move || {
                let mut n_ended = 0;
                loop {
                    match store.end_sessions(MUCH_LATER) {
                        Ok(0) => return n_ended,
                        Ok(n) => n_ended += n,
                        Err(error) => assert!(error.is_retryable(), "{error}"),
                    }
                }
            };
            (format!("process {n}"), Box::new(work) as Box<dyn FnOnce() -> u64 + Send>)
        })
        .collect();
    assert_eq!(together(works).into_iter().sum::<u64>(), n_sessions);
    let ended = ends(store.as_ref());
    let mut names = sessions(&ended);
    names.sort_unstable();
    names.dedup();
    assert_eq!((ended.len() as u64, names.len() as u64), (n_sessions, n_sessions));
}

/// What is open is kept in the database, not in a store.
pub fn sessions_stay_open_across_a_reopening(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &created("s"))]);
    store.close().expect("closed");
    assert_eq!(end(database.open().as_ref(), MUCH_LATER), 1);
}
