//! Events by their words, whether the index of words has come to none of them, to some or to all.

use annals_event::{Column, Event, Outcome};
use annals_words::{Field, Query};
use serde_json::json;

use super::Database;
use super::filtering::{check, filled_with};
use super::writing::{in_space, payload, rows, send_own};
use crate::{EventStore, Filter, Search};

/// Few, since each check cuts the words of all of them several times.
const N_EVENTS: u64 = 120;

/// A filter for what is typed, without times.
fn typed(text: &str) -> Filter {
    Filter::new().search(Search::new(&Query::parse(text, |field, _| matches!(field, Field::Type | Field::Source))))
}

/// Events that each search of these tests tells apart.
fn told(first: u64) -> Vec<Vec<u8>> {
    let events = [
        Event::new("tool.completed")
            .tool("Bash")
            .outcome(Outcome::Failure)
            .details(json!({"command": "cargo nextest run", "stderr": "linking failed: no space left on device"})),
        Event::new("resource.modified")
            .resource("src/auth/login.rs")
            .details(json!({"reason": "Sessions expired early"})),
        Event::new("resource.modified")
            .resource("tests/login.rs")
            .details(json!({"nested": [{"deep": "quinoa"}, 4711]})),
        Event::new("plan_applied")
            .plan("P-7")
            .actor("reviewer")
            .client("claude-code")
            .details(json!({"note": "Größe geändert"})),
        Event::new("decision.created").actor("claude-code").details(json!({"text": "二つの都市の物語"})),
        Event::new("session.created"),
    ];
    (first..).zip(&events).map(|(number, event)| payload(number, event)).collect()
}

/// Runs a check with the index at different places: nowhere, in the middle, at the end, and at the end with more events behind it.
fn wherever_the_index_is(store: &dyn EventStore, check: impl Fn(&dyn EventStore)) {
    check(store);
    store.index_words().expect("a step");
    check(store);
    index_all(store);
    check(store);
    send_own(store, &told(900_000));
    check(store);
}

fn index_all(store: &dyn EventStore) {
    while store.index_words().expect("a step") > 0 {}
}

/// Words, in any order and form; phrases; what must not be there.
pub fn a_search_finds_what_has_all_its_words(database: &dyn Database) {
    let store = database.open();
    filled_with(store.as_ref(), N_EVENTS);
    send_own(store.as_ref(), &told(800_000));
    wherever_the_index_is(store.as_ref(), |store| {
        let rows = rows(store);
        let has_quinoa = |said: &String| said.contains("quinoa");
        let n_told = rows.iter().filter(|row| row.details.as_ref().is_some_and(has_quinoa)).count();
        let n = |text: &str| check(store, &rows, &typed(text));
        for once in [
            "nextest",
            "NEXTEST cargo",
            "cargo failed device",
            "\"no space left\"",
            "linking -quinoa",
            "links",
            "session expire",
            "quinoa 4711",
            "auth/login.rs",
            "größe geändert",
            "都市",
            "Bash nextest failure",
        ] {
            assert_eq!(n(once), n_told, "{once}");
        }
        assert_eq!(n("login.rs"), 2 * n("nextest"));
        assert_eq!(n("login.rs -auth"), n("nextest"));
        for nothing in [
            "nextest quinoa",
            "\"left space\"",
            "auth.rs/login",
            "quinoa -4711",
            "!!!",
            "nextes*",
            "\"no space left\" -device",
        ] {
            assert_eq!(n(nothing), 0, "{nothing}");
        }
        assert!(n("-quinoa") + n("quinoa") == rows.len());
        assert!(n("-\"no space left\"") < rows.len());
        for malformed in [
            "\"nextest",
            "nextest\"",
            "nextest OR",
            "(nextest",
            "nextest AND (",
            "NEAR(nextest",
            "said:nextest",
            "nextest ' --",
            "-",
        ] {
            n(malformed);
        }
        // With other conditions beside it.
        let failed = Filter { outcomes: vec![Outcome::Failure], ..typed("bash") };
        check(store, &rows, &failed);
        check(store, &rows, &Filter { space: Some("team".into()), ..typed("read") });
        check(store, &rows, &typed("read").equals(Column::SessionId, "s-07"));
        check(store, &rows, &typed("-read").equals(Column::SessionId, "s-07"));
    });
}

/// `type:` and `source:` narrow what the filter says beside them.
pub fn a_search_is_narrowed_by_its_fields(database: &dyn Database) {
    let store = database.open();
    filled_with(store.as_ref(), N_EVENTS);
    send_own(store.as_ref(), &told(800_000));
    wherever_the_index_is(store.as_ref(), |store| {
        let rows = rows(store);
        let n = |filter: &Filter| check(store, &rows, filter);
        assert!(n(&typed("type:resource.modified login")) > 0);
        assert_eq!(n(&typed("type:tool.* login")), 0);
        assert_eq!(n(&typed("type:tool.* nextest")), n(&typed("nextest")));
        assert_eq!(n(&typed("type:tool.* nextest").event_type("plan.*")), 0, "no type is both");
        assert_eq!(
            n(&typed("type:tool.*").event_type("tool.completed")),
            n(&Filter::new().event_type("tool.completed"))
        );
        let (client, actor) = (n(&typed("source:claude-code geändert")), n(&typed("source:claude-code 都市")));
        assert!(client > 0 && client == actor, "both a client and an actor are a source");
        assert_eq!(n(&typed("source:claude-code source:reviewer geändert")), client);
        assert_eq!(n(&typed("source:nobody geändert")), 0);
    });
}

/// The same words in two spaces, each of which finds its own; who asks for none finds both.
pub fn a_search_finds_nothing_of_other_spaces(database: &dyn Database) {
    let store = database.open();
    let event = Event::new("tool.completed").details(json!({"said": "the same words"}));
    let payloads: Vec<Vec<u8>> =
        (0..40).map(|number| in_space(if number % 4 == 0 { "team" } else { "default" }, number, &event)).collect();
    send_own(store.as_ref(), &payloads);
    wherever_the_index_is(store.as_ref(), |store| {
        let rows = rows(store);
        for text in ["\"same words\"", "same", "same -other"] {
            let of = |space: &str| check(store, &rows, &Filter { space: Some(space.into()), ..typed(text) });
            assert_eq!((of("team"), of("default"), of("1"), of("nobody")), (10, 30, 0, 0), "{text}");
            assert_eq!(check(store, &rows, &typed(text)), 40, "{text}");
        }
        // A word that looks like one of another space's is a word of its own.
        for text in ["1_same", "2_same"] {
            assert_eq!(check(store, &rows, &Filter { space: Some("team".into()), ..typed(text) }), 0, "{text}");
        }
    });
}

/// Two stores take the same events in, each in its turn.
pub fn words_that_are_taken_in_twice_are_found_once(database: &dyn Database) {
    let (one, other) = (database.open(), database.open());
    let before = filled_with(one.as_ref(), N_EVENTS).len();
    let (mut n_taken, mut n_before) = (0, u64::MAX);
    while n_before > 0 {
        n_before = one.index_words().expect("a step") + other.index_words().expect("a step");
        n_taken += n_before;
    }
    assert!(n_taken == before as u64 || n_taken == 0, "{n_taken} of {before} were taken in");
    let rows = rows(other.as_ref());
    assert!(check(other.as_ref(), &rows, &typed("tool")) > 0);
    assert_eq!(one.index_words().expect("a step"), 0);
}
