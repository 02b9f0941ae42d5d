//! How far a log has come on its way into another database, as a text that the database keeps.

use serde_json::{Value, json};

use super::{Cell, Part, Row, Whole};

/// The version of the text.
const VERSION: u64 = 1;

/// How far it has come.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Bookmark {
    /// The log, in hexadecimal digits.
    pub(super) log: String,
    /// See [`Whole::stamp`]: how the source stood whose parts behind the events these are.
    pub(super) stamp: String,
    /// See [`Whole::erased`].
    pub(super) erased: String,
    /// The events below this `seq` are there.
    pub(super) n_events: u64,
    /// The part that is being copied; those before it are there.
    pub(super) part: Part,
    /// Its last key that is there.
    pub(super) after: Option<Row>,
}

impl Bookmark {
    /// At the beginning of this log.
    pub(super) fn at_the_beginning_of(whole: &Whole) -> Self {
        Self::behind_events(whole, 0)
    }

    /// Behind so many events of this log, and before everything else.
    pub(super) fn behind_events(whole: &Whole, n_events: u64) -> Self {
        let last = n_events.checked_sub(1).map(|last| vec![Cell::Number(i64::try_from(last).unwrap_or(i64::MAX))]);
        Self {
            log: whole.log.to_string(),
            stamp: whole.stamp.clone(),
            erased: whole.erased.clone(),
            n_events,
            part: Part::Event,
            after: last,
        }
    }

    /// This row of its part is there now.
    pub(super) fn advance(&mut self, last: &[Cell]) {
        self.after = last.get(..self.part.n_key()).map(<[Cell]>::to_vec);
        if let (Part::Event, Some(Cell::Number(seq))) = (self.part, last.first()) {
            self.n_events = u64::try_from(*seq).map_or(0, |seq| seq + 1);
        }
    }

    /// The text of it.
    pub(super) fn text(&self) -> String {
        let after = self.after.as_ref().map(|key| key.iter().map(value).collect::<Vec<_>>());
        json!({
            "version": VERSION,
            "log": self.log,
            "stamp": self.stamp,
            "erased": self.erased,
            "n_events": self.n_events,
            "part": self.part.name(),
            "after": after,
        })
        .to_string()
    }

    /// Reads the text of one; nothing where it is of another version.
    pub(super) fn read(text: &str) -> Option<Self> {
        let read: Value = serde_json::from_str(text).ok()?;
        if read["version"] != VERSION {
            return None;
        }
        let after = match &read["after"] {
            Value::Null => None,
            key => Some(key.as_array()?.iter().map(cell).collect::<Option<Row>>()?),
        };
        let field = |name: &str| Some(read[name].as_str()?.to_owned());
        Some(Self {
            log: field("log")?,
            stamp: field("stamp")?,
            erased: field("erased")?,
            n_events: read["n_events"].as_u64()?,
            part: Part::named(read["part"].as_str()?)?,
            after,
        })
    }
}

/// A cell of a key.
fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Number(number) => json!(number),
        Cell::Text(text) => json!(text),
        Cell::Bytes(bytes) => json!({ "bytes": bytes }),
        // No key has one.
        Cell::Null | Cell::Vector(_) => Value::Null,
    }
}

fn cell(value: &Value) -> Option<Cell> {
    match value {
        Value::Number(number) => Some(Cell::Number(number.as_i64()?)),
        Value::String(text) => Some(Cell::Text(text.clone())),
        Value::Object(object) => {
            let bytes = object.get("bytes")?.as_array()?;
            let bytes = bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
            Some(Cell::Bytes(bytes.collect::<Option<Vec<u8>>>()?))
        }
        _ => None,
    }
}
