//! Which of two rows fits better, and by how much.

use super::*;

fn words(all: &[(&str, u64)]) -> Vec<Word> {
    all.iter().map(|(text, n_rows)| Word::new(text, *n_rows, 1_000)).collect()
}

/// The scores of rows, each with a title, a body and labels.
fn scores(words: &[Word], rows: &[[&str; 3]]) -> Vec<f64> {
    let seen: Vec<Occurrences> = rows.iter().map(|fields| occurrences(words, *fields)).collect();
    let scale = Scale::of(seen.iter());
    seen.iter().map(|seen| scale.score(words, seen)).collect()
}

#[test]
fn a_row_fits_better_for_rarer_words_weightier_fields_and_less_besides() {
    let words = words(&[("1_rare", 3), ("1_common", 900)]);
    let of = |one: [&str; 3], other: [&str; 3]| {
        let scores = scores(&words, &[one, other]);
        (scores[0], scores[1])
    };
    for (better, worse) in [
        (["1_rare", "", ""], ["1_common", "", ""]),
        (["1_rare 1_common", "", ""], ["1_rare 1_other", "", ""]),
        (["1_rare", "1_x", ""], ["1_x", "1_rare", ""]),
        (["1_x", "1_x", "1_rare"], ["1_x", "1_rare", "1_x"]),
        (["", "1_rare 1_rare 1_x", ""], ["", "1_rare 1_x 1_x", ""]),
        (["", "1_rare 1_x", ""], ["", "1_rare 1_x 1_x 1_x 1_x", ""]),
        (["", "1_common", ""], ["", "1_commons", ""]),
    ] {
        let (better_score, worse_score) = of(better, worse);
        assert!(worse_score < better_score, "{better:?} {better_score} and {worse:?} {worse_score}");
        assert!(0.0 <= worse_score);
    }
}

#[test]
fn the_score_is_that_of_the_paper() {
    let words = words(&[("1_w", 10)]);
    // One occurrence in the body of a text of the usual length: the worth alone.
    let worth = (1.0_f64 + 990.5 / 10.5).ln();
    let score = scores(&words, &[["", "1_w 1_x", ""]])[0];
    assert!((score - worth).abs() < 1e-12, "{score} and {worth}");
    // Four times in a text twice as long as the usual one of three.
    let scores = scores(&words, &[["1_w", "1_x", ""], ["", "1_w 1_w 1_w 1_w", ""]]);
    let expected = worth * 4.0 * 2.2 / (4.0 + 1.2 * (0.25 + 0.75 * 4.0 / 3.0));
    assert!((scores[1] - expected).abs() < 1e-12, "{} and {expected}", scores[1]);
}

#[test]
fn a_word_that_all_have_is_worth_little_and_never_less_than_nothing() {
    assert!(Word::new("w", 1_000, 1_000).worth > 0.0);
    assert!(Word::new("w", 1_000, 1_000).worth < 0.001);
    assert!(Word::new("w", 0, 0).worth.is_finite());
}
