//! Entries are embedded beside their being written, and found by what they mean.

use std::sync::Arc;

use serde_json::{Value, json};

use super::fake::Fake;
use super::{Bench, ids, is_by_vectors};

/// Whether this note is found by a word that means what one of its own means; nothing is waited for.
fn is_found(bench: &Bench, query: &str, id: &Value) -> bool {
    let page = bench.search(query);
    is_by_vectors(&page) && ids(&page).first() == Some(id)
}

#[test]
fn an_entry_is_found_by_a_question_that_shares_no_word_with_it() {
    let fake = Fake::new("m", 64);
    let bench = Bench::started(&fake);
    let car = bench.note("the car has rust");
    bench.note("a trout swims upstream");
    bench.note("milk and bread");
    bench.drain();
    assert!(is_found(&bench, "automobile", &car), "{}", bench.search("automobile"));
    assert_eq!(bench.standing(), json!({ "model": "m", "pending": 0 }));
    // What it says now counts, and what it said before no longer does.
    bench.desk.done("update_entry", json!({ "entry_id": car, "description": "the boat has rust" }));
    bench.drain();
    assert!(is_found(&bench, "vessel", &car), "{}", bench.search("vessel"));
    assert!(!is_found(&bench, "vehicle", &car), "{}", bench.search("vehicle"));
    let ours: Vec<_> = bench.kept().into_iter().filter(|kept| kept.entry.contains("rust")).collect();
    assert_eq!(ours.len(), 1, "{ours:?}");
}

#[test]
fn a_sentence_in_other_words_is_answered_by_what_is_near_and_marked() {
    let fake = Fake::new("m", 64);
    let (bench, without) = (Bench::started(&fake), Bench::new(&fake));
    let car = bench.note("the car has rust");
    without.note("the car has rust");
    bench.drain();
    let sentence = "automobile corroding somewhere beneath";
    let page = bench.search(sentence);
    assert_eq!((ids(&page).first(), &page["weak"]), (Some(&car), &json!(true)), "{page}");
    // The control: words alone have nothing to say to it.
    let page = without.search(sentence);
    assert!(ids(&page).is_empty(), "{page}");
}

/// The control: where nobody embeds, the same questions find nothing and the same figure stands.
#[test]
fn without_workers_the_entry_waits_and_is_not_found() {
    let fake = Fake::new("m", 64);
    let bench = Bench::new(&fake);
    let car = bench.note("the car has rust");
    assert!(!is_found(&bench, "automobile", &car));
    assert_ne!(bench.standing()["pending"], 0);
    assert!(bench.kept().is_empty() && fake.n_asked("car") == 0);
}

/// A text of so many paragraphs, each a passage of its own.
fn long(n_paragraphs: usize) -> String {
    let paragraph = |n: usize| format!("paragraph{n} {}\n\n", "goes on and on ".repeat(50));
    (0..n_paragraphs).map(paragraph).collect()
}

/// How often the provider was asked for a passage of a long note when it was written, and then when this was changed in it.
fn asked_by(change: &Value) -> (Arc<Fake>, usize, usize) {
    let fake = Fake::new("m", 64);
    let bench = Bench::started(&fake);
    let wanted = json!({ "source": "s", "tags": [], "description": "a long note", "content": long(6) });
    let id = bench.desk.done("remember", wanted)["id"].take();
    bench.drain();
    let n_first = fake.n_asked("goes on");
    let mut change = change.clone();
    change["entry_id"] = id;
    bench.desk.done("update_entry", change);
    bench.drain();
    let n_kept = bench.kept().len();
    assert!(6 <= n_first && n_first <= n_kept, "{n_first} {n_kept}");
    let n_then = fake.n_asked("") - n_first - fake.n_asked("annals");
    (fake, n_first, n_then)
}

#[test]
fn passages_that_stay_as_they_were_are_not_asked_for_again() {
    let (fake, n_first, n_then) = asked_by(&json!({ "content": format!("{}something new", long(6)) }));
    assert!((1..=2).contains(&n_then), "{n_then} of {n_first}");
    assert!(fake.made("paragraph0").values().all(|n| *n == 1));
    // A tag stands in no passage but the first, if in any.
    let (_, _, n_then) = asked_by(&json!({ "tags": ["other"] }));
    assert!(n_then <= 1, "{n_then}");
}

/// The control: a title stands in every passage, so that all are new.
#[test]
fn a_new_title_has_all_passages_asked_for() {
    let (_, n_first, n_then) = asked_by(&json!({ "description": "another name" }));
    assert_eq!(n_then, n_first);
}
