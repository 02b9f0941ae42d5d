//! `backfill_embeddings`: embedding now, and saying how many.

use std::sync::Arc;

use annals_testkit::{PATIENCE, until};
use serde_json::{Value, json};

use super::Bench;
use super::fake::{Answers, Fake};

/// How many were embedded for the first time, how many again, and how many wait.
fn backfilled(bench: &Bench, arguments: Value) -> [u64; 3] {
    let counts = bench.desk.done("backfill_embeddings", arguments);
    ["new_embeddings", "refreshed_embeddings", "remaining"].map(|name| counts[name].as_u64().expect("a count"))
}

/// Five notes, and nobody who embeds them beside the calls.
fn five(fake: &Arc<Fake>) -> Bench {
    let bench = Bench::new(fake);
    for n in 0..5 {
        bench.note(format!("note {n}"));
    }
    bench
}

#[test]
fn so_many_as_are_wanted_are_embedded_and_counted() {
    let fake = Fake::new("m", 64);
    let bench = five(&fake);
    assert_eq!(backfilled(&bench, json!({ "limit": 2 })), [2, 0, 3]);
    assert_eq!(bench.kept().len(), 2);
    assert_eq!(backfilled(&bench, json!({ "limit": 0 })), [0, 0, 3]);
    assert_eq!(backfilled(&bench, json!({})), [3, 0, 0]);
    assert_eq!(backfilled(&bench, json!({})), [0, 0, 0]);
    let car = bench.note("the car has rust");
    assert_eq!(backfilled(&bench, json!({})), [1, 0, 0]);
    bench.desk.done("update_entry", json!({ "entry_id": car, "description": "the boat has rust" }));
    assert_eq!(backfilled(&bench, json!({})), [0, 1, 0]);
    assert_eq!(bench.kept().len(), 6);
    assert!(fake.made("note").values().all(|n| *n == 1));
    // Another space has nothing of this.
    let other = bench.desk.answer("other", "bob", "backfill_embeddings", json!({})).expect("an answer").value;
    assert_eq!(other["remaining"], 0);
}

/// What is refused while the provider is down.
fn refused(fake: &Arc<Fake>) -> Value {
    let bench = five(fake);
    fake.answer(Answers::Down);
    let refusal = bench.desk.refused("backfill_embeddings", json!({}));
    fake.answer(Answers::Vectors);
    until("the pause is over and all are embedded", PATIENCE, || {
        bench.desk.call("backfill_embeddings", json!({})).is_ok_and(|counts| counts["remaining"] == 0)
    });
    assert_eq!(bench.kept().len(), 5);
    refusal
}

#[test]
fn while_the_provider_is_down_it_says_so() {
    // Of one that was never reached nobody knows what waits, which is no reason to say that nothing does.
    for fake in [Fake::new("m", 64), Fake::untold("m", 64)] {
        let refusal = refused(&fake);
        assert_eq!((&refusal["code"], &refusal["retryable"]), (&json!("unavailable"), &json!(true)), "{refusal}");
        let message = refusal["message"].as_str().expect("a text");
        assert!(message.contains("the provider does not answer") && message.contains("hint:"), "{message}");
    }
}

/// The control: where nothing makes vectors, another refusal says that.
#[test]
fn without_a_provider_it_says_that() {
    let refusal = crate::desk::Desk::new().refused("backfill_embeddings", json!({}));
    assert!(refusal["message"].as_str().expect("a text").contains("no embeddings are made here"), "{refusal}");
}
