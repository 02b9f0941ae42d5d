//! What is looked at in a message before the library reads it, whichever way it came.
//!
//! The library drops what it cannot read, or answers it without its id, and of two members of one name it keeps the last.
//! So one pass over the text finds what is no message, and keys that stand twice: readers of JSON disagree on which of them counts, and a trail must not depend on the reader. The pass keeps the keys of the objects that are open and nothing else.
//! What `params` hold, and whether there is such a method, is the library's to say.

mod id_scan;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use rmcp::model::{ErrorCode, ErrorData};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

pub(super) use self::id_scan::IdScan;

#[cfg(test)]
mod tests;

/// The reader of JSON goes so many levels down.
pub(super) const MAX_LEVELS: usize = 127;

/// From here on, 2⁶³, whole numbers may have no place in 64 bits.
const LEAST_HUGE: f64 = 9_223_372_036_854_775_808.0;

/// Of so many keys it is found without a set whether one stands twice.
const FEW_KEYS: usize = 16;

/// Why a message is not taken, and the id under which that is told where it has one.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) id: Option<Value>,
    pub(super) error: ErrorData,
}

impl Refused {
    fn new(id: Option<Value>, code: ErrorCode, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { id, error: ErrorData::new(code, problem, None) }
    }

    /// A message that is longer than may be.
    pub(super) fn too_long(id: Option<Value>, max_bytes: usize) -> Self {
        let problem = format!(
            "the message is longer than {max_bytes} bytes (hint: keep the size and a digest instead of the content)"
        );
        Self::new(id, ErrorCode::INVALID_REQUEST, problem)
    }

    /// A request in whose form the library finds something else than it knows.
    pub(super) fn unknown(bytes: &[u8]) -> Self {
        let mut scan = IdScan::default();
        scan.feed(bytes);
        Self::new(scan.id(), ErrorCode::INVALID_REQUEST, "the body is not one JSON-RPC message")
    }

    /// The answer, one line of JSON without its end. The schema of 2026 knows no `null` for an id.
    pub(super) fn answer(&self) -> String {
        let mut answer = json!({ "jsonrpc": "2.0", "error": self.error });
        if let Some(id) = &self.id {
            answer["id"] = id.clone();
        }
        answer.to_string()
    }
}

/// What a message is that the library may read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Something that is answered.
    Request,
    /// Something that never is, or an answer.
    Other,
}

/// Looks through one message, which is one JSON object of JSON-RPC 2.0 in which no key stands twice.
pub(super) fn check(bytes: &[u8]) -> Result<Kind, Refused> {
    check_named(bytes).map(|(kind, _)| kind)
}

/// The same, with the name of the tool or prompt, or the address of the resource, that the message is about.
pub(super) fn check_named(bytes: &[u8]) -> Result<(Kind, Option<String>), Refused> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let problem = format!("the message is not valid UTF-8 from byte {} on", error.valid_up_to());
        Refused::new(None, ErrorCode::PARSE_ERROR, problem)
    })?;
    let mut head = Head::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let walk = Walk { head: &mut head, at: &Place::Whole, depth: 0 };
    let read = walk.deserialize(&mut reader).and_then(|()| reader.end());
    if let Err(error) = read {
        return Err(unreadable(text, &head, &error));
    }
    if let Some(place) = head.huge.take().filter(|_| has_rounded_integer(text)) {
        let problem =
            format!("`{place}` is a whole number beyond 64 bits, which would be rounded (hint: send it as a text)");
        return Err(Refused::new(head.id, ErrorCode::INVALID_PARAMS, problem));
    }
    let named = head.named.take();
    head.kind().map(|kind| (kind, named))
}

fn unreadable(text: &str, head: &Head, error: &serde_json::Error) -> Refused {
    let mut scan = IdScan::default();
    scan.feed(text.as_bytes());
    let id = head.id.clone().or_else(|| scan.id());
    if let Some(place) = &head.twice {
        let problem =
            format!("`{place}` stands twice in its object (hint: readers of JSON disagree on which of the two counts)");
        return Refused::new(id, ErrorCode::INVALID_REQUEST, problem);
    }
    if MAX_LEVELS < scan.deepest() {
        let problem = format!("the message is nested deeper than {MAX_LEVELS} levels");
        return Refused::new(id, ErrorCode::INVALID_REQUEST, problem);
    }
    // What is no JSON has no members, so no id either.
    Refused::new(None, ErrorCode::PARSE_ERROR, format!("the message is no JSON: {error}"))
}

/// Whether a whole number stands in this JSON that neither of the integers of 64 bits holds.
fn has_rounded_integer(text: &str) -> bool {
    let (mut rest, mut is_rounded) = (text, false);
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        rest = &rest[at..];
        let length = if let Some(inside) = rest.strip_prefix('"') {
            let mut is_escaped = false;
            let end = inside.bytes().position(|byte| {
                let ends = byte == b'"' && !is_escaped;
                is_escaped = byte == b'\\' && !is_escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
            let number = &rest[..rest.bytes().position(|byte| !is_part(&byte)).unwrap_or(rest.len())];
            is_rounded |=
                !number.contains(['.', 'e', 'E']) && number.parse::<i64>().is_err() && number.parse::<u64>().is_err();
            number.len()
        };
        rest = &rest[length..];
    }
    is_rounded
}

/// What stands at the top of a message.
#[derive(Default)]
struct Head {
    whole: Whole,
    is_two: bool,
    has_id: bool,
    id: Option<Value>,
    method: Option<Shape>,
    params: Option<Shape>,
    has_answer: bool,
    /// The key that stands twice, and where.
    twice: Option<String>,
    /// The name or address among its parameters.
    named: Option<String>,
    /// Where a number is that is so large that it may be a whole one that was rounded.
    huge: Option<String>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Whole {
    #[default]
    Other,
    Array,
    Object,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Object,
    Array,
    Null,
    Other,
}

impl Head {
    fn kind(&self) -> Result<Kind, Refused> {
        let refused = |code, problem| Err(Refused::new(self.id.clone(), code, problem));
        match self.whole {
            Whole::Object => {}
            Whole::Array => {
                return refused(
                    ErrorCode::INVALID_REQUEST,
                    "the body is not one JSON-RPC message (hint: send each of them by itself)",
                );
            }
            Whole::Other => return refused(ErrorCode::INVALID_REQUEST, "the body is not one JSON-RPC message"),
        }
        if !self.is_two {
            return refused(ErrorCode::INVALID_REQUEST, "`jsonrpc` is not \"2.0\"");
        }
        if self.has_id && self.id.is_none() {
            return refused(ErrorCode::INVALID_REQUEST, "`id` is neither a text nor a whole number");
        }
        match self.method {
            Some(Shape::Text) => {}
            None if self.has_answer => return Ok(Kind::Other),
            None => {
                return refused(ErrorCode::INVALID_REQUEST, "the body is not one JSON-RPC message: it has no `method`");
            }
            Some(_) => return refused(ErrorCode::INVALID_REQUEST, "`method` is no text"),
        }
        match self.params {
            None | Some(Shape::Object | Shape::Null) => {}
            Some(Shape::Array) => return refused(ErrorCode::INVALID_PARAMS, "`params` is not an object"),
            Some(Shape::Text | Shape::Other) => {
                return refused(ErrorCode::INVALID_REQUEST, "`params` is not an object");
            }
        }
        Ok(if self.id.is_some() { Kind::Request } else { Kind::Other })
    }

    /// Notes a member of the message's own, whose value a pass has gone through.
    fn note(&mut self, key: &str, seen: Seen) {
        match key {
            "jsonrpc" => self.is_two = matches!(&seen, Seen::Text(text) if text == "2.0"),
            "id" => {
                self.has_id = true;
                self.id = match seen {
                    Seen::Text(text) => Some(Value::String(text)),
                    Seen::Whole(number) => Some(number.into()),
                    Seen::Other(_) => None,
                };
            }
            "method" => self.method = Some(seen.shape()),
            "params" => self.params = Some(seen.shape()),
            "result" | "error" => self.has_answer = true,
            _ => {}
        }
    }
}

/// A value of the message's own members.
enum Seen {
    Text(String),
    Whole(i64),
    Other(Shape),
}

impl Seen {
    fn shape(&self) -> Shape {
        match self {
            Self::Text(_) => Shape::Text,
            Self::Whole(_) => Shape::Other,
            Self::Other(shape) => *shape,
        }
    }
}

/// Where the pass is: the keys and indexes above it, which stay where they are read.
enum Place<'p> {
    Whole,
    Member(&'p Self, &'p str),
    Item(&'p Self, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Member(Self::Whole, key) => formatter.write_str(&shown(key)),
            Self::Member(above, key) => write!(formatter, "{above}.{}", shown(key)),
            Self::Item(above, index) => write!(formatter, "{above}[{index}]"),
        }
    }
}

/// A key as a message may show it: a stranger wrote it.
fn shown(key: &str) -> String {
    const MOST: usize = 64;
    let mut shown: String = key.chars().take(MOST).map(|c| if c.is_control() || c == '`' { '?' } else { c }).collect();
    if MOST < key.chars().count() {
        shown.push('…');
    }
    shown
}

/// The pass over one value.
struct Walk<'w> {
    head: &'w mut Head,
    at: &'w Place<'w>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.note(Seen::Other(Shape::Other));
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.note(Seen::Whole(number));
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.note(i64::try_from(number).map_or(Seen::Other(Shape::Other), Seen::Whole));
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        if self.head.huge.is_none() && LEAST_HUGE <= number.abs() {
            self.head.huge = Some(self.at.to_string());
        }
        // An id of `1.0` is the number 1 to the library, and is answered as it takes it.
        let whole = format!("{number:.0}").parse().ok().filter(|_| number.fract() == 0.0 && number.abs() < 9e15);
        self.note(whole.map_or(Seen::Other(Shape::Other), Seen::Whole));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        // Only the message's own members are looked at, and what its parameters name.
        if self.depth == 1 {
            self.note(Seen::Text(text.to_owned()));
        } else if let Place::Member(Place::Member(Place::Whole, "params"), "name" | "uri") = self.at {
            self.head.named = Some(text.to_owned());
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.note(Seen::Other(Shape::Null));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { head, at, depth } = self;
        if depth == 0 {
            // Of many messages none is looked at.
            head.whole = Whole::Array;
        }
        let mut index = 0;
        while items.next_element_seed(Walk { head, at: &Place::Item(at, index), depth: depth + 1 })?.is_some() {
            index += 1;
        }
        Walk { head, at, depth }.note(Seen::Other(Shape::Array));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { head, at, depth } = self;
        if depth == 0 {
            head.whole = Whole::Object;
        }
        let mut keys = Keys::default();
        while let Some(key) = members.next_key_seed(Key)? {
            let place = Place::Member(at, &key);
            if keys.has(&key) {
                head.twice = Some(place.to_string());
                return Err(A::Error::custom("a key stands twice"));
            }
            members.next_value_seed(Walk { head, at: &place, depth: depth + 1 })?;
            keys.take(key);
        }
        Walk { head, at, depth }.note(Seen::Other(Shape::Object));
        Ok(())
    }
}

impl Walk<'_> {
    fn note(self, seen: Seen) {
        if let Place::Member(Place::Whole, key) = self.at {
            self.head.note(key, seen);
        }
    }
}

/// The keys of one object so far.
#[derive(Default)]
struct Keys<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Keys<'de> {
    fn has(&self, key: &str) -> bool {
        if self.many.is_empty() { self.few.iter().any(|known| known == key) } else { self.many.contains(key) }
    }

    fn take(&mut self, key: Cow<'de, str>) {
        if !self.many.is_empty() {
            self.many.insert(key);
        } else if self.few.len() < FEW_KEYS {
            self.few.push(key);
        } else {
            self.many.extend(self.few.drain(..));
            self.many.insert(key);
        }
    }
}

/// A key, which is borrowed from the text unless it has escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
