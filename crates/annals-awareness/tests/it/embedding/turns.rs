//! Two services over one database: one embeds at a time, and the other takes over.

use std::sync::Arc;

use annals::Audit;
use annals_testkit::{Flaw, Memory, PATIENCE, until};
use serde_json::json;

use super::fake::{Answers, Fake};
use super::{Bench, is_by_vectors, pace};

/// A service that is in the middle of embedding a note, and beside it a second one at work.
fn two(first: Bench, second: Bench) -> (Bench, Bench) {
    first.fake.hold("held");
    let first = first.start();
    first.note("a held note");
    first.fake.wait_until_held(1);
    (first, second.start())
}

/// Two services over this folder.
fn two_on(data: &std::path::Path) -> (Bench, Bench) {
    let [first, second] = [(), ()].map(|()| Bench::on(data, &Fake::new("m", 64), None, pace()));
    two(first, second)
}

#[test]
fn one_embeds_at_a_time_and_the_other_takes_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut first, second) = two_on(folder.path());
    second.note("a car, by the other");
    // It has looked, and it answers questions by the model that serves.
    second.search_by_vectors("something");
    assert_eq!(second.fake.n_asked("held") + second.fake.n_asked("by the other"), 0, "it has no turn");
    first.stop();
    second.note("a boat, by the other");
    second.drain();
    assert_eq!(second.kept().len(), 3);
    let n_made = |part: &str| first.fake.made(part).len() + second.fake.made(part).len();
    assert_eq!((n_made("held"), n_made("by the other")), (1, 2), "each was made once");
    assert_eq!(second.fake.made("a boat").len(), 1, "the second has taken over");
}

/// The control: where the store gives the turn twice, the other asks for what the first is at.
#[test]
fn two_that_embed_at_once_are_noticed() {
    for (flaw, is_noticed) in [(Flaw::None, false), (Flaw::GivesTheTurnTwice, true)] {
        let memory = Memory::flawed(flaw);
        let [first, second] = [(), ()].map(|()| {
            let audit = Audit::with_store(memory.store()).expect("a log over a store");
            Bench::over(audit, &Fake::new("m", 64), None, pace())
        });
        let (first, second) = two(first, second);
        if is_noticed {
            until("the other asks too", PATIENCE, || 0 < second.fake.n_asked("held"));
        } else {
            until("it has looked", PATIENCE, || {
                0 < second.fake.n_asked("annals")
                    || second.search("x")["lanes_missing"]["vector"] != "no entry has a vector yet"
            });
            assert_eq!(second.fake.n_asked("held"), 0);
        }
        drop(first);
    }
}

#[test]
fn who_has_no_turn_tells_what_waits_and_comes_back_from_trouble() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = two_on(folder.path());
    until("it knows what waits", PATIENCE, || second.standing() == json!({ "model": "m", "pending": 1 }));
    second.search_by_vectors("something");
    second.fake.answer(Answers::Down);
    assert!(!is_by_vectors(&second.search("something else")));
    until("the trouble is told", PATIENCE, || second.standing()["problem"] == "the provider does not answer");
    second.fake.answer(Answers::Vectors);
    second.search_by_vectors("something else");
    assert_eq!(second.fake.n_asked("held"), 0, "it has no turn");
    drop(first);
    // Without this the second would end while the first's folder is still in use.
    let _kept = Arc::new(second);
}
