//! Texts that a model will not take are marked, and hold up no other.

use annals_testkit::{PATIENCE, until};
use serde_json::{Value, json};

use super::Bench;
use super::fake::{Answers, Fake};

/// Notes of which the provider takes one not, worked off.
fn with_a_poisoned_one(fake: &std::sync::Arc<Fake>) -> Bench {
    fake.refuse("poison");
    let bench = Bench::new(fake);
    for n in 0..5 {
        bench.note(format!("good note {n}"));
    }
    bench.note("a poisoned note");
    bench.start()
}

#[test]
fn what_is_refused_is_marked_and_the_rest_of_its_batch_is_embedded() {
    let fake = Fake::new("m", 64);
    let bench = with_a_poisoned_one(&fake);
    bench.drain();
    assert_eq!(bench.standing(), json!({ "model": "m", "pending": 0, "refused": 1 }));
    assert_eq!(bench.kept().iter().filter(|kept| kept.entry.contains("good")).count(), 5);
    // It is tried again where somebody asks for it, and marked again while it is not taken.
    let n_asked = fake.n_asked("poison");
    let counts = bench.desk.done("backfill_embeddings", json!({}));
    bench.drain();
    assert_eq!((&counts["new_embeddings"], &counts["status"]), (&json!(0), &json!("ok")));
    assert!(n_asked < fake.n_asked("poison"));
    assert_eq!(bench.standing()["refused"], 1);
    fake.take_all();
    bench.desk.done("backfill_embeddings", json!({}));
    bench.drain();
    assert_eq!(bench.standing(), json!({ "model": "m", "pending": 0 }));
    assert_eq!(bench.kept().iter().filter(|kept| kept.entry.contains("poison")).count(), 1);
    assert!(fake.made("good").values().all(|n| *n == 1), "{:?}", fake.made("good"));
}

/// Starts with a provider that answers so, and says what is told of it and how many entries are marked; then everything is embedded once it answers.
fn told_by(answers: Answers) -> (Value, u64) {
    let fake = Fake::new("m", 64);
    fake.answer(answers);
    let bench = Bench::started(&fake);
    bench.note("one");
    bench.note("two");
    until("the trouble is noticed", PATIENCE, || bench.standing()["problem"].is_string());
    let standing = bench.standing();
    assert_eq!(standing["pending"], 2, "{standing}");
    fake.answer(Answers::Vectors);
    bench.drain();
    assert_eq!(bench.kept().len(), 2);
    (standing["problem"].clone(), standing["refused"].as_u64().unwrap_or(0))
}

/// The control: one that takes nothing at all is the provider's trouble, and no entry's.
#[test]
fn a_provider_that_takes_no_text_or_answers_nonsense_has_no_entry_marked() {
    assert_eq!(told_by(Answers::RefusesAll), (json!("the provider does not take the text"), 0));
    assert_eq!(told_by(Answers::Malformed), (json!("the provider answers with no vectors"), 0));
}
