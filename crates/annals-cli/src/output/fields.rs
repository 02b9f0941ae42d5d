//! Small answers of named values: sessions, settings, buckets, counts.
//!
//! One description gives the JSON object and the CSV line, under the same names and in the same order.

use std::io;

use annals_event::json::write_string;

use super::{Format, Output};

/// A named value of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    /// Nothing: left out of JSON, empty in CSV.
    Absent,
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
    /// A list of texts that are JSON already.
    List(Vec<String>),
}

impl Field {
    /// A text that may be absent.
    pub(crate) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Absent, |text| Self::Text(text.to_owned()))
    }

    fn plain(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => items.len().to_string(),
        }
    }
}

/// Writes answers as NDJSON or CSV; the head line goes before the first.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    is_begun: bool,
}

impl Fields {
    /// Writes one answer.
    pub(crate) fn write(&mut self, output: &mut Output, fields: &[(&str, Field)]) -> io::Result<()> {
        if output.format() != Format::Csv {
            return output.json(&object(fields));
        }
        self.head(output, fields.iter().map(|(name, _)| *name))?;
        let values: Vec<String> = fields.iter().map(|(_, field)| field.plain()).collect();
        output.csv(values.iter().map(String::as_str))
    }

    /// Writes the head line of a CSV answer, once; for an answer without rows too.
    pub(crate) fn head<'n>(&mut self, output: &mut Output, names: impl IntoIterator<Item = &'n str>) -> io::Result<()> {
        if self.is_begun || output.format() != Format::Csv {
            return Ok(());
        }
        self.is_begun = true;
        output.csv(names)
    }
}

/// The JSON object of these values.
pub(crate) fn object(fields: &[(&str, Field)]) -> String {
    let mut json = String::from("{");
    for (name, field) in fields.iter().filter(|(_, field)| *field != Field::Absent) {
        if 1 < json.len() {
            json.push(',');
        }
        write_string(name, &mut json);
        json.push(':');
        match field {
            Field::Absent => {}
            Field::Number(number) => json.push_str(&number.to_string()),
            Field::Text(text) => write_string(text, &mut json),
            Field::List(items) => {
                json.push('[');
                json.push_str(&items.join(","));
                json.push(']');
            }
        }
    }
    json.push('}');
    json
}

#[cfg(test)]
mod tests;
