//! Which of two rows fits better, and by how much.

use super::*;
use crate::awareness::bag::pack_fields;

fn word(text: &str, n_rows: u64, n_all: u64) -> Word {
    Word::new(vec![format!("1_{text}")], &[text.to_owned()], n_rows, n_all, true)
}

fn words(all: &[(&str, u64)]) -> Vec<Word> {
    all.iter().map(|(text, n_rows)| word(text, *n_rows, 1_000)).collect()
}

/// The scores of rows, each with a title, a body and labels.
fn scores(words: &[Word], rows: &[[&str; 3]]) -> Vec<f64> {
    let bags: Vec<Vec<u8>> = rows.iter().map(|fields| pack_fields(*fields)).collect();
    let seen: Vec<Occurrences> = bags.iter().map(|bag| occurrences(words, Bag::new(bag))).collect();
    let scale = Scale::of(seen.iter());
    seen.iter().map(|seen| scale.score(words, seen)).collect()
}

#[test]
fn a_row_fits_better_for_rarer_words_weightier_fields_and_less_besides() {
    let words = words(&[("rare", 3), ("common", 900)]);
    let of = |one: [&str; 3], other: [&str; 3]| {
        let scores = scores(&words, &[one, other]);
        (scores[0], scores[1])
    };
    for (better, worse) in [
        (["rare", "", ""], ["common", "", ""]),
        (["rare common", "", ""], ["rare other", "", ""]),
        (["rare", "x", ""], ["x", "rare", ""]),
        (["x", "x", "rare"], ["x", "rare", "x"]),
        (["", "rare rare x", ""], ["", "rare x x", ""]),
        (["", "rare x", ""], ["", "rare x x x x", ""]),
        (["", "common", ""], ["", "commons", ""]),
    ] {
        let (better_score, worse_score) = of(better, worse);
        assert!(worse_score < better_score, "{better:?} {better_score} and {worse:?} {worse_score}");
        assert!(0.0 <= worse_score);
    }
}

#[test]
fn the_score_is_that_of_the_paper() {
    let words = words(&[("w", 10)]);
    // One occurrence in the body of a text of the usual length: the worth alone.
    let worth = (1.0_f64 + 990.5 / 10.5).ln();
    let score = scores(&words, &[["", "w x", ""]])[0];
    assert!((score - worth).abs() < 1e-12, "{score} and {worth}");
    // Four times in a text twice as long as the usual one of three.
    let scores = scores(&words, &[["w", "x", ""], ["", "w w w w", ""]]);
    let expected = worth * 4.0 * 2.2 / (4.0 + 1.2 * (0.7 + 0.3 * 4.0 / 3.0));
    assert!((scores[1] - expected).abs() < 1e-12, "{} and {expected}", scores[1]);
}

#[test]
fn a_word_that_all_have_is_worth_little_and_never_less_than_nothing() {
    assert!(word("w", 1_000, 1_000).worth > 0.0);
    assert!(word("w", 1_000, 1_000).worth < 0.001);
    assert!(word("w", 0, 0).worth.is_finite());
}

#[test]
fn a_row_with_all_that_is_asked_fits_better_than_one_that_says_the_rarest_often() {
    let words = words(&[("rare", 3), ("other", 20), ("common", 200)]);
    let scores = scores(&words, &[["", "rare rare rare rare x", ""], ["", "rare other common x x", ""]]);
    assert!(scores[0] < scores[1], "{scores:?}");
}

#[test]
fn coverage_is_the_share_of_what_is_asked_and_wholes_are_nobodys_lack() {
    let mut words = words(&[("rare", 3), ("common", 900)]);
    words.push(Word::new(Vec::new(), &["whole".to_owned()], 1, 1_000, false));
    let coverage = |text: &str| occurrences(&words, Bag::new(&pack_fields([text, "", ""]))).coverage(&words);
    assert!((coverage("rare common") - 1.0).abs() < 1e-9);
    assert!(coverage("common") < 0.1 && 0.9 < coverage("rare"));
    assert!(coverage("x").abs() < 1e-9 && coverage("whole").abs() < 1e-9);
}

#[test]
fn of_two_long_rows_the_one_fits_better_that_has_what_is_asked_in_one_passage() {
    let words = words(&[("one", 20), ("other", 20)]);
    let filler = |n: usize| "x ".repeat(n);
    let (near, far) = (format!("one other {}", filler(200)), format!("one {} other", filler(200)));
    let of_long = scores(&words, &[["", &near, ""], ["", &far, ""]]);
    assert!(of_long[1] < of_long[0], "{of_long:?}");
    // In short ones it makes no difference.
    let (near, far) = (format!("one other {}", filler(20)), format!("one {} other", filler(20)));
    let of_short = scores(&words, &[["", &near, ""], ["", &far, ""]]);
    assert!((of_short[0] - of_short[1]).abs() < 1e-12, "{of_short:?}");
}
