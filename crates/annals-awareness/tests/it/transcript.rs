//! Golden transcripts: what each tool is asked and answers, word for word, over a real log and either database: there is one transcript for both.
//!
//! Ids and times are told by the order in which they first appear, so that a transcript shows which are the same; nothing else is changed.

mod reading;
mod trail;
mod writing;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use annals_awareness::tools::CARDS;
use serde_json::{Map, Value, json};

use crate::desk::Desk;

/// A conversation with the service, as it is written down.
struct Transcript {
    desk: Desk,
    ids: Vec<String>,
    times: Vec<String>,
    numbers: Vec<u64>,
    text: String,
}

/// A conversation about one tool, over each database.
#[track_caller]
fn transcript(tool: &str, talk: impl Fn(&mut Transcript)) {
    for desk in [Desk::new(), Desk::in_postgres()] {
        let mut transcript =
            Transcript { desk, ids: Vec::new(), times: Vec::new(), numbers: Vec::new(), text: String::new() };
        talk(&mut transcript);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "transcript/snapshots" }, {
            insta::assert_snapshot!(tool, transcript.text);
        });
    }
}

impl Transcript {
    /// Asks without writing it down.
    fn quietly(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.desk.done(tool, arguments);
        self.settle();
        answer
    }

    /// Asks, and writes down the question and the answer or the refusal.
    #[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
    fn ask(&mut self, about: &str, tool: &str, arguments: Value) -> Value {
        let answer = self.desk.answer("team", "alice", tool, arguments.clone());
        self.settle();
        let (value, warnings) = match answer {
            Ok(answer) => (answer.value, answer.warnings),
            Err(refusal) => (refusal.to_json(), Vec::new()),
        };
        let shown = self.normal(&value);
        let question = self.normal(&arguments);
        let text = serde_json::to_string_pretty(&shown).expect("JSON");
        self.text = format!("{}# {about}\n> {tool} {question}\n{text}\n", self.text);
        for warning in warnings {
            self.text = format!("{}! {warning}\n", self.text);
        }
        self.text.push('\n');
        value
    }

    /// What was read a moment ago is counted from now on.
    fn settle(&self) {
        self.desk.service.audit().flush().expect("what was accepted becomes durable");
    }

    /// A value with ids, times and scores by their order.
    fn normal(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text_of(text).into(),
            Value::Array(items) => items.iter().map(|item| self.normal(item)).collect(),
            Value::Object(members) => {
                let members = members.iter().map(|(name, member)| (name.clone(), self.member(name, member)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn member(&mut self, name: &str, member: &Value) -> Value {
        match (name, member) {
            ("id", Value::Number(number)) => {
                let number = number.as_u64().expect("a number of the trail is none below zero");
                let at = place(&mut self.numbers, number);
                format!("<number {at}>").into()
            }
            ("similarity", Value::Number(number)) => {
                let similarity = number.as_f64().expect("a number");
                assert!((0.0..=1.0).contains(&similarity), "{similarity}");
                "<0 to 1>".into()
            }
            _ => self.normal(member),
        }
    }

    /// A text whose ids and times of now are told by their order. Times that a question names are long ago or far away.
    fn text_of(&mut self, text: &str) -> String {
        let is_id = |text: &str| text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
        if is_id(text) {
            return format!("<id {}>", place(&mut self.ids, text.to_owned()));
        }
        let is_now = text.len() == 32 && text.ends_with("+00:00") && text.as_bytes()[10] == b'T';
        if is_now && !text.starts_with("2020") && !text.starts_with("2200") {
            return format!("<time {}>", place(&mut self.times, text.to_owned()));
        }
        match text.rsplit_once(": ") {
            Some((rest, last)) if is_id(last) => format!("{rest}: {}", self.text_of(last)),
            _ => text.to_owned(),
        }
    }
}

fn place<T: PartialEq>(known: &mut Vec<T>, one: T) -> usize {
    let at = known.iter().position(|known| *known == one).unwrap_or_else(|| {
        known.push(one);
        known.len() - 1
    });
    at + 1
}

/// A note's arguments.
fn note(description: &str) -> Value {
    json!({ "source": "nas", "tags": ["disk"], "description": description })
}

/// The same with more arguments.
#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
fn with(mut arguments: Value, more: Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        arguments[name] = value.clone();
    }
    arguments
}

#[test]
fn every_tool_has_its_transcript_and_every_error_code_is_in_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/transcript/snapshots");
    let mut codes = BTreeSet::new();
    for card in CARDS {
        let file = folder.join(format!("{}.snap", card.name));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(text.contains(&format!("> {} ", card.name)), "{}", card.name);
        codes.extend(
            text.lines()
                .filter_map(|line| line.trim().strip_prefix("\"code\": \"")?.split('"').next())
                .map(str::to_owned),
        );
    }
    let all = [
        "conflict",
        "invalid_parameter",
        "invalid_schema",
        "not_found",
        "schema_already_exists",
        "schema_immutable",
        "schema_in_use",
        "schema_not_found",
        "unavailable",
        "validation_error",
        "validation_failed",
    ];
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), all);
}
