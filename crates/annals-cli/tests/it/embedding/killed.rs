//! `kill -9` in the middle of embedding: in the end each entry has its vectors once, and none that was durable is asked for again.

use std::collections::BTreeMap;

use annals_testkit::{Provider, keep_line, rounds};

use super::{drain, is_complete, n_asked, name, served, vectors, written};
use crate::bed::Bed;

/// So many answers before the next kill: each worker may ask how many numbers a vector has, and one batch at least is done.
const N_ANSWERS: usize = 4;
/// As many workers stand before the endpoint in the middle of a batch.
const N_WORKERS: usize = 2;

/// What was durable at a kill, and how often each of it had been asked for.
fn durable(vectors: &BTreeMap<String, usize>, asked: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let has_some = vectors.iter().filter(|(_, n)| **n != 0);
    has_some.map(|(name, _)| (name.clone(), n_asked(asked, name))).collect()
}

#[test]
fn each_entry_has_its_vectors_once_and_what_was_durable_is_not_asked_for_again() {
    let n_kills = rounds(2, 20);
    let n_notes = 150 * (n_kills + 1);
    let bed = Bed::new();
    let provider = Provider::start();
    // Everything is written before the first is embedded, so that batches are whole.
    provider.hold_after(0);
    let mut server = served(&bed, &provider);
    written(server.address, n_notes);
    let mut known = Vec::new();
    for _ in 0..n_kills {
        server.kill();
        // What was held until now is answered to nobody.
        provider.hold_after(N_ANSWERS);
        server = served(&bed, &provider);
        provider.wait_until_held(N_WORKERS);
        server.kill();
        let (vectors, asked) = (vectors(&bed), provider.asked());
        let durable = durable(&vectors, &asked);
        assert!((1..n_notes).contains(&durable.len()), "{} of {n_notes} are durable", durable.len());
        assert!(!is_complete(&vectors, n_notes), "the control: what is in the middle is told from what is done");
        known.push(durable);
    }
    provider.release();
    let mut server = served(&bed, &provider);
    drain(server.address);
    assert!(server.stop().success());
    let vectors = vectors(&bed);
    assert!(is_complete(&vectors, n_notes), "{vectors:?}");
    let asked = provider.asked();
    for durable in &known {
        for (name, n_before) in durable {
            assert_eq!(n_asked(&asked, name), *n_before, "{name} was durable, and was asked for again");
        }
    }
    // The control: what was under way at a kill was asked for again, and the count shows it.
    let n_again = (0..n_notes).filter(|n| 1 < n_asked(&asked, &name(*n))).count();
    assert_ne!(n_again, 0);
    bed.good(&["verify"]);
    keep_line(&format!(
        "- A server was killed {n_kills} times while it embedded {n_notes} notes: each has its vector once, {n_again} were under way at a kill and asked for again, and none whose vector was durable."
    ));
}
