//! The measures against values that were worked out by hand.

use super::{Average, Ranks};

fn ranks(n_evidence: usize, found: &[usize]) -> Ranks {
    Ranks { n_evidence, found: found.to_vec() }
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} instead of {expected}");
}

#[test]
fn recall_is_the_share_of_the_evidence_among_the_first() {
    let ranks = ranks(4, &[2, 6, 11]);
    near(ranks.recall(1), 0.0);
    // The last place counts.
    near(ranks.recall(2), 0.25);
    near(ranks.recall(5), 0.25);
    near(ranks.recall(10), 0.5);
    near(ranks.recall(20), 0.75);
}

#[test]
fn the_reciprocal_rank_is_of_the_first_evidence() {
    near(ranks(2, &[4, 5]).reciprocal(), 0.25);
    near(ranks(2, &[]).reciprocal(), 0.0);
}

#[test]
fn two_entries_of_evidence_gain_by_their_ranks() {
    // At best 1 / log2(2) + 1 / log2(3) = 1.630929753571…; found at 2 and 3: 1 / log2(3) + 1 / log2(4) = 1.130929753571….
    near(ranks(2, &[2, 3]).gain(10), 1.130_929_753_571_457_3 / 1.630_929_753_571_457_3);
    near(ranks(2, &[1, 2]).gain(10), 1.0);
    // The eleventh gains nothing among the first ten.
    near(ranks(2, &[1, 11]).gain(10), 1.0 / 1.630_929_753_571_457_3);
    near(ranks(2, &[]).gain(10), 0.0);
    assert!(ranks(2, &[]).gain(10).is_sign_positive(), "no minus in front of nothing");
    // More evidence than places: a page full of it is the best there is.
    near(ranks(3, &[1, 2]).gain(2), 1.0);
}

#[test]
fn evidence_on_a_page_is_ranked_from_one_and_counts_once() {
    let evidence = ["s1t1".to_owned(), "s2t1".to_owned()];
    let page = [None, Some("s1t1"), Some("s9t9"), Some("s1t1"), Some("s2t1")];
    assert_eq!(Ranks::of(&evidence, page.into_iter()), ranks(2, &[2, 5]));
    assert_eq!(Ranks::of(&evidence, std::iter::empty()), ranks(2, &[]));
}

#[test]
fn the_interval_of_constant_values_is_that_constant() {
    let average = Average::of(&[0.25; 40]);
    assert_eq!(average, Average { value: 0.25, low: 0.25, high: 0.25 });
}

#[test]
fn the_interval_holds_the_average_and_narrows_with_more_questions() {
    let values = |n: usize| (0..n).map(|at| if at % 2 == 0 { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
    let (few, many) = (Average::of(&values(100)), Average::of(&values(1_000)));
    for average in [few, many] {
        near(average.value, 0.5);
        assert!(average.low < 0.5 && 0.5 < average.high, "{average:?}");
    }
    // Twice 1.96 standard errors of 0.5 / √100.
    assert!((few.high - few.low - 0.196).abs() < 0.03, "{few:?}");
    assert!((many.high - many.low - 0.062).abs() < 0.01, "{many:?}");
    assert_eq!(few, Average::of(&values(100)), "one seed, one interval");
}

#[test]
fn an_average_of_nothing_is_no_number() {
    assert!(Average::of(&[]).value.is_nan());
}
