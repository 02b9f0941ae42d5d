//! How client and server call themselves, in either era of the protocol.

use serde_json::{Map, Value, json};

/// Where a message of the era without handshake carries the client's name.
const CLIENT: &str = "io.modelcontextprotocol/clientInfo";
/// Where a result of that era carries the server's.
const SERVER: &str = "io.modelcontextprotocol/serverInfo";
/// A name or version is no longer than this; what is longer is cut.
const MAX_BYTES: usize = 256;

/// What a program calls itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Name {
    pub(super) name: String,
    version: Option<String>,
}

impl Name {
    /// From an object with `name` and `version`.
    fn read(info: &Value) -> Option<Self> {
        let text = |key: &str| info.get(key)?.as_str().filter(|text| !text.is_empty()).map(short);
        Some(Self { name: text("name")?, version: text("version") })
    }

    /// As it stands in details.
    pub(super) fn details(&self) -> Value {
        let mut details = Map::new();
        details.insert("name".to_owned(), json!(self.name));
        if let Some(version) = &self.version {
            details.insert("version".to_owned(), json!(version));
        }
        details.into()
    }
}

/// The client's name, where a request says it.
pub(super) fn of_client(method: &str, params: &Value) -> Option<Name> {
    let info = if method == "initialize" { params.get("clientInfo") } else { None };
    info.or_else(|| params.get("_meta")?.get(CLIENT)).and_then(Name::read)
}

/// The server's name, where a result says it. `is_introduction` is the answer to `initialize` or `server/discover`.
pub(super) fn of_server(result: &Value, is_introduction: bool) -> Option<Name> {
    let info = if is_introduction { result.get("serverInfo") } else { None };
    info.or_else(|| result.get("_meta")?.get(SERVER)).and_then(Name::read)
}

/// The trace that a request belongs to, if its form is that of a W3C `traceparent` of version 00.
pub(super) fn traceparent(params: &Value) -> Option<&str> {
    let text = params.get("_meta")?.get("traceparent")?.as_str()?;
    let parts: Vec<&str> = text.split('-').collect();
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let fits = matches!(parts.as_slice(), ["00", trace, span, flags]
        if [trace.len(), span.len(), flags.len()] == [32, 16, 2]
            && [trace, span, flags].iter().all(|part| is_hex(part))
            && [trace, span].iter().all(|id| id.bytes().any(|byte| byte != b'0')));
    fits.then_some(text)
}

fn short(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_BYTES)].replace('\0', "\u{2400}")
}
