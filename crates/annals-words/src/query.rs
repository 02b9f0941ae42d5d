//! What somebody types into a search, taken apart.
//!
//! Words, `"phrases"`, `-not` and `-"not this"`, and `tag:`, `source:`, `type:`, `before:` and `after:` with a word or a `"value with blanks"` right behind. Nothing that is typed is an error:
//! what is not well formed (a quote without its other half, a field without a value, a type or a day that is none) is searched for as it stands.

/// What may be asked of something beside its words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Field {
    /// `tag:`.
    Tag,
    /// `source:`.
    Source,
    /// `type:`.
    Type,
    /// `before:`.
    Before,
    /// `after:`.
    After,
}

/// A query taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// The words, as they were typed, joined by blanks.
    pub words: String,
    /// What stood in quotes.
    pub phrases: Vec<String>,
    /// What stood behind a `-`, a word or a phrase each.
    pub without: Vec<String>,
    /// What stood behind a field.
    pub fields: Vec<(Field, String)>,
}

impl Query {
    /// Takes a query apart. A field's value that `is_right` denies makes its term a word like others.
    pub fn parse(text: &str, is_right: impl Fn(Field, &str) -> bool) -> Self {
        let mut query = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let after = query.term(rest, &is_right).unwrap_or_else(|| {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                query.add_words(&rest[..end]);
                &rest[end..]
            });
            rest = after.trim_start();
        }
        query
    }

    /// A text of nothing but words.
    pub fn words(text: &str) -> Self {
        Self { words: text.to_owned(), ..Self::default() }
    }

    /// The values of a field.
    pub fn values(&self, field: Field) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    /// Takes one term that is more than a word off the front, and answers what is behind it.
    fn term<'t>(&mut self, text: &'t str, is_right: &impl Fn(Field, &str) -> bool) -> Option<&'t str> {
        if let Some(negated) = text.strip_prefix('-') {
            let (value, after) = value(negated)?;
            // What has a joint in front, such as `--force` or `-/x`, is an option or a path.
            if !negated.starts_with(|first: char| first == '"' || first.is_alphanumeric()) {
                return None;
            }
            self.without.push(value.to_owned());
            return Some(after);
        }
        if text.starts_with('"') {
            let (value, after) = value(text)?;
            self.phrases.push(value.to_owned());
            return Some(after);
        }
        let (field, behind) = FIELDS.iter().find_map(|(name, field)| {
            let is_named = text.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
            Some((*field, text.get(name.len()..)?.strip_prefix(':').filter(|_| is_named)?))
        })?;
        let (value, after) = value(behind)?;
        if !is_right(field, value) {
            return None;
        }
        self.fields.push((field, value.to_owned()));
        Some(after)
    }

    fn add_words(&mut self, words: &str) {
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(words);
    }
}

const FIELDS: [(&str, Field); 5] = [
    ("tag", Field::Tag),
    ("source", Field::Source),
    ("type", Field::Type),
    ("before", Field::Before),
    ("after", Field::After),
];

/// A word or what stands in quotes, none of them empty, and what is behind it. Behind a closing quote comes a blank or nothing.
fn value(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, after) = quoted.split_once('"')?;
        let is_whole = !value.trim().is_empty() && (after.is_empty() || after.starts_with(char::is_whitespace));
        return is_whole.then_some((value, after));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (value, after) = text.split_at(end);
    (!value.is_empty()).then_some((value, after))
}

#[cfg(test)]
mod tests;
