//! Whether two outputs say the same, apart from what no two runs share.
//!
//! Ids (eight or more hexadecimal digits, hyphens among them), dates, times and durations with their unit count as equal to any other of their kind; so does the space that aligns columns.
//! Everything else, plain numbers included, must be the same.

/// Stands for lines that are not worth showing, any number of them.
const ELISION: &str = "…";

/// Compares line by line.
pub(super) fn alike(shown: &[String], real: &[String]) -> bool {
    match shown.split_first() {
        None => real.is_empty(),
        Some((first, rest)) if first == ELISION => (0..=real.len()).any(|n_elided| alike(rest, &real[n_elided..])),
        Some((first, rest)) => {
            real.split_first().is_some_and(|(line, real)| masked(first) == masked(line) && alike(rest, real))
        }
    }
}

/// The line with a sign in place of each word that differs from run to run.
fn masked(line: &str) -> Vec<String> {
    let words = line.split(|character: char| character.is_whitespace() || "\"',(){}[]=".contains(character));
    words.filter(|word| !word.is_empty()).map(mask).collect()
}

fn mask(word: &str) -> String {
    let bare = word.trim_end_matches(['.', ':', '…', ';']);
    let has_digit = bare.chars().any(|character| character.is_ascii_digit());
    let is_id = 8 <= bare.len() && bare.chars().all(|character| character.is_ascii_hexdigit() || character == '-');
    let is_time = bare.contains([':', '-'])
        && bare.chars().all(|character| character.is_ascii_digit() || ":-.TZ+".contains(character));
    if has_digit && is_time {
        return "<time>".to_owned();
    }
    if is_duration(bare) {
        return "<duration>".to_owned();
    }
    if has_digit && is_id {
        return "<id>".to_owned();
    }
    // A rule is as wide as its column.
    let mut characters = word.chars();
    match characters.next() {
        Some(first)
            if 2 < word.chars().count() && !first.is_alphanumeric() && characters.all(|other| other == first) =>
        {
            "<rule>".to_owned()
        }
        _ => word.to_owned(),
    }
}

/// `69ms`, `1.5s`: how long something took, which no two runs share.
fn is_duration(word: &str) -> bool {
    let number = ["ms", "s", "m", "h"].iter().find_map(|unit| word.strip_suffix(unit)).unwrap_or_default();
    !number.is_empty() && number.chars().all(|character| character.is_ascii_digit() || character == '.')
}

#[cfg(test)]
mod tests;
