//! Globs over resources, held against a slow matcher that cannot go wrong: a table over all places of pattern and text.

use annals_store::Glob;

/// What a pattern is made of.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Character(char),
    OneCharacter,
    WithinSegment,
    Anything,
}

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (pattern, resource) = text.split_once('\n').unwrap_or((text, ""));
    // The table is quadratic.
    if resource.len() > 512 {
        return;
    }
    let Ok(glob) = Glob::parse(pattern) else {
        assert!(pattern.is_empty() || pattern.len() > 1024, "`{pattern}` was refused");
        return;
    };
    assert_eq!(glob.as_str(), pattern);
    assert_eq!(glob.is_match(resource), expected(pattern, resource), "`{pattern}` over `{resource}`");
}

/// Whether a resource fits, by the rules as the documentation has them.
fn expected(pattern: &str, resource: &str) -> bool {
    let parts = parts(pattern);
    let any_folder = [Part::Anything, Part::Character('/')];
    let anywhere = !pattern.starts_with(['/', '*']) && !pattern.contains("://");
    fits(&parts, resource)
        || anywhere && fits(&[&any_folder, parts.as_slice()].concat(), resource)
        || parts.strip_prefix(&any_folder).is_some_and(|parts| fits(parts, resource))
}

fn parts(pattern: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let (part, n_bytes) = match character {
            '*' if rest.starts_with("**") => (Part::Anything, 2),
            '*' => (Part::WithinSegment, 1),
            '?' => (Part::OneCharacter, 1),
            other => (Part::Character(other), other.len_utf8()),
        };
        parts.push(part);
        rest = &rest[n_bytes..];
    }
    parts
}

/// Row by row: which beginnings of the text fit the parts so far.
fn fits(parts: &[Part], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut fitting = vec![false; text.len() + 1];
    fitting[0] = true;
    for part in parts {
        let mut next = vec![false; text.len() + 1];
        next[0] = fitting[0] && matches!(part, Part::WithinSegment | Part::Anything);
        for (at, character) in text.iter().enumerate() {
            next[at + 1] = match part {
                Part::Character(wanted) => fitting[at] && wanted == character,
                Part::OneCharacter => fitting[at] && *character != '/',
                Part::WithinSegment => fitting[at + 1] || next[at] && *character != '/',
                Part::Anything => fitting[at + 1] || next[at],
            };
        }
        fitting = next;
    }
    fitting[text.len()]
}
