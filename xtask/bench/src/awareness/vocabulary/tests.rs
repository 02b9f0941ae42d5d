//! The vocabulary has as many words as it says, common ones and rare ones, and the same for everybody.

use std::collections::{HashMap, HashSet};

use super::{N_WORDS, Vocabulary};
use crate::sample::Random;

#[test]
fn all_words_differ() {
    let vocabulary = Vocabulary::new();
    assert_eq!(vocabulary.words.len(), N_WORDS);
    assert_eq!(vocabulary.words.iter().collect::<HashSet<_>>().len(), N_WORDS);
}

#[test]
fn the_first_words_come_far_more_often_than_the_last() {
    let (vocabulary, mut random) = (Vocabulary::new(), Random::seeded(1));
    let mut counts: HashMap<usize, u32> = HashMap::new();
    for _ in 0..100_000 {
        *counts.entry(vocabulary.ranks[vocabulary.word(&mut random)]).or_default() += 1;
    }
    let of =
        |from: usize, to: usize| (from..to).map(|rank| counts.get(&rank).copied().unwrap_or_default()).sum::<u32>();
    let (common, rare) = (of(0, 10), of(N_WORDS - 1_000, N_WORDS));
    assert!(10_000 < common && common < 30_000, "{common}");
    assert!(1_000 < rare && rare < 8_000, "{rare}");
}

#[test]
fn the_same_seed_says_the_same() {
    let say = |seed| Vocabulary::new().sentence(&mut Random::seeded(seed), 30);
    assert_eq!(say(7), say(7));
    assert_ne!(say(7), say(8));
    assert_eq!(say(7).split(' ').count(), 30);
}

#[test]
fn a_question_has_the_rarest_word_first_and_none_twice() {
    let vocabulary = Vocabulary::new();
    let (rare, middling) = (vocabulary.words[3_000].clone(), vocabulary.words[500].clone());
    let text = format!("the kitchen {middling} of the {rare} kitchen");
    assert_eq!(vocabulary.spread(&text, 1), [rare.as_str()]);
    assert_eq!(vocabulary.spread(&text, 3), [rare.as_str(), middling.as_str(), "kitchen"]);
    assert_eq!(vocabulary.spread(&text, 6).len(), 3);
    assert!(vocabulary.spread("the of", 3).is_empty());
}
