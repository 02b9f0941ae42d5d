//! Parameters: those of a question, from the list that reads them, and those of single requests.

use annals_event::{Decision, Outcome};
use serde_json::{Map, Value, json};

use super::at;

/// A time, as people write it.
const MOMENT: &str = r"^(now|today|yesterday|[0-9]{1,4}[smhdw]|(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))?)?$";
/// Names of events: a cursor is opaque, and has no other characters than these.
const CURSOR: &str = "^([no][0-9a-f]{1,15}(-[0-9a-f]{1,15})?)?$";
const SEQS: &str = r"^([0-9]{1,15}|[0-9]{1,15}\.\.|\.\.=?[0-9]{1,15}|[0-9]{1,15}\.\.=?[0-9]{1,15})?$";

/// Every parameter by its name.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    for name in annals_ask::PARAMETERS.iter() {
        all.insert((*name).to_owned(), question(name));
    }
    for (name, parameter) in own() {
        all.insert(name.to_owned(), parameter);
    }
    Value::Object(all)
}

/// References to the parameters of a question, without those that make no sense for an answer in one piece.
pub(super) fn of_question(is_paged: bool) -> Vec<Value> {
    let names =
        annals_ask::PARAMETERS.iter().filter(|name| is_paged || !matches!(**name, "limit" | "cursor" | "order"));
    names.map(|name| at("parameters", name)).collect()
}

fn question(name: &str) -> Value {
    let (schema, about) = match name {
        "event_type" => (
            text(),
            "Types, separated by commas; `tool.*` is all types of that group. A name of its own or in short `type`."
                .to_owned(),
        ),
        "outcome" => (
            words(&Outcome::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
            "Outcomes, separated by commas.".to_owned(),
        ),
        "decision" => (
            words(&Decision::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
            "Decisions, separated by commas.".to_owned(),
        ),
        "resource" => (
            json!({ "type": "string", "minLength": 0 }),
            "A glob: `*` within a folder, `**` across folders, `?` for one character.".to_owned(),
        ),
        "search" => (
            text(),
            "Words, all of which an event must have in its details or labels; `\"phrases\"`, `-not`, `type:`, `source:` (client or actor), `before:`, `after:`. What is not well formed is searched for as it stands."
                .to_owned(),
        ),
        "text" => (text(), "A text that stands in the details.".to_owned()),
        "since" => (moment(), "Recorded from this time on: RFC 3339, a date, `2h`, `1w`, `today`.".to_owned()),
        "until" => (moment(), "Recorded before this time.".to_owned()),
        "created_since" => (moment(), "Created from this time on, by the clock of whoever recorded it.".to_owned()),
        "created_until" => (moment(), "Created before this time.".to_owned()),
        "seq" => (
            json!({ "type": "string", "pattern": SEQS }),
            "Sequence numbers: `10..20`, `10..`, `..=20` or the one `10`.".to_owned(),
        ),
        "order" => (
            json!({ "type": "string", "enum": ["newest", "oldest", ""] }),
            "Which end of the log comes first; newest unless said.".to_owned(),
        ),
        "limit" => (
            json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
            "How many rows a page has; of a stream of lines, how many lines come at most (all unless said).".to_owned(),
        ),
        "cursor" => (
            json!({ "type": "string", "pattern": CURSOR }),
            "Where to go on, as it stood in an answer; `order` must be as it was there.".to_owned(),
        ),
        column => (text(), format!("Events whose `{column}` is just this.")),
    };
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}

/// What single requests take besides.
fn own() -> Vec<(&'static str, Value)> {
    vec![
        (
            "id",
            json!({
                "name": "id",
                "in": "path",
                "required": true,
                "description": "An event's id.",
                "schema": { "type": "string", "format": "uuid" },
            }),
        ),
        (
            "wait",
            json!({
                "name": "wait",
                "in": "query",
                "description": "How far the events must have come before they are answered: `accepted` survives the death of the server's process, `durable` a loss of power, `sealed` is under a signed checkpoint.",
                "schema": { "type": "string", "enum": ["accepted", "durable", "sealed"], "default": "accepted" },
            }),
        ),
        (
            "timeout",
            json!({
                "name": "timeout",
                "in": "query",
                "description": "How long to wait for that; never longer than the server's own limit. When it is over, the answer is 504 and says how far each event has come; what was accepted stays accepted.",
                "schema": { "type": "string", "pattern": "^[0-9]{1,6}(ms|s|m)$", "default": "10s" },
            }),
        ),
        (
            "idempotency_key",
            json!({
                "name": "Idempotency-Key",
                "in": "header",
                "description": "For one JSON event or an array: the same key with the same body is recorded once, however often it comes, for seven days. Such an event is durable when it is answered.",
                "schema": { "type": "string", "pattern": "^[!-~]{1,200}$" },
            }),
        ),
        (
            "bucket",
            json!({
                "name": "bucket",
                "in": "query",
                "description": "How wide a bucket is.",
                "schema": { "type": "string", "pattern": "^(minute|hour|day|week|[1-9][0-9]{0,3}[mhdw])$", "default": "1h" },
            }),
        ),
        (
            "disclose",
            json!({
                "name": "disclose",
                "in": "query",
                "description": "Groups of columns that the proof shows, separated by commas; none unless said.",
                "schema": { "type": "string", "pattern": "^((who|context|details)(,(who|context|details))*)?$" },
            }),
        ),
        (
            "from",
            json!({
                "name": "from",
                "in": "query",
                "description": "The `seq` of the first event that is wanted; new ones only unless said. `Last-Event-ID` goes before it.",
                "schema": { "type": "integer", "minimum": 0, "maximum": 9_223_372_036_854_775_806_u64 },
            }),
        ),
        (
            "last_event_id",
            json!({
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The id of the last message that was seen: the stream goes on behind it.",
                "schema": { "type": "string", "pattern": "^[0-9]{0,18}$" },
            }),
        ),
    ]
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn moment() -> Value {
    json!({ "type": "string", "pattern": MOMENT })
}

fn words(words: &[&str]) -> Value {
    let one = words.join("|");
    json!({ "type": "string", "pattern": format!("^(({one})(,({one}))*)?$") })
}
