//! A line as messages of JSON-RPC: one, or a batch as the revision 2025-03-26 has it.
//!
//! The shape decides, not the member `jsonrpc`: a server that takes a call without it acts on it, and then it must be on record.

use serde_json::{Map, Value, json};

use super::lines::{Foreign, Line, Problem};
use super::loose;
use crate::content::{self, sha256};

/// JSON-RPC's code for a server that could not do its work.
const INTERNAL_ERROR: i32 = -32603;
/// A longer id is known by its digest.
const MAX_ID_BYTES: usize = 64;

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    /// What it is.
    pub(super) body: Body,
    /// How long it is, as it came where it came alone.
    pub(super) n_bytes: u64,
    /// Whether all of it could be read. Of what was not, nothing but sizes can be kept.
    pub(super) is_whole: bool,
}

/// The three kinds of messages.
#[derive(Debug)]
pub(super) enum Body {
    /// Asks for an answer.
    Request { id: Id, method: String, params: Value },
    /// Asks for none.
    Notification { method: String, params: Value },
    /// Answers a request.
    Response { id: Id, answer: Answer },
}

/// How a request was answered.
#[derive(Debug)]
pub(super) enum Answer {
    Result(Value),
    Error(Value),
}

/// The name of a request, given by whoever sent it: a text or a number, by which two are told apart as JSON tells them apart.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Id(String);

impl Id {
    pub(super) fn of(value: &Value) -> Self {
        let text = match value.as_f64() {
            // 7 and 7.0 are one number, and a client may send the one and be answered with the other.
            Some(number) if value.as_i64().is_none() && value.as_u64().is_none() && number.fract() == 0.0 => {
                format!("{number:.0}")
            }
            _ => value.to_string(),
        };
        if text.len() <= MAX_ID_BYTES {
            return Self(text);
        }
        Self(format!("sha256:{}", sha256(text.as_bytes())))
    }
}

/// Reads a line: the messages in their order, and what of it is none. A batch with something else in it is both: a server may act on its messages all the same.
pub(super) fn read(line: &[u8]) -> (Vec<Message>, Option<Foreign>) {
    let Some(read) = loose::read(line) else {
        return (Vec::new(), Some(Foreign::line(Problem::NotJson, line)));
    };
    let is_whole = read.is_whole;
    let (messages, n_values) = match read.value {
        Value::Array(values) => {
            let n_values = values.len().max(1);
            let messages = values.into_iter().filter_map(|value| {
                let n_bytes = content::size(&value);
                message(value, n_bytes, is_whole)
            });
            (messages.collect(), n_values)
        }
        value => (Vec::from_iter(message(value, line.len() as u64, is_whole)), 1),
    };
    let rest = (messages.len() < n_values).then(|| Foreign::line(Problem::NotJsonRpc, line));
    (messages, rest)
}

fn message(value: Value, n_bytes: u64, is_whole: bool) -> Option<Message> {
    let Value::Object(mut object) = value else { return None };
    Some(Message { body: body(&mut object)?, n_bytes, is_whole })
}

fn body(object: &mut Map<String, Value>) -> Option<Body> {
    let id = object.get("id").map(Id::of);
    if let Some(Value::String(method)) = object.remove("method") {
        let params = object.remove("params").unwrap_or_default();
        return Some(match id {
            Some(id) => Body::Request { id, method, params },
            None => Body::Notification { method, params },
        });
    }
    let id = id?;
    if let Some(error) = object.remove("error").filter(|error| !error.is_null()) {
        return Some(Body::Response { id, answer: Answer::Error(error) });
    }
    let result = object.remove("result")?;
    Some(Body::Response { id, answer: Answer::Result(result) })
}

/// The line that tells a client that a line of its was not passed on, in the form that it came in; `None` where nobody waits for an answer.
pub fn refusal(line: &Line, reason: &str) -> Option<Vec<u8>> {
    let (ids, is_batch) = asked(line);
    let answers: Vec<Value> = ids
        .into_iter()
        .map(|id| json!({ "jsonrpc": "2.0", "id": id, "error": { "code": INTERNAL_ERROR, "message": reason } }))
        .collect();
    let answer = match answers.as_slice() {
        [] => return None,
        [answer] if !is_batch => answer.to_string(),
        _ => Value::from(answers).to_string(),
    };
    Some(format!("{answer}\n").into_bytes())
}

/// The ids of a line's requests as the client wrote them, and whether they came as a batch.
pub(super) fn asked(line: &Line) -> (Vec<Value>, bool) {
    let id = |value: &Value| -> Option<Value> { value.get("method").and(value.get("id")).cloned() };
    match line {
        Line::Whole(line) if !read(line).0.is_empty() => match loose::read(line).map(|read| read.value) {
            Some(Value::Array(values)) => (values.iter().filter_map(id).collect(), true),
            value => (value.as_ref().and_then(id).into_iter().collect(), false),
        },
        // It may have been a request; whoever sent it is told with the id that stands for none.
        _ => (vec![Value::Null], false),
    }
}

#[cfg(test)]
mod tests;
