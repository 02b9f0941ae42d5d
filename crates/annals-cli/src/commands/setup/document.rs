//! A settings file as text that can be edited, or the place in it why it can't.
//!
//! Comments and trailing commas are let through, since several clients write them; everything else that JSON forbids is refused.
//! So is a name that stands twice in one object: clients differ in which of the two they take.

use std::ops::Range;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// What some editors begin a file with.
const MARK: &str = "\u{feff}";

/// Why a file is left alone, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unfit {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) problem: String,
}

impl Unfit {
    /// A problem at so many bytes into the text.
    pub(super) fn at(text: &str, offset: usize, problem: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        Self { line, column, problem: problem.into() }
    }
}

/// The text without the mark that may stand before it, and that mark.
pub(super) fn text(bytes: &[u8]) -> Result<(&'static str, &str), Unfit> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let good = std::str::from_utf8(good).unwrap_or_default();
        Unfit::at(good, good.len(), "it is not valid UTF-8")
    })?;
    Ok(text.strip_prefix(MARK).map_or(("", text), |rest| (MARK, rest)))
}

/// What is taken for JSON.
pub(super) fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// The object that the text is; `None` for one with nothing in it.
pub(super) fn object(text: &str) -> Result<Option<Object<'_>>, Unfit> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options()).map_err(|error| {
        let problem = error.kind().to_string().to_lowercase();
        Unfit::at(text, error.range().start, format!("it is not valid JSON: {problem}"))
    })?;
    match parsed.value {
        None => Ok(None),
        Some(Value::Object(object)) => {
            unique(text, &Value::Object(object.clone()))?;
            Ok(Some(object))
        }
        Some(other) => Err(Unfit::at(text, other.range().start, "it is not an object")),
    }
}

/// Refuses a name that stands twice.
fn unique(text: &str, value: &Value<'_>) -> Result<(), Unfit> {
    match value {
        Value::Array(array) => array.elements.iter().try_for_each(|element| unique(text, element)),
        Value::Object(object) => {
            let mut names: Vec<(&str, usize)> =
                object.properties.iter().map(|property| (property.name.as_str(), property.range.start)).collect();
            names.sort_unstable();
            if let Some(pair) = names.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                return Err(Unfit::at(text, pair[1].1, format!("`{}` stands twice", pair[1].0)));
            }
            object.properties.iter().try_for_each(|property| unique(text, &property.value))
        }
        _ => Ok(()),
    }
}

/// A piece of text to put in the place of another.
pub(super) type Edit = (Range<usize>, String);

/// The text with all of these, which don't overlap.
pub(super) fn edited(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut text = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, &new);
    }
    text
}

/// A range as the standard library has it.
pub(super) fn range(of: &impl Ranged) -> Range<usize> {
    of.range().start..of.range().end
}

/// A text as JSON.
pub(super) fn string(text: &str) -> String {
    annals::Value::from(text).to_string()
}
