//! The words that a query asks for, in every form that they may have.

use std::collections::HashSet;

use crate::query::Query;
use crate::tokens::{Token, tokens};
use crate::{language, stems, stop};

/// A query may have more words; they are not asked for.
const MOST_ASKED: usize = 24;

/// The forms of one word, any of which is the word. Never empty.
pub type Forms = Vec<String>;

/// Words that stand one after the other.
pub type Phrase = Vec<Forms>;

/// What a query asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Asked {
    /// The words, none twice. A text need not have them all.
    pub words: Vec<Forms>,
    /// Identifiers, paths and the like as a whole, whose parts are among the words: who has one fits better, and nobody lacks it.
    pub wholes: Vec<Forms>,
    /// What a text must have.
    pub phrases: Vec<Phrase>,
    /// What a text must not have.
    pub without: Vec<Phrase>,
}

/// What a query asks for.
///
/// `named` is a language that the asker names, and `simple` takes the words as they stand. `spoken` are the languages that the texts are in, as far as there are stems for them: where the query
/// tells its own language by nothing, its words are asked for by the stems of each of these.
pub fn ask(query: &Query, named: Option<&str>, spoken: &[&'static str]) -> Asked {
    let cut = without_days(tokens(&query.words));
    let forms = AllForms::of(&query.words, &cut, named, spoken);
    let says_nothing = |token: &Token| matches!(token, Token::Word(word) if forms.is_stop(word));
    let has_pairs = cut.iter().any(|token| matches!(token, Token::Pair(_)));
    let says_something = |token: &Token| !(says_nothing(token) || has_pairs && matches!(token, Token::Single(_)));
    let mut telling: Vec<&Token> = cut.iter().filter(|token| says_something(token)).collect();
    if telling.is_empty() && query.phrases.is_empty() {
        telling = cut.iter().collect();
    }
    let mut asked = Asked::default();
    let mut seen = HashSet::new();
    for token in telling.into_iter().take(MOST_ASKED) {
        let of_token = forms.of_token(token);
        if !of_token.is_empty() && seen.insert(of_token.clone()) {
            if matches!(token, Token::Whole(_)) { &mut asked.wholes } else { &mut asked.words }.push(of_token);
        }
    }
    let phrase = |text: &String| -> Phrase {
        let cut = tokens(text);
        cut.iter().take(MOST_ASKED).map(|token| forms.of_token(token)).filter(|forms| !forms.is_empty()).collect()
    };
    asked.phrases = query.phrases.iter().map(phrase).filter(|phrase| !phrase.is_empty()).collect();
    asked.without = query.without.iter().map(phrase).filter(|phrase| !phrase.is_empty()).collect();
    // What must be there says how well the rest fits, too.
    for forms in asked.phrases.iter().flatten() {
        if asked.words.len() < MOST_ASKED && seen.insert(forms.clone()) {
            asked.words.push(forms.clone());
        }
    }
    asked
}

/// What a query asks for where all of it must be there: each of its words, and each identifier, path or date as its parts one behind the other, so that `src/auth.rs` finds that file and
/// not whatever has an `rs`, an `src` and an `auth` somewhere. There are no [`Asked::wholes`], and the words of phrases are not told twice.
///
/// For texts that are kept as those of no known language: a word is asked for as it was typed and by its English stem.
pub fn ask_all(query: &Query) -> Asked {
    let mut rest = Query { words: String::new(), ..query.clone() };
    for chunk in query.words.split_whitespace() {
        if let Some(parts) = parts(chunk) {
            rest.phrases.push(parts);
        } else {
            rest.words.push_str(chunk);
            rest.words.push(' ');
        }
    }
    // A phrase of more than that has its identifiers as they stand in a text, where the whole comes before its parts.
    for phrase in rest.phrases.iter_mut().chain(&mut rest.without) {
        if let Some(parts) = parts(phrase.trim()) {
            *phrase = parts;
        }
    }
    let mut asked = ask(&rest, None, &[]);
    let Asked { words, wholes, phrases, .. } = &mut asked;
    words.retain(|forms| !phrases.iter().flatten().any(|known| known == forms));
    wholes.clear();
    asked
}

/// The parts of an identifier, a path or a date, with blanks between them; `None` for anything else.
fn parts(chunk: &str) -> Option<String> {
    let cut = tokens(chunk);
    let (Token::Whole(whole), rest) = cut.split_first()? else { return None };
    let parts: Vec<&str> = rest
        .iter()
        .map(|token| match token {
            Token::Word(part) | Token::Number(part) => Some(part.as_str()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    (parts.concat() == *whole).then(|| parts.join(" "))
}

impl Asked {
    /// Whether nothing is asked for that a text could have.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.wholes.is_empty() && self.phrases.is_empty()
    }
}

/// In which forms a query's words are asked for.
struct AllForms {
    languages: Vec<&'static str>,
    stops: Option<&'static str>,
}

impl AllForms {
    fn of(text: &str, cut: &[Token], named: Option<&str>, spoken: &[&'static str]) -> Self {
        if named.is_some_and(|named| named.trim().eq_ignore_ascii_case("simple")) {
            return Self { languages: Vec::new(), stops: None };
        }
        // Texts of no known language are kept by their English stems.
        if let Some(named) = named.and_then(language::known) {
            return Self { languages: vec![named, "en"], stops: Some(named) };
        }
        let guess = language::detect(text);
        let confirms = |language: &str| {
            cut.iter().any(|token| matches!(token, Token::Word(word) if stop::is_stop(word, language)))
        };
        if let Some(sure) = guess.filter(|guess| confirms(guess)).or_else(|| by_small_words(cut, spoken)) {
            return Self { languages: vec![sure, "en"], stops: Some(sure) };
        }
        let others = spoken.iter().copied().filter(|language| *language != "en");
        Self { languages: ["en"].into_iter().chain(others).collect(), stops: Some("en") }
    }

    fn is_stop(&self, word: &str) -> bool {
        self.stops.is_some_and(|language| stop::is_stop(word, language))
    }

    fn of_token(&self, token: &Token) -> Forms {
        let mut forms = match token {
            Token::Word(word) => self.all(word),
            Token::Whole(word) | Token::Number(word) | Token::Pair(word) | Token::Single(word) => vec![word.clone()],
        };
        forms.retain(|form| !form.is_empty());
        forms
    }

    fn all(&self, word: &str) -> Forms {
        let stems = self.languages.iter().map(|language| stems::stem(word, Some(language)));
        let mut forms: Forms = [word.to_owned()].into_iter().chain(stems).collect();
        // One letter is no stem of anything: it would be found everywhere.
        forms.retain(|form| form == word || form.chars().count() > 1);
        forms.sort_unstable();
        forms.dedup();
        forms
    }
}

/// The language of these that most of the small words are of: two at the least, and more than are English. The detector knows sixteen languages, and these tell the others.
fn by_small_words(cut: &[Token], spoken: &[&'static str]) -> Option<&'static str> {
    let n_small = |language: &str| {
        cut.iter().filter(|token| matches!(token, Token::Word(word) if stop::is_stop(word, language))).count()
    };
    let n_english = n_small("en");
    let counted = spoken.iter().filter(|language| **language != "en").map(|language| (n_small(language), *language));
    counted.max_by_key(|(n, _)| *n).filter(|(n, _)| 2 <= *n && n_english < *n).map(|(_, language)| language)
}

/// A day is asked for as a whole: its parts are numbers that stand in any text.
fn without_days(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let Token::Whole(whole) = &token else {
            kept.push(token);
            continue;
        };
        if !(matches!(whole.len(), 6 | 8) && whole.bytes().all(|byte| byte.is_ascii_digit())) {
            kept.push(token);
            continue;
        }
        let mut left = whole.as_str();
        while let Some(Token::Number(part)) = rest.peek()
            && part.len() <= 4
            && let Some(after) = left.strip_prefix(part.as_str())
        {
            left = after;
            rest.next();
        }
        // Without its parts it is no whole of anything.
        kept.push(Token::Number(whole.clone()));
    }
    kept
}

#[cfg(all(test, feature = "detect"))]
mod tests;
