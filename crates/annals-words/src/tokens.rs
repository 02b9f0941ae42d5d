//! A text cut into the words that it may be found by.
//!
//! A word between blanks is a word. An identifier, a path or a date (`max_connections`, `src/main.rs`, `2026-11-21`, `parseUrl`) counts as a whole,
//! written without its joints, and as each of its parts. Scripts that put no blanks between words are cut into pairs of neighbouring letters, which
//! finds words without a dictionary, and into single letters for those who ask for one.
//! What comes out holds letters, digits and marks alone, in lower case, so that no database's own way of cutting can differ.
//!
//! It knows no language: see [`super::stems`].

/// A text may be longer; what is beyond is not found by it.
pub(super) const MOST_TOKENS: usize = 50_000;

const APOSTROPHES: [char; 2] = ['\'', '’'];

/// Longer words are keys and encodings, and nobody types them.
const LONGEST: usize = 64;

/// One word of a text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Token {
    /// A word of an alphabet, which has a stem.
    Word(String),
    /// An identifier, a path or a date without its joints; its parts come behind it.
    Whole(String),
    /// A number, which is looked for as it stands.
    Number(String),
    /// Two neighbouring letters of a script without blanks.
    Pair(String),
    /// One such letter; asked for only where it stands alone.
    Single(String),
}

/// The words of a text, in its order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for chunk in text.split(|letter: char| !belongs(letter) && !is_joint(letter)) {
        if found.len() >= MOST_TOKENS {
            break;
        }
        let chunk = chunk.trim_matches(is_joint);
        if !chunk.is_empty() {
            cut(chunk, &mut found);
        }
    }
    found
}

/// One chunk between blanks, joints inside.
fn cut(chunk: &str, found: &mut Vec<Token>) {
    let is_elided = chunk.contains(APOSTROPHES);
    for said in chunk.split(APOSTROPHES) {
        // What an apostrophe cuts off, as in `user's` or `l'eau`, is no word; where letters are words, it is a quotation mark.
        if !is_elided || said.chars().nth(1).is_some() || said.chars().all(is_dense) {
            cut_joined(said.trim_matches(is_joint), found);
        }
    }
}

/// What holds together but by apostrophes.
fn cut_joined(chunk: &str, found: &mut Vec<Token>) {
    let mut parts: Vec<String> = Vec::new();
    for piece in chunk.split(is_joint).filter(|piece| !piece.is_empty()) {
        for run in runs(piece) {
            match run {
                Run::Dense(run) => dense(run, found),
                Run::Spaced(run) => humps(run, &mut parts),
            }
        }
    }
    if parts.len() > 1 {
        push(parts.concat(), Token::Whole, found);
    }
    for part in parts {
        let is_number = part.chars().all(|letter| letter.is_ascii_digit());
        push(part, if is_number { Token::Number } else { Token::Word }, found);
    }
}

fn push(text: String, kind: fn(String) -> Token, found: &mut Vec<Token>) {
    if !text.is_empty() && text.len() <= LONGEST {
        found.push(kind(text));
    }
}

enum Run<'a> {
    Dense(&'a str),
    Spaced(&'a str),
}

/// Letters of scripts with blanks and of those without, apart.
fn runs(piece: &str) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    let mut rest = piece;
    while let Some(first) = rest.chars().next() {
        let is_same = |letter: char| is_mark(letter) || is_dense(letter) == is_dense(first);
        let border = rest.find(|letter: char| !is_same(letter)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(border);
        found.push(if is_dense(first) { Run::Dense(run) } else { Run::Spaced(run) });
        rest = after;
    }
    found
}

/// `parseUrl` and `HTTPServer` by their humps, in lower case and without the signs that are often left out.
fn humps(run: &str, parts: &mut Vec<String>) {
    let letters: Vec<char> = run.chars().collect();
    let mut part = String::new();
    for (n, letter) in letters.iter().copied().enumerate() {
        let before = n.checked_sub(1).map(|n| letters[n]);
        let after = letters.get(n + 1).copied();
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || (before.is_uppercase() && after.is_some_and(char::is_lowercase))
            });
        if begins && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        if !is_left_out(letter) {
            part.extend(letter.to_lowercase());
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
}

/// Each letter with the marks on it, alone and with its neighbour.
fn dense(run: &str, found: &mut Vec<Token>) {
    let mut letters: Vec<String> = Vec::new();
    for letter in run.chars() {
        match letters.last_mut() {
            Some(last) if is_mark(letter) => last.push(letter),
            _ => letters.push(letter.to_string()),
        }
    }
    // Each pair stands between its letters, so that a part of the run is a part of what comes out.
    for (n, letter) in letters.iter().enumerate() {
        found.push(Token::Single(letter.clone()));
        if let Some(next) = letters.get(n + 1) {
            found.push(Token::Pair(format!("{letter}{next}")));
        }
    }
}

/// What a word is made of.
fn belongs(letter: char) -> bool {
    letter.is_alphanumeric() || is_mark(letter)
}

/// What holds an identifier, a path, a date or an address together.
fn is_joint(letter: char) -> bool {
    matches!(letter, '_' | '-' | '.' | '/' | '\\' | ':' | '@' | '#' | '+' | '\'' | '’' | '־' | '·')
}

/// Vowel signs and accents that stand on another letter.
fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}'..='\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}'
        | '\u{900}'..='\u{903}' | '\u{93A}'..='\u{94F}' | '\u{951}'..='\u{957}' | '\u{962}'..='\u{963}'
        | '\u{B82}' | '\u{BBE}'..='\u{BCD}' | '\u{BD7}' | '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}'
        | '\u{EB1}' | '\u{EB4}'..='\u{EBC}' | '\u{EC8}'..='\u{ECE}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}')
}

/// Vowel signs of Hebrew and Arabic, which most writers leave out.
fn is_left_out(letter: char) -> bool {
    matches!(letter, '\u{591}'..='\u{5C7}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{640}')
}

/// Scripts that put no blanks between words, and Hangul, whose words carry their particles.
fn is_dense(letter: char) -> bool {
    matches!(letter,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{3134F}')
}

#[cfg(test)]
mod tests;
