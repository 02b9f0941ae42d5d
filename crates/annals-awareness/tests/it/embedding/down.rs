//! A provider that is down or hangs holds nobody up, and what waited is embedded when it is back.

use std::sync::Arc;
use std::time::Duration;

use annals_testkit::{Gate, PATIENCE, Threads, in_time, until};
use serde_json::{Value, json};

use super::fake::{Answers, Fake};
use super::{Bench, ids, is_by_vectors, pace};

const N_WRITERS: usize = 4;
const N_NOTES: usize = 25;

/// Lets writers write beside each other, and answers how many notes there are.
fn written(bench: &Arc<Bench>) -> usize {
    let gate = Arc::new(Gate::new("writers", N_WRITERS));
    let mut threads = Threads::new();
    for writer in 0..N_WRITERS {
        let (bench, gate) = (Arc::clone(bench), Arc::clone(&gate));
        threads.spawn(format!("writer {writer}"), move || {
            gate.wait();
            for n in 0..N_NOTES {
                bench.note(format!("note {n} of writer{writer}"));
            }
        });
    }
    threads.join();
    N_WRITERS * N_NOTES
}

/// Whether each note has one vector, and the vector of each was made once.
fn is_each_once(bench: &Bench, n_notes: usize) -> bool {
    let made = bench.fake.made("of writer");
    let kept = bench.kept().iter().filter(|kept| kept.entry.contains("of writer")).count();
    kept == n_notes && made.len() == n_notes && made.values().all(|n| *n == 1)
}

#[test]
fn while_it_is_down_nothing_is_lost_and_then_everything_is_embedded_once() {
    let fake = Fake::new("m", 64);
    let bench = Arc::new(Bench::started(&fake));
    let car = bench.note("the car has rust");
    bench.drain();
    fake.answer(Answers::Down);
    let n_notes = written(&bench);
    until("the trouble is noticed", PATIENCE, || bench.standing()["problem"].is_string());
    assert_eq!(bench.standing()["pending"], n_notes);
    let page = bench.search("car");
    assert_eq!((&page["lanes"], ids(&page)), (&json!(["text"]), vec![car]), "{page}");
    assert_eq!(page["lanes_missing"]["vector"], "the provider does not answer");
    fake.answer(Answers::Vectors);
    bench.drain();
    assert!(is_each_once(&bench, n_notes), "{:?}", fake.made("of writer"));
    until("the trouble is over", PATIENCE, || bench.standing().get("problem").is_none());
    assert!(is_by_vectors(&bench.search("automobile")));
}

#[test]
fn one_that_is_too_slow_for_much_at_once_is_given_less_until_it_is_done_in_time() {
    let fake = Fake::new("m", 64);
    fake.answer(Answers::Slowly(3));
    let bench = Arc::new(Bench::new(&fake));
    let n_notes = written(&bench);
    let sentences: Vec<String> = (0..400).map(|n| format!("sentence {n} of a long entry. ")).collect();
    bench.note(sentences.concat());
    let workers = bench.desk.service.embed(true).expect("threads");
    bench.drain();
    bench.desk.service.embedding().expect("it embeds").stop();
    in_time("workers end", move || workers.into_iter().for_each(|worker| worker.join().expect("no worker panics")));
    assert!(is_each_once(&bench, n_notes), "what a call brought is not asked for again: {:?}", fake.made("of writer"));
    assert!(3 < fake.made("long entry").len(), "more passages than go into one call");
}

/// The control: an answer that is lost on its way makes work twice, and the count tells.
#[test]
fn what_is_made_twice_is_noticed() {
    let fake = Fake::new("m", 64);
    let bench = Arc::new(Bench::new(&fake));
    let n_notes = written(&bench);
    fake.answer(Answers::DownOnceAfterwards);
    let workers = bench.desk.service.embed(true).expect("threads");
    bench.drain();
    bench.desk.service.embedding().expect("it embeds").stop();
    in_time("workers end", move || workers.into_iter().for_each(|worker| worker.join().expect("no worker panics")));
    assert!(!is_each_once(&bench, n_notes));
}

#[test]
fn one_that_was_never_reached_is_told_of() {
    let fake = Fake::untold("m", 64);
    fake.answer(Answers::Down);
    let bench = Bench::started(&fake);
    bench.note("the car has rust");
    until("the trouble is noticed", PATIENCE, || bench.standing()["problem"].is_string());
    assert_eq!(bench.standing()["pending"], Value::Null);
    let page = bench.search("car");
    assert_eq!((&page["lanes"], ids(&page).len()), (&json!(["text"]), 1));
    assert_eq!(page["lanes_missing"]["vector"], "the provider does not answer");
    fake.answer(Answers::Vectors);
    bench.drain();
    assert!(is_by_vectors(&bench.search_by_vectors("automobile")));
}

/// A service whose provider hangs from now on, with an entry that is embedded.
fn hung(patience: Duration) -> Bench {
    let fake = Fake::new("m", 64);
    let mut pace = pace();
    pace.patience = patience;
    // Nobody finds out by itself that it is back.
    pace.first_pause = Duration::from_hours(1);
    let bench = Bench::alone(&fake, None, pace).start();
    bench.note("the car has rust");
    bench.drain();
    fake.hold("");
    bench
}

#[test]
fn a_search_comes_back_while_the_provider_still_hangs() {
    let bench = hung(Duration::from_millis(50));
    until("the vector of a question is missing", PATIENCE, || {
        bench.search("vehicle")["lanes_missing"]["vector"] == "the provider does not answer in time"
    });
    // It hangs still.
    bench.fake.wait_until_held(1);
    assert_eq!(bench.fake.made("vehicle").len(), 0);
    let page = bench.search("car");
    assert_eq!((&page["lanes"], ids(&page).len()), (&json!(["text"]), 1));
    assert_eq!(page["lanes_missing"]["vector"], "the provider does not answer");
    assert_eq!((bench.fake.n_asked("vehicle"), bench.fake.made("car").len()), (1, 1), "the second did not ask");
    // What it answers in the end is kept for who asks the same again.
    bench.fake.release();
    bench.search_by_vectors("vehicle");
    assert_eq!(bench.fake.n_asked("vehicle"), 1);
}

/// The control: with more patience the same search does wait for the provider.
#[test]
fn a_search_of_much_patience_waits() {
    let bench = Arc::new(hung(PATIENCE));
    let mut threads = Threads::new();
    let asking = Arc::clone(&bench);
    threads.spawn("a search", move || asking.search("vehicle"));
    bench.fake.wait_until_held(1);
    bench.fake.release();
    let page = threads.join().remove(0);
    assert!(is_by_vectors(&page), "{page}");
}
