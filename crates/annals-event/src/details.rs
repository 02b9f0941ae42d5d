//! Writing details as JSON: one walk that checks, redacts by key and serialises.
//!
//! Three walks (check, redact, serialise) would be simpler to tell apart, but they are in the caller's path. The walk
//! goes at most [`MAX_DEPTH`] levels down, so it may recurse. It knows keys and values, not where the bytes go.

use serde_json::{Map, Number, Value};

use crate::error::{Invalid, InvalidKind, quoted};
use crate::redact::{REDACTED, Redactor};
use crate::wide::{has_escape, must_escape};

/// How deeply details may be nested, the object itself counting as one.
///
/// An event is shown with its details inside it, and common JSON readers stop at 127 or 128 levels: what is recorded
/// must be readable.
pub const MAX_DEPTH: usize = 126;

/// The integers beyond ±(2^53−1) are not held exactly by every JSON reader.
pub(crate) const MAX_INTEGER: i64 = (1 << 53) - 1;

/// An event's details as far as they were given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Details {
    Absent,
    Given(Value),
    /// They were nested too deeply to be kept.
    TooDeep,
}

impl Details {
    /// Takes a value apart level by level, because dropping it in one go would recurse to its full depth.
    pub(crate) fn too_deep(value: Value) -> Self {
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Array(items) => waiting.extend(items),
                Value::Object(members) => waiting.extend(members.into_iter().map(|(_, value)| value)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        Self::TooDeep
    }
}

/// Whether a value is nested deeper than `levels`; looks no further than that.
pub(crate) fn deeper_than(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| deeper_than(item, levels - 1)),
        Value::Object(members) => levels == 0 || members.values().any(|member| deeper_than(member, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// What the walk does with secrets.
#[derive(Clone, Copy)]
pub(crate) enum Secrets<'a> {
    /// Annals' own details, which have none.
    Keep,
    /// By keys alone; the caller screens the bytes for secrets in texts.
    ByKey(&'a Redactor),
    /// By keys, and in every text.
    Everywhere(&'a Redactor),
}

/// Appends details as JSON and returns the number of replacements.
pub(crate) fn write(details: &Value, secrets: Secrets<'_>, out: &mut Vec<u8>) -> Result<u32, Invalid> {
    let Value::Object(members) = details else {
        let problem = format!("must be a JSON object, not {}", kind_of(details));
        return Err(Invalid::new("details", InvalidKind::Malformed, problem)
            .with_hint("put the value into an object, for example {\"value\": …}"));
    };
    let mut writer = Writer { secrets, out, n_redacted: 0 };
    writer.object(members).map_err(|error| error.within(|path| format!("details{path}")))?;
    Ok(writer.n_redacted)
}

pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

pub(crate) fn integer_out_of_range(field: impl Into<String>, literal: &str) -> Invalid {
    Invalid::new(
        field.into(),
        InvalidKind::OutOfRange,
        format!("the integer {} is outside of ±(2^53−1), which not every JSON reader holds exactly", quoted(literal)),
    )
    .with_hint("write it as a string")
}

struct Writer<'a, 'o> {
    secrets: Secrets<'a>,
    out: &'o mut Vec<u8>,
    n_redacted: u32,
}

impl Writer<'_, '_> {
    fn value(&mut self, value: &Value) -> Result<(), Invalid> {
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(true) => self.out.extend_from_slice(b"true"),
            Value::Bool(false) => self.out.extend_from_slice(b"false"),
            Value::Number(number) => self.number(number)?,
            Value::String(text) => self.text(text)?,
            Value::Array(items) => self.array(items)?,
            Value::Object(members) => self.object(members)?,
        }
        Ok(())
    }

    fn object(&mut self, members: &Map<String, Value>) -> Result<(), Invalid> {
        self.out.push(b'{');
        let named_value = self.named_secret(members);
        for (n, (key, value)) in members.iter().enumerate() {
            if n > 0 {
                self.out.push(b',');
            }
            let within = |error: Invalid| error.within(|path| format!(".{}{path}", quoted(key)));
            self.text(key).map_err(within)?;
            self.out.push(b':');
            if self.is_sensitive(key, value) || named_value == Some(key.as_str()) {
                self.redacted(value);
            } else {
                self.value(value).map_err(within)?;
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn array(&mut self, items: &[Value]) -> Result<(), Invalid> {
        self.out.push(b'[');
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                self.out.push(b',');
            }
            if self.follows_sensitive(items, n) {
                self.redacted(item);
            } else {
                self.value(item).map_err(|error| error.within(|path| format!("[{n}]{path}")))?;
            }
        }
        self.out.push(b']');
        Ok(())
    }

    /// A value that is replaced whatever it is.
    fn redacted(&mut self, value: &Value) {
        // What a forwarding Annals has redacted already is no second secret.
        if value.as_str() != Some(REDACTED) {
            self.n_redacted += 1;
        }
        self.out.push(b'"');
        self.out.extend_from_slice(REDACTED.as_bytes());
        self.out.push(b'"');
    }

    fn is_sensitive(&self, key: &str, value: &Value) -> bool {
        match self.secrets {
            Secrets::Keep => false,
            Secrets::ByKey(redactor) | Secrets::Everywhere(redactor) => redactor.hides(key, value),
        }
    }

    /// `{"name": "Authorization", "value": "…"}`: the key of the value, where the name is a sensitive key.
    fn named_secret<'m>(&self, members: &'m Map<String, Value>) -> Option<&'m str> {
        match self.secrets {
            // Names are values, yet they are looked at without asking the screen, which knows what stands in text.
            Secrets::ByKey(redactor) | Secrets::Everywhere(redactor) => redactor.named_secret(members),
            Secrets::Keep => None,
        }
    }

    /// `["--password", "…"]` and `["Authorization", "…"]`.
    fn follows_sensitive(&self, items: &[Value], n: usize) -> bool {
        match self.secrets {
            Secrets::ByKey(redactor) | Secrets::Everywhere(redactor) => redactor.hides_next(items, n),
            Secrets::Keep => false,
        }
    }

    fn number(&mut self, number: &Number) -> Result<(), Invalid> {
        if let Some(integer) = number.as_i64() {
            if integer.unsigned_abs() > MAX_INTEGER.unsigned_abs() && !matches!(self.secrets, Secrets::Keep) {
                return Err(integer_out_of_range("", &integer.to_string()));
            }
            integer_digits(integer, self.out);
            return Ok(());
        }
        let literal = number.to_string();
        // A literal of digits alone is an integer beyond `i64`, also where another crate in the build has made
        // `serde_json` keep numbers as text.
        let is_integer = literal.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if is_integer && !matches!(self.secrets, Secrets::Keep) {
            return Err(integer_out_of_range("", &literal));
        }
        self.out.extend_from_slice(literal.as_bytes());
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Invalid> {
        if let Secrets::Everywhere(redactor) = self.secrets {
            let (clean, n_redacted) = redactor.clean(text);
            self.n_redacted += n_redacted;
            return string(&clean, self.out);
        }
        string(text, self.out)
    }
}

fn integer_digits(integer: i64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = integer.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b"0123456789"[(rest % 10) as usize];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if integer < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends a JSON string; NUL, which no database keeps in every form, is refused.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) -> Result<(), Invalid> {
    out.push(b'"');
    let mut rest = text.as_bytes();
    // Most texts need no escape.
    if has_escape(rest) {
        while let Some(at) = rest.iter().position(|&byte| must_escape(byte)) {
            out.extend_from_slice(&rest[..at]);
            match rest[at] {
                0 => return Err(nul("")),
                byte => escaped(byte, out),
            }
            rest = &rest[at + 1..];
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
    Ok(())
}

fn escaped(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        8 => b'b',
        12 => b'f',
        _ => {
            let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit)];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

pub(crate) fn nul(field: &'static str) -> Invalid {
    Invalid::new(field, InvalidKind::Malformed, "contains a NUL character")
        .with_hint("leave it out, or encode the text as base64")
}
