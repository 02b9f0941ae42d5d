//! Which words are asked for, and in which forms.

use std::collections::HashSet;

use super::*;
use crate::{STEMMED, indexed};

fn asked(text: &str, named: Option<&str>) -> Asked {
    ask(&Query::parse(text, |_, _| true), named, &STEMMED)
}

/// How many of the question's words the text has.
fn n_found(text: &str, language: Option<&str>, question: &str) -> usize {
    let kept = indexed(text, language);
    let has: HashSet<&str> = kept.split(' ').collect();
    let asked = asked(question, None);
    asked.words.iter().chain(&asked.wholes).filter(|forms| forms.iter().any(|form| has.contains(form.as_str()))).count()
}

#[test]
fn stemmed_words_are_found_in_ten_languages_without_naming_one() {
    let table = [
        ("en", "The nightly backups are failing since Tuesday", ["backup", "why did the backup fail"], "printer"),
        ("de", "Die nächtlichen Sicherungen schlagen fehl", ["Sicherung", "wo liegen die Sicherungen"], "Drucker"),
        ("fr", "Les sauvegardes nocturnes échouent encore", ["sauvegarde", "où sont les sauvegardes"], "imprimante"),
        ("es", "Las copias de seguridad fallan otra vez", ["copia", "dónde están las copias"], "impresora"),
        ("it", "I salvataggi notturni falliscono ancora", ["salvataggio", "dove sono i salvataggi"], "stampante"),
        ("pt", "As cópias de segurança falham outra vez", ["cópia", "onde estão as cópias"], "impressora"),
        ("nl", "De nachtelijke bestanden zijn weer kwijt", ["bestand", "waar is het bestand"], "printer"),
        ("sv", "Säkerhetskopiorna misslyckas igen", ["säkerhetskopior", "var är säkerhetskopiorna"], "skrivare"),
        ("ru", "Ночные резервные копии не работают", ["копия", "где лежат резервные копии"], "принтер"),
        ("fi", "Varmuuskopiot epäonnistuvat taas", ["varmuuskopio", "missä varmuuskopiot ovat"], "tulostin"),
        ("hu", "Az éjszakai mentések megint sikertelenek", ["mentés", "hol vannak a mentések"], "nyomtató"),
        ("tr", "Gece yedekleri yine başarısız oldu", ["yedek", "yedekler nerede"], "yazıcı"),
    ];
    for (language, text, questions, other) in table {
        for question in questions {
            assert!(
                n_found(text, Some(language), question) > 0,
                "{language}: `{question}`: {:?}",
                asked(question, None)
            );
        }
        assert_eq!(n_found(text, Some(language), other), 0, "{language}: `{other}`");
    }
}

#[test]
fn scripts_without_blanks_and_hebrew_are_found_by_words_inside() {
    let table = [
        ("zh", "数据库的夜间备份又失败了", ["备份", "数据库在哪里"], "天气"),
        ("ja", "データベースの夜間バックアップがまた失敗しています", ["バックアップ", "夜間の失敗"], "天気"),
        ("ko", "데이터베이스의 야간 백업이 다시 실패합니다", ["백업", "데이터베이스 백업은 어디에"], "날씨"),
        ("he", "גיבויי הלילה של מסד הנתונים נכשלים", ["הנתונים", "איפה מסד הנתונים"], "גשם"),
        ("th", "การสำรองฐานข้อมูลตอนกลางคืนล้มเหลว", ["ฐานข้อมูล", "สำรองฐานข้อมูลที่ไหน"], "ฝน"),
    ];
    for (language, text, questions, other) in table {
        for question in questions {
            assert!(n_found(text, Some(language), question) > 0, "{language}: `{question}`");
        }
        assert_eq!(n_found(text, Some(language), other), 0, "{language}: `{other}`");
    }
    assert!(n_found("我家的猫", Some("zh"), "猫") > 0, "a single letter");
}

#[test]
fn without_stems_the_same_words_are_missed() {
    let simple = asked("backups", Some("simple"));
    assert_eq!(simple.words, [["backups"]]);
    assert!(!indexed("Nightly backups are failing", Some("en")).split(' ').any(|word| word == "backups"));
}

#[test]
fn two_small_words_tell_a_language_that_the_detector_does_not_know() {
    let words = |text: &str, spoken: &[&'static str]| ask(&Query::words(text), None, spoken).words.len();
    assert_eq!(words("missä varmuuskopiot ovat", &["fi", "sv"]), 1);
    assert_eq!(words("missä varmuuskopiot ovat", &["sv"]), 3);
    assert_eq!(words("missä varmuuskopiot", &["fi"]), 2);
}

#[test]
fn only_the_languages_that_are_spoken_are_tried() {
    let query = Query::words("копии");
    let of = |spoken: &[&'static str]| ask(&query, None, spoken).words[0].clone();
    assert_eq!(of(&["ru"]), ["коп", "копии"]);
    assert_eq!(of(&["de"]), ["копии"]);
    assert_eq!(of(&[]), ["копии"]);
    // Who names a language or tells it by a small word is believed, whatever is spoken.
    assert!(ask(&Query::words("sauvegardes"), Some("FR"), &[]).words[0].contains(&"sauvegard".to_owned()));
    assert!(ask(&Query::words("où sont les sauvegardes"), None, &[]).words.concat().contains(&"sauvegard".to_owned()));
}

#[test]
fn wholes_phrases_and_refusals_come_apart_from_words() {
    let asked = asked(r#"max_connections "src/main.rs is old" -printers"#, None);
    assert!(asked.wholes.iter().any(|forms| forms == &["maxconnections"]));
    assert!(asked.words.iter().any(|forms| forms.contains(&"connect".to_owned())));
    assert_eq!(asked.phrases.len(), 1);
    // As the index has it: the whole, its parts, and the words behind; small words too.
    assert_eq!(asked.phrases[0].len(), 6);
    assert!(asked.phrases[0][4].contains(&"is".to_owned()));
    assert_eq!(asked.without.len(), 1);
    assert!(asked.without[0][0].contains(&"printer".to_owned()));
}

#[test]
fn a_day_is_asked_for_as_a_whole() {
    assert_eq!(asked("2026-11-21", None).words, [["20261121"]]);
    assert_eq!(asked("2026-11", None).words, [["202611"]]);
    assert_eq!(asked("2026-11-21", None).wholes, Vec::<Forms>::new());
}

#[test]
fn a_question_is_bounded_and_says_no_word_twice() {
    let long = (0..10_000).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    assert!(asked(&long, None).words.len() <= MOST_ASKED);
    assert!(asked(&format!("\"{long}\""), None).phrases[0].len() <= MOST_ASKED);
    assert_eq!(asked("backup backup BACKUP", Some("simple")).words, [["backup"]]);
    assert!(asked("", None).is_empty() && asked("?!", None).is_empty());
    assert!(asked("-printer", None).is_empty());
    // A question of nothing but small words is still asked.
    assert!(!asked("to be or not to be", None).is_empty());
    assert!(!asked("backup of the database", None).words.concat().contains(&"the".to_owned()));
}

#[test]
fn no_word_can_be_an_operator() {
    // Without blanks, quotes or ASCII punctuation other than `_`; ASCII letters in lower case.
    let odd =
        "He said \"STOP\" (now); O'Neil's a/b*c -- NEAR(x) col:y \u{00A0}z\u{2028}w 'q' 50% $x {y} [z] ~`^&=|<>,?!";
    let asked = asked(odd, None);
    let kept = indexed(odd, None);
    let words = asked.words.concat();
    for word in words
        .iter()
        .map(String::as_str)
        .chain(asked.phrases.concat().concat().iter().map(String::as_str))
        .chain(kept.split(' '))
    {
        let is_kept = |letter: char| letter == '_' || !(letter.is_ascii_punctuation() || letter.is_whitespace());
        assert!(word.chars().all(|letter| is_kept(letter) && !letter.is_ascii_uppercase()), "`{word}`");
    }
}
