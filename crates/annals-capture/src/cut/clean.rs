//! Putting values into the form that an event takes: no NUL, no integer that a reader would round, no endless depth, no endless key.
//!
//! Nothing here makes a value shorter than it must be; that is the page above.

use annals_event::Redactor;
use serde_json::{Map, Value};

use super::{shortened, without_nul};

/// The integers beyond ±(2^53−1) are not held exactly by every JSON reader.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// The longest key.
const MAX_KEY: usize = 256;

/// What stands where a value is nested too deeply.
const TOO_DEEP: &str = "[nested too deeply]";

/// Cleans a value that may have so many levels.
pub(super) fn clean(value: &mut Value, levels: usize, redactor: &Redactor) {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => {
            take_apart(std::mem::replace(value, TOO_DEEP.into()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, levels - 1, redactor)),
        Value::Object(members) => {
            if members.keys().any(|key| key.len() > MAX_KEY || key.contains('\0')) {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(key, value)| (short_key(&key, redactor), value))
                    .collect::<Map<_, _>>();
            }
            members.values_mut().for_each(|member| clean(member, levels - 1, redactor));
        }
        Value::String(text) if text.contains('\0') => *text = without_nul(text).into_owned(),
        Value::Number(number) => {
            let small = |magnitude: u64| magnitude <= MAX_INTEGER;
            let literal = number.to_string();
            let is_integer = literal.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            let exact = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
            if is_integer && !exact.is_some_and(small) {
                *value = Value::String(literal);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn short_key(key: &str, redactor: &Redactor) -> String {
    without_nul(&shortened(key, MAX_KEY, redactor)).into_owned()
}

/// Drops a value level by level: dropping it in one go would recurse to its full depth.
fn take_apart(value: Value) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => waiting.extend(members.into_iter().map(|(_, member)| member)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}
