//! An endpoint that is away while agents write: nothing is lost or held up, the backlog is told, and it is worked off.

use std::time::{Duration, Instant};

use annals_testkit::{Provider, keep_line, rounds};
use serde_json::json;

use super::{call, drain, is_complete, n_asked, name, served, standing, vectors, written};
use crate::bed::{Bed, DEADLINE};
use crate::serve::client::Client;

#[test]
fn what_is_written_while_it_is_away_is_found_by_words_and_embedded_when_it_is_back() {
    let n_seconds = rounds(2, 60);
    let n_notes = rounds(200, 2_000);
    let bed = Bed::new();
    let provider = Provider::start();
    let mut server = served(&bed, &provider);
    let mut client = Client::new(server.address);
    call(&mut client, "remember", &json!({"source": "s", "tags": [], "description": "the car has rust"}));
    drain(server.address);
    provider.break_down();
    let began = Instant::now();
    written(server.address, n_notes);
    while standing(server.address)["problem"].is_null() {
        assert!(began.elapsed() < DEADLINE, "nobody notices");
    }
    while began.elapsed() < Duration::from_secs(n_seconds.try_into().unwrap()) {
        assert_eq!(standing(server.address)["pending"], n_notes);
        let page = call(&mut client, "search", &json!({"query": "rust"}));
        assert_eq!((&page["lanes"], page["entries"].as_array().unwrap().len()), (&json!(["text"]), 1), "{page}");
        assert!(page["lanes_missing"]["vector"].is_string(), "{page}");
    }
    let n_turned_away = provider.n_turned_away();
    assert_ne!(n_turned_away, 0);
    let mut before = vectors(&bed);
    assert_eq!(before.remove("the car has rust"), Some(1));
    assert!(!is_complete(&before, n_notes), "the control: notes without vectors are noticed");
    provider.mend();
    drain(server.address);
    let page = call(&mut client, "search", &json!({"query": "automobile"}));
    assert_eq!(page["lanes"], json!(["text", "vector"]), "{page}");
    assert!(standing(server.address).get("problem").is_none());
    assert!(server.stop().success());
    let mut vectors = vectors(&bed);
    assert_eq!(vectors.remove("the car has rust"), Some(1));
    assert!(is_complete(&vectors, n_notes), "{vectors:?}");
    let asked = provider.asked();
    assert!((0..n_notes).all(|n| n_asked(&asked, &name(n)) == 1), "each was asked for once");
    keep_line(&format!(
        "- The endpoint of vectors was away for {n_seconds} s, in which {n_notes} notes were written and {n_turned_away} calls of it failed: each note has its vector, and was asked for once."
    ));
}
