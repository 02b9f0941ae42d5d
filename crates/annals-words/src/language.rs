//! In which language a text is written.
//!
//! Whoever says it by an ISO 639-1 code is believed. Otherwise the script decides where it belongs to one language among ours, and a small classifier
//! where it does not; that one always answers, so it is asked only for three words or more.
//! A detector that knows every language takes hundreds of megabytes; the words of an entry are found without it, since a query is tried in
//! several languages (see [`crate::ask`]).

#[cfg(feature = "detect")]
use whichlang::Lang;

/// The languages that an entry may be in: the contract's 28, and those of which the original has no words.
pub const LANGUAGES: [&str; 33] = [
    "ar", "hy", "eu", "ca", "da", "nl", "en", "fi", "fr", "de", "el", "hi", "hu", "id", "ga", "it", "lt", "ne", "no",
    "pt", "ro", "ru", "sr", "es", "sv", "ta", "tr", "yi", "zh", "ja", "ko", "he", "th",
];

/// Fewer words than this say nothing about their language.
const FEWEST_WORDS: usize = 3;

/// Enough of a text to tell; the rest costs time.
const MOST_BYTES: usize = 4_096;

/// The language with this code, letters' case aside; `None` for one that we have no words of.
pub fn known(code: &str) -> Option<&'static str> {
    let code = code.trim();
    LANGUAGES.into_iter().find(|known| known.eq_ignore_ascii_case(code))
}

/// The language of a text that somebody writes: the one that they name, or else the one that it seems to be in. `None` where neither is known.
pub fn language_of(named: Option<&str>, text: &str) -> Option<&'static str> {
    named.and_then(known).or_else(|| detect(text))
}

/// The language of a text, where it can be told.
pub fn detect(text: &str) -> Option<&'static str> {
    let text = beginning(text);
    let n_words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    match Scripts::of(text).main()? {
        // Written without blanks, so words can't be counted; a few letters of it are enough.
        Script::Kana => Some("ja"),
        Script::Han => Some("zh"),
        Script::Hangul => Some("ko"),
        Script::Thai => Some("th"),
        Script::Hebrew => Some(if is_yiddish(text) { "yi" } else { "he" }),
        Script::Greek => Some("el"),
        Script::Armenian => Some("hy"),
        Script::Tamil => Some("ta"),
        Script::Arabic => Some("ar"),
        Script::Devanagari => Some("hi"),
        Script::Cyrillic => Some(if text.contains(['ђ', 'ј', 'љ', 'њ', 'ћ', 'џ']) { "sr" } else { "ru" }),
        Script::Latin if n_words >= FEWEST_WORDS => latin(text),
        Script::Latin => None,
    }
}

/// The language of a text, by its ISO 639-1 code, where it can be told and is one that we have no words of.
pub fn unsupported(text: &str) -> Option<&'static str> {
    let text = beginning(text);
    if detect(text).is_some() {
        return None;
    }
    let mut n_letters = 0_usize;
    let mut counts = [0_usize; FOREIGN.len()];
    for letter in text.chars().filter(|letter| letter.is_alphabetic()) {
        n_letters += 1;
        if let Some(at) = FOREIGN.iter().position(|(first, last, _)| (*first..=*last).contains(&letter)) {
            counts[at] += 1;
        }
    }
    let foreign = counts.iter().zip(FOREIGN).find(|(count, _)| **count * 2 > n_letters).map(|(_, (.., code))| code);
    let n_words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    foreign.or_else(|| (n_words >= FEWEST_WORDS && is_vietnamese(text)).then_some("vi"))
}

/// Scripts of one language each, of which there are no words here.
const FOREIGN: [(char, char, &str); 12] = [
    ('\u{980}', '\u{9FF}', "bn"),
    ('\u{A00}', '\u{A7F}', "pa"),
    ('\u{A80}', '\u{AFF}', "gu"),
    ('\u{C00}', '\u{C7F}', "te"),
    ('\u{C80}', '\u{CFF}', "kn"),
    ('\u{D00}', '\u{D7F}', "ml"),
    ('\u{D80}', '\u{DFF}', "si"),
    ('\u{E80}', '\u{EFF}', "lo"),
    ('\u{1000}', '\u{109F}', "my"),
    ('\u{10A0}', '\u{10FF}', "ka"),
    ('\u{1200}', '\u{137F}', "am"),
    ('\u{1780}', '\u{17FF}', "km"),
];

#[cfg(feature = "detect")]
fn is_vietnamese(text: &str) -> bool {
    whichlang::detect_language(text) == Lang::Vie
}

#[cfg(not(feature = "detect"))]
fn is_vietnamese(_: &str) -> bool {
    false
}

/// Without the classifier, the script says nothing.
#[cfg(not(feature = "detect"))]
fn latin(_: &str) -> Option<&'static str> {
    None
}

/// The classifier's answer, as far as it is one of the languages in this script.
#[cfg(feature = "detect")]
fn latin(text: &str) -> Option<&'static str> {
    match whichlang::detect_language(text) {
        Lang::Deu => Some("de"),
        Lang::Eng => Some("en"),
        Lang::Fra => Some("fr"),
        Lang::Ita => Some("it"),
        Lang::Nld => Some("nl"),
        Lang::Por => Some("pt"),
        Lang::Spa => Some("es"),
        Lang::Swe => Some("sv"),
        Lang::Tur => Some("tr"),
        // The others are not written in this script, and for Vietnamese there are no stems.
        _ => None,
    }
}

/// Letters and ligatures that Hebrew does not have.
fn is_yiddish(text: &str) -> bool {
    text.contains(['\u{05F0}', '\u{05F1}', '\u{05F2}', 'ײ']) || text.contains("אַ") || text.contains("אָ")
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_BYTES)).unwrap_or(text)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Devanagari,
    Tamil,
    Thai,
    Hangul,
    Kana,
    Han,
}

/// How many letters of each script a text has.
struct Scripts([usize; 12]);

impl Scripts {
    fn of(text: &str) -> Self {
        let mut counts = [0; 12];
        for script in text.chars().filter_map(script) {
            counts[script as usize] += 1;
        }
        Self(counts)
    }

    /// The script of most letters. Japanese mixes three, so a fifth of kana decides; a letter of a dense script counts as several of an alphabet.
    fn main(&self) -> Option<Script> {
        let all = [
            Script::Latin,
            Script::Greek,
            Script::Cyrillic,
            Script::Armenian,
            Script::Hebrew,
            Script::Arabic,
            Script::Devanagari,
            Script::Tamil,
            Script::Thai,
            Script::Hangul,
            Script::Kana,
            Script::Han,
        ];
        let count = |script: Script| self.0[script as usize];
        if count(Script::Kana) * 5 > count(Script::Han) + count(Script::Kana)
            && count(Script::Kana) * 3 > count(Script::Latin)
        {
            return Some(Script::Kana);
        }
        let weight = |script: Script| match script {
            Script::Han | Script::Hangul => count(script) * 3,
            _ => count(script),
        };
        all.into_iter()
            .map(|script| (weight(script), script))
            .filter(|(n, _)| *n > 0)
            .max_by_key(|(n, _)| *n)
            .map(|(_, script)| script)
    }
}

fn script(letter: char) -> Option<Script> {
    Some(match letter {
        'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' => Script::Latin,
        '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
        '\u{400}'..='\u{52F}' => Script::Cyrillic,
        '\u{531}'..='\u{58F}' => Script::Armenian,
        '\u{5D0}'..='\u{5F4}' => Script::Hebrew,
        '\u{620}'..='\u{6FF}' | '\u{750}'..='\u{77F}' => Script::Arabic,
        '\u{900}'..='\u{97F}' => Script::Devanagari,
        '\u{B80}'..='\u{BFF}' => Script::Tamil,
        '\u{E00}'..='\u{E7F}' => Script::Thai,
        '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' => Script::Hangul,
        '\u{3041}'..='\u{30FF}' => Script::Kana,
        '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3134F}' => Script::Han,
        _ => return None,
    })
}

#[cfg(all(test, feature = "detect"))]
mod tests;
