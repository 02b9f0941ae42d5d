//! The words of a text as an index keeps them.

use crate::stems::stem;
use crate::tokens::{Token, tokens};

/// The words of a text, each by its one form, in their order, joined by single blanks.
///
/// Of a text in no known language each may be a word of any: they are kept as they stand, and behind them all come those English stems that differ, so that neighbours stay neighbours.
pub fn indexed(text: &str, language: Option<&str>) -> String {
    let (mut words, mut stems) = (Vec::new(), Vec::new());
    for token in tokens(text) {
        match token {
            Token::Word(word) => {
                let stem = stem(&word, Some(language.unwrap_or("en")));
                if language.is_some() {
                    words.push(stem);
                } else {
                    if stem != word {
                        stems.push(stem);
                    }
                    words.push(word);
                }
            }
            Token::Whole(word) | Token::Number(word) | Token::Pair(word) | Token::Single(word) => words.push(word),
        }
    }
    words.append(&mut stems);
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// The words of a name, such as a tag or a key: each as it stands, and by its stem.
pub fn names(text: &str, language: Option<&str>) -> Vec<String> {
    let mut words = Vec::new();
    for token in tokens(text) {
        match token {
            Token::Word(word) => {
                words.push(stem(&word, Some(language.unwrap_or("en"))));
                words.push(word);
            }
            Token::Whole(word) | Token::Number(word) | Token::Pair(word) | Token::Single(word) => words.push(word),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests;
