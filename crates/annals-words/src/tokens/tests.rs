//! What a text is cut into.

use super::*;

/// The tokens as one line: `=` before a number, `+` before a whole, `~` before a single letter.
fn shown(text: &str) -> String {
    let show = |token: Token| match token {
        Token::Word(text) | Token::Pair(text) => text,
        Token::Number(text) => format!("={text}"),
        Token::Whole(text) => format!("+{text}"),
        Token::Single(text) => format!("~{text}"),
    };
    tokens(text).into_iter().map(show).collect::<Vec<_>>().join(" ")
}

#[test]
fn words_identifiers_paths_dates_and_numbers_are_found_by_their_parts() {
    let table = [
        ("Backups fail, again!", "backups fail again"),
        ("set max_connections to 200", "set +maxconnections max connections to =200"),
        ("src/text/tokens.rs", "+srctexttokensrs src text tokens rs"),
        ("on 2026-11-21", "on +20261121 =2026 =11 =21"),
        ("a well-known HTTPServer", "a +wellknown well known +httpserver http server"),
        ("parseUrl v2.1", "+parseurl parse url +v21 v2 =1"),
        ("mail bob@example.com.", "mail +bobexamplecom bob example com"),
        ("the user's l'eau don’t", "the user eau don"),
        ("GitHub's l'HTTPServer O'Neil-Smith’s", "+github git hub +httpserver http server +neilsmith neil smith"),
        ("Straße ÜBER", "straße über"),
        ("--flag, (x) ...", "flag x"),
        ("", ""),
        ("-_-", ""),
    ];
    for (text, expected) in table {
        assert_eq!(shown(text), expected, "`{text}`");
    }
}

#[test]
fn scripts_without_blanks_are_cut_into_pairs() {
    assert_eq!(shown("数据库"), "~数 数据 ~据 据库 ~库");
    assert_eq!(shown("猫"), "~猫");
    assert_eq!(shown("他说‘好’吧"), "~他 他说 ~说 ~好 ~吧");
    assert_eq!(shown("データ"), "~デ デー ~ー ータ ~タ");
    assert_eq!(shown("백업이"), "~백 백업 ~업 업이 ~이");
    assert_eq!(shown("PostgreSQL数据"), "~数 数据 ~据 +postgresql postgre sql");
    // A vowel sign stays with its letter.
    assert_eq!(shown("ที่นี่"), "~ที่ ที่นี่ ~นี่");
}

#[test]
fn signs_that_writers_leave_out_make_no_difference() {
    assert_eq!(shown("שָׁלוֹם"), shown("שלום"));
    assert_eq!(shown("مُحَمَّد"), shown("محمد"));
    // In Hindi they are letters.
    assert_eq!(shown("विफल हुआ"), "विफल हुआ");
}

#[test]
fn a_hostile_text_stays_small() {
    assert_eq!(shown(&"x".repeat(100_000)), "");
    assert!(tokens(&"a ".repeat(1_000_000)).len() <= MOST_TOKENS);
    assert_eq!(shown(&"-".repeat(1_000_000)), "");
}
