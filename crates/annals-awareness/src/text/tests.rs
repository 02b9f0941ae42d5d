//! What is found by what: an entry's words against a question's.

use annals_store::awareness::{EntryId, EntryType};
use serde_json::json;

use super::*;

/// 2026-11-21T12:00:00Z.
const NOON: Timestamp = Timestamp::from_nanos(1_795_262_400_000_000_000);

fn note(language: Option<&str>, description: &str, content: &str) -> Entry {
    let mut entry = Entry::new(EntryId::v4([7; 16]), EntryType::Note, "home-server", NOON);
    entry.language = language.map(str::to_owned);
    entry.data.insert("description".to_owned(), json!(description));
    entry.data.insert("content".to_owned(), json!(content));
    entry
}

/// How many of the question's words the entry has.
fn found(entry: &Entry, question: &str, language: Option<&str>) -> usize {
    let terms = terms_of_entry(entry);
    let has: HashSet<&str> = terms.words().collect();
    terms_of_query(question, language).iter().filter(|word| has.contains(word.as_str())).count()
}

#[test]
fn search_finds_stemmed_words_without_naming_a_language() {
    let english = note(Some("en"), "Nightly backups are failing since Tuesday", "See /var/log/backup.log");
    let german = note(Some("de"), "Die nächtlichen Sicherungen schlagen fehl", "");
    let russian = note(Some("ru"), "Ночные резервные копии не работают", "");
    let table = [
        (&english, "backup", true),
        (&english, "backups", true),
        (&english, "why does the backup fail", true),
        (&english, "failed", true),
        (&english, "BACKUPS!", true),
        (&english, "kubernetes", false),
        (&english, "why is the", false),
        (&german, "Sicherung", true),
        (&german, "wo liegen die Sicherungen", true),
        (&german, "Datenbank", false),
        (&russian, "копия", true),
    ];
    for (entry, question, is_found) in table {
        assert_eq!(found(entry, question, None) > 0, is_found, "`{question}`: {:?}", terms_of_query(question, None));
    }
}

#[test]
fn the_original_would_have_missed_it() {
    // The control: without stems the same words are not found.
    let english = note(Some("en"), "Nightly backups are failing", "");
    assert_eq!(found(&english, "backups", Some("simple")), 0);
    assert!(found(&english, "backups", None) > 0);
}

#[test]
fn an_entry_without_a_language_is_found_by_its_words_and_their_english_forms() {
    let short = note(None, "disk quotas", "");
    for question in ["disk", "quotas", "quota", "disks"] {
        assert!(found(&short, question, None) > 0, "`{question}`");
    }
}

#[test]
fn source_tags_key_and_dates_are_found() {
    let mut entry = note(Some("en"), "A note", "");
    entry.tags = vec!["postgres-tuning".to_owned()];
    entry.logical_key = Some("runbook:db_restore".to_owned());
    for question in [
        "home-server",
        "home",
        "server",
        "postgres-tuning",
        "postgres",
        "tuning",
        "db_restore",
        "restore",
        "2026-11-21",
        "2026-11",
        "2026",
        "november",
    ] {
        assert!(found(&entry, question, None) > 0, "`{question}`");
    }
    assert_eq!(found(&entry, "2026-11-20", None), 0, "another day");
    assert_eq!(found(&entry, "2025-11-21", None), 0, "another year");
}

#[test]
fn identifiers_paths_and_numbers_are_found_whole_and_by_their_parts() {
    let entry = note(Some("en"), "max_connections is 200", "edit src/text/tokens.rs, parseUrl");
    for question in
        ["max_connections", "connections", "connection", "200", "tokens.rs", "src/text/tokens.rs", "parse", "parseUrl"]
    {
        assert!(found(&entry, question, None) > 0, "`{question}`");
    }
}

#[test]
fn scripts_without_blanks_are_found_by_words_inside() {
    let table = [
        (Some("zh"), "数据库的夜间备份又失败了", "备份", "天气"),
        (Some("ja"), "データベースの夜間バックアップがまた失敗しています", "バックアップ", "天気"),
        (Some("ko"), "데이터베이스의 야간 백업이 다시 실패합니다", "백업", "날씨"),
        (Some("th"), "การสำรองฐานข้อมูลตอนกลางคืนล้มเหลว", "ฐานข้อมูล", "ฝน"),
        (Some("he"), "גיבויי הלילה של מסד הנתונים נכשלים", "הנתונים", "גשם"),
    ];
    for (language, text, inside, outside) in table {
        let entry = note(language, text, "");
        assert!(found(&entry, inside, None) > 0, "`{inside}`");
        assert_eq!(found(&entry, outside, None), 0, "`{outside}`");
    }
    assert!(found(&note(Some("zh"), "我家的猫", ""), "猫", None) > 0, "a single letter");
}

#[test]
fn what_the_original_does_not_index_is_found() {
    let typed = |entry_type, data: Value| {
        let mut entry = Entry::new(EntryId::v4([7; 16]), entry_type, "nas", NOON);
        entry.data = data.as_object().expect("data is an object").clone();
        entry
    };
    let table = [
        (EntryType::Alert, json!({ "message": "disk is full", "details": { "mount": "/srv" } }), "full"),
        (EntryType::Alert, json!({ "message": "disk is full", "details": { "mount": "/srv" } }), "srv"),
        (EntryType::Pattern, json!({ "description": "x", "effect": "expect high load" }), "load"),
        (EntryType::Preference, json!({ "key": "editor", "value": "helix" }), "helix"),
        (EntryType::Status, json!({ "metrics": { "cpu_percent": 87.5 } }), "cpu"),
        (EntryType::Record, json!({ "content": [{ "street": "Elm" }] }), "elm"),
    ];
    for (entry_type, data, question) in table {
        assert!(found(&typed(entry_type, data), question, None) > 0, "`{question}`");
    }
}

#[test]
fn words_keep_the_promise_of_the_store() {
    // Without blanks, quotes or ASCII punctuation other than `_`; ASCII letters in lower case.
    let odd =
        "He said \"STOP\" (now); O'Neil's a/b*c -- NEAR(x) col:y \u{00A0}z\u{2028}w 'q' 50% $x {y} [z] ~`^&=|<>,?!";
    let entry = note(Some("en"), odd, odd);
    let terms = terms_of_entry(&entry);
    let asked = terms_of_query(odd, None);
    assert!(!asked.is_empty());
    for word in terms.words().chain(asked.iter().map(String::as_str)) {
        let is_kept = |letter: char| letter == '_' || !(letter.is_ascii_punctuation() || letter.is_whitespace());
        assert!(word.chars().all(|letter| is_kept(letter) && !letter.is_ascii_uppercase()), "`{word}`");
    }
}

#[test]
fn a_question_is_bounded_and_says_no_word_twice() {
    let long = (0..10_000).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    assert!(terms_of_query(&long, None).len() <= MOST_ASKED * 29);
    assert_eq!(terms_of_query("backup backup BACKUP", Some("simple")), ["backup"]);
    assert_eq!(terms_of_query("", None), Vec::<String>::new());
    assert_eq!(terms_of_query("?!", None), Vec::<String>::new());
    // A question of nothing but such words is still asked.
    assert!(!terms_of_query("to be or not to be", None).is_empty());
    assert!(!terms_of_query("backup of the database", None).contains(&"the".to_owned()));
}

#[test]
fn who_names_a_language_is_believed() {
    assert_eq!(language_of(Some("DE"), "The nightly backups of the database"), Some("de"));
    assert_eq!(language_of(Some("klingon"), "The nightly backups of the database"), Some("en"));
    assert_eq!(language_of(None, "backup"), None);
}
