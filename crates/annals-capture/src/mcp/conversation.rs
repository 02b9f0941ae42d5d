//! The state machine: lines of both sides in, events out.
//!
//! What cannot be followed is said rather than guessed. A call whose id is used again, or which is one too many to wait for, ends as `unknown`; an answer that belongs
//! to no call is counted. A call that is open when the conversation ends was cancelled where the client left, and failed where the server did.

use std::time::Duration;

use annals_event::{Capture, Column, Decision, Event, Outcome};
use serde_json::{Map, Value, json};

use super::foreign::Runs;
use super::lines::{Foreign, Line, Problem};
use super::message::{self, Answer, Body, Id, Message};
use super::names::{self, Name};
use super::operation::{Asked, Kind, Operation};
use super::pending::{Open, Pending};
use crate::{Call, Policy, Surroundings, content, cut};

mod ending;

pub use ending::{Cause, Ending, Exit};

/// Why nobody can tell what became of a call.
const MISSED: &str = "its answer may be among what could not be read";

/// Who says something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// The client, on the server's standard input.
    Client,
    /// The server, on its standard output.
    Server,
}

impl Side {
    fn stream(self) -> &'static str {
        match self {
            Self::Client => "stdin",
            Self::Server => "stdout",
        }
    }
}

/// What a line came to.
#[derive(Default, Debug)]
pub struct Heard {
    /// The events, in their order.
    pub events: Vec<Event>,
    /// Whether the line said something that could be understood.
    pub is_message: bool,
}

/// One conversation between a client and a server.
pub struct Conversation {
    policy: Policy,
    surroundings: Surroundings,
    session: String,
    /// Gives a fresh id for an operation.
    fresh_id: Box<dyn FnMut() -> String + Send>,
    client: Option<Name>,
    server: Option<Name>,
    pending: Pending,
    client_runs: Runs,
    server_runs: Runs,
    counts: Counts,
}

/// How many there were of what is told at the end.
#[derive(Default)]
struct Counts {
    calls: u64,
    failures: u64,
    /// Calls that were one too many to wait for.
    untracked: u64,
    /// Answers that belong to no call.
    unmatched: u64,
}

impl Conversation {
    /// A conversation that is to begin. `session` is its name; `fresh_id` gives a name for each operation.
    pub fn new(
        policy: Policy,
        surroundings: Surroundings,
        session: String,
        fresh_id: impl FnMut() -> String + Send + 'static,
    ) -> Self {
        Self {
            policy,
            surroundings,
            session,
            fresh_id: Box::new(fresh_id),
            client: None,
            server: None,
            pending: Pending::default(),
            client_runs: Runs::default(),
            server_runs: Runs::default(),
            counts: Counts::default(),
        }
    }

    /// The event of the beginning. `command` is what was started, in one text.
    pub fn begin(&self, command: &str) -> Event {
        let arguments = json!({ "command": command });
        let call = Call { tool: "wrap", arguments: &arguments, root: None };
        let details = json!({ "transport": "stdio", "arguments": self.policy.arguments(&call).value });
        self.event("session.created").details(self.policy.fit(details))
    }

    /// Takes a line that a side has said.
    pub fn hear(&mut self, side: Side, line: &Line, at: Duration) -> Heard {
        let (messages, rest) = match line {
            Line::Whole(line) => message::read(line),
            Line::Foreign(lines) => (Vec::new(), Some(lines.clone())),
        };
        let mut events = Vec::new();
        if !messages.is_empty() {
            let run = self.runs(side).end();
            events.extend(run.map(|run| self.notified(side, &run)));
        }
        for message in messages {
            // Where not all could be looked at, a secret may be what was not.
            let level = self.policy.level;
            if !message.is_whole {
                self.policy.level = Capture::Metadata;
            }
            self.take(side, message, at, &mut events);
            self.policy.level = level;
        }
        if let Some(rest) = &rest {
            if may_answer(side, line, rest) {
                self.pending.doubt();
            }
            self.runs(side).add(rest);
        }
        Heard { events, is_message: rest.is_none() }
    }

    /// Takes back the requests of a client's line that was not passed on: those that had an intent were denied.
    pub fn refuse(&mut self, line: &Line, reason: &str, at: Duration) -> Vec<Event> {
        let (ids, _) = message::asked(line);
        let mut events = Vec::new();
        for id in &ids {
            if let Some(Open::Call(call)) = self.pending.take(Side::Client, &Id::of(id)) {
                let details = self.details_with("reason", reason.into());
                let outcome = call.outcome(&self.policy, Outcome::Denied, at, details);
                events.push(outcome.decision(Decision::Deny));
            }
        }
        events
    }

    /// The event of trouble that whoever listens had by itself.
    pub fn stumbled(&self, problem: &str) -> Event {
        self.event("session.notified").details(self.policy.fit(self.details_with("problem", problem.into()).into()))
    }

    /// Ends the conversation.
    pub fn end(&mut self, ending: &Ending, at: Duration) -> Vec<Event> {
        let mut events = Vec::new();
        for side in [Side::Client, Side::Server] {
            let run = self.runs(side).finish();
            events.extend(run.map(|run| self.notified(side, &run)));
        }
        let calls = self.pending.take_calls();
        let n_unanswered = calls.len();
        for (call, is_in_doubt) in calls {
            let (outcome, key, reason) = match ending.cause {
                _ if is_in_doubt => (Outcome::Unknown, "reason", MISSED.to_owned()),
                Cause::Client => (Outcome::Cancelled, "reason", ending.reason()),
                Cause::Server => (Outcome::Failure, "error", ending.reason()),
            };
            self.counts.failures += u64::from(outcome == Outcome::Failure);
            let details = self.details_with(key, reason.into());
            events.push(call.outcome(&self.policy, outcome, at, details));
        }
        let mut details = self.names();
        ending.tell(&mut details);
        let counts = [
            ("calls", self.counts.calls),
            ("failures", self.counts.failures),
            ("unanswered", n_unanswered as u64),
            ("not_followed", self.counts.untracked),
            ("unmatched_answers", self.counts.unmatched),
        ];
        details.extend(counts.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| (key.to_owned(), n.into())));
        let event = self.event("session.ended").duration(at).outcome(ending.outcome());
        events.push(event.details(self.policy.fit(details.into())));
        events
    }

    fn take(&mut self, side: Side, message: Message, at: Duration, events: &mut Vec<Event>) {
        let n_bytes = message.n_bytes;
        match message.body {
            Body::Request { id, method, params } => {
                self.meet(side, &method, &params);
                self.take_up(side, &method, &params, at, events);
                let Some(kind) = Kind::of(side, &method) else {
                    if matches!(method.as_str(), "initialize" | "server/discover") && self.pending.has_room() {
                        let older = self.pending.add(side, id, Open::Introduction);
                        self.forget(older, at, events);
                    }
                    return;
                };
                let columns = self.traced(kind, &params);
                let asked = Asked { kind, method: &method, params, n_bytes, at };
                self.open(side, id, columns, asked, events);
            }
            Body::Notification { method, params } if method == "notifications/cancelled" => {
                let Some(Open::Call(call)) =
                    params.get("requestId").and_then(|id| self.pending.take(side, &Id::of(id)))
                else {
                    return;
                };
                let mut details = self.names();
                if let Some(reason) = params.get("reason").and_then(Value::as_str) {
                    details.insert("reason".to_owned(), call.error(&self.policy, reason));
                }
                events.push(call.outcome(&self.policy, Outcome::Cancelled, at, details));
            }
            // A call without an id: nobody is to answer it, and a server may act on it all the same.
            Body::Notification { method, params } => {
                let Some(kind) = Kind::of(side, &method) else { return };
                let columns = self.traced(kind, &params);
                let asked = Asked { kind, method: &method, params, n_bytes, at };
                let call = self.operation(columns, asked);
                self.counts.calls += 1;
                events.push(call.alone(&self.policy, self.names()));
            }
            Body::Response { id, answer } => self.answer(side, &id, &answer, n_bytes, at, events),
        }
    }

    /// Learns the client's name.
    fn meet(&mut self, side: Side, method: &str, params: &Value) {
        if side == Side::Client
            && let Some(name) = names::of_client(method, params)
        {
            self.client = Some(name);
        }
    }

    /// Records the intent of a call and waits for its answer.
    fn open(&mut self, side: Side, id: Id, columns: Event, asked: Asked<'_>, events: &mut Vec<Event>) {
        let at = asked.at;
        let call = self.operation(columns, asked);
        self.counts.calls += 1;
        events.push(call.intent(&self.policy, self.names()));
        if !self.pending.has_room() {
            self.counts.untracked += 1;
            let details = self.details_with("reason", "too many calls wait for their answers".into());
            events.push(call.outcome(&self.policy, Outcome::Unknown, at, details));
            return;
        }
        let older = self.pending.add(side, id, Open::Call(Box::new(call)));
        self.forget(older, at, events);
    }

    /// Ends a call whose id is used again.
    fn forget(&mut self, older: Option<Open>, at: Duration, events: &mut Vec<Event>) {
        if let Some(Open::Call(call)) = older {
            let details = self.details_with("reason", "its id was used again before it was answered".into());
            events.push(call.outcome(&self.policy, Outcome::Unknown, at, details));
        }
    }

    fn answer(&mut self, side: Side, id: &Id, answer: &Answer, n_bytes: u64, at: Duration, events: &mut Vec<Event>) {
        let asker = match side {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        };
        let open = self.pending.take(asker, id);
        if side == Side::Server
            && let Answer::Result(result) = answer
        {
            let is_introduction = matches!(open, Some(Open::Introduction));
            if let Some(name) = names::of_server(result, is_introduction) {
                self.server = Some(name);
            }
        }
        let call = match open {
            Some(Open::Call(call)) => call,
            Some(Open::Introduction) => return,
            None => {
                // Most answers belong to requests that are not recorded, such as a list of tools.
                self.counts.unmatched += u64::from(matches!(answer, Answer::Error(_)));
                return;
            }
        };
        let details = self.details_with("response_bytes", n_bytes.into());
        let event = match answer {
            Answer::Result(result) => call.answered(&self.policy, result, at, details),
            Answer::Error(error) => call.failed(&self.policy, error, at, details),
        };
        self.counts.failures += u64::from(event.outcome_value() == Some(Outcome::Failure));
        events.push(event);
        if let Answer::Result(result) = answer {
            self.ask_in_return(&call, result, at, events);
        }
    }

    /// A result that asks for input first, as the era without requests of the server's has it: each question is a call of the server's, below the call that it answers.
    fn ask_in_return(&mut self, call: &Operation, result: &Value, at: Duration, events: &mut Vec<Event>) {
        if result.get("resultType").and_then(Value::as_str) != Some("input_required") {
            return;
        }
        let questions = result.get("inputRequests").and_then(Value::as_object);
        for (key, question) in questions.into_iter().flatten() {
            let Some(method) = question.get("method").and_then(Value::as_str) else { continue };
            let Some(kind) = Kind::of(Side::Server, method) else { continue };
            let params = question.get("params").cloned().unwrap_or_default();
            let n_bytes = content::size(question);
            let columns = self.event(kind.event_type()).parent(call.id());
            let asked = Asked { kind, method, params, n_bytes, at };
            self.open(Side::Server, question_id(key, result), columns, asked, events);
        }
    }

    /// A request that brings the input which a result asked for.
    fn take_up(&mut self, side: Side, method: &str, params: &Value, at: Duration, events: &mut Vec<Event>) {
        if Kind::of(side, method).is_none() || side != Side::Client {
            return;
        }
        let answers = params.get("inputResponses").and_then(Value::as_object);
        for (key, answer) in answers.into_iter().flatten() {
            if let Some(Open::Call(call)) = self.pending.take(Side::Server, &question_id(key, params)) {
                let details = self.details_with("response_bytes", content::size(answer).into());
                events.push(call.answered(&self.policy, answer, at, details));
            }
        }
    }

    fn operation(&mut self, columns: Event, asked: Asked<'_>) -> Operation {
        let root = self.surroundings.project.as_ref().map(|project| project.root.as_str());
        let id = (self.fresh_id)();
        Operation::new(&self.policy, root, columns, &id, asked)
    }

    /// The columns of a call of this kind, with the trace that it belongs to.
    fn traced(&self, kind: Kind, params: &Value) -> Event {
        let event = self.event(kind.event_type());
        match names::traceparent(params) {
            Some(traceparent) => event.traceparent(traceparent),
            None => event,
        }
    }

    /// An event with what is the same for all of this session.
    fn event(&self, event_type: &str) -> Event {
        let client = self.client.as_ref().map(|client| client.name.as_str());
        let texts = [
            (Column::Client, client),
            (Column::ActorName, client),
            (Column::UserIdentity, self.surroundings.user.as_deref()),
            (Column::Host, self.surroundings.host.as_deref()),
            (Column::ProjectName, self.surroundings.project.as_ref().map(|project| project.name.as_str())),
        ];
        texts.into_iter().fold(Event::new(event_type).session(&self.session), |event, (column, text)| {
            match text.and_then(|text| cut::column(text, &self.policy.redactor)) {
                Some(text) => event.text(column, text),
                None => event,
            }
        })
    }

    /// The names as they stand in the details of every event.
    fn names(&self) -> Map<String, Value> {
        let names = [("client", &self.client), ("server", &self.server)];
        let told = names.into_iter().filter_map(|(key, name)| Some((key.to_owned(), name.as_ref()?.details())));
        told.collect()
    }

    fn details_with(&self, key: &str, value: Value) -> Map<String, Value> {
        let mut details = self.names();
        details.insert(key.to_owned(), value);
        details
    }

    /// The event of a run of lines that are no messages.
    fn notified(&self, side: Side, (lines, n_runs): &(Foreign, u64)) -> Event {
        let mut details = self.names();
        details.insert("stream".to_owned(), side.stream().into());
        details.insert("problem".to_owned(), lines.problem.as_str().into());
        details.insert("lines".to_owned(), lines.n_lines.into());
        details.insert("bytes".to_owned(), lines.n_bytes.into());
        if *n_runs > 1 {
            details.insert("runs".to_owned(), (*n_runs).into());
        }
        if let Some(digest) = lines.sha256.filter(|_| self.policy.level != Capture::Metadata) {
            details.insert("sha256".to_owned(), content::hex(&digest).into());
        }
        self.event("session.notified").details(self.policy.fit(details.into()))
    }

    fn runs(&mut self, side: Side) -> &mut Runs {
        match side {
            Side::Client => &mut self.client_runs,
            Side::Server => &mut self.server_runs,
        }
    }
}

/// Whether an answer may be among these lines: they were not looked at, or begin as an object and could not be read.
fn may_answer(side: Side, line: &Line, lines: &Foreign) -> bool {
    match lines.problem {
        Problem::Unseen => true,
        Problem::TooLong => side == Side::Server,
        // A line of a log often begins with a bracket.
        Problem::NotJson => {
            side == Side::Server && matches!(line, Line::Whole(line) if line.trim_ascii_start().starts_with(b"{"))
        }
        Problem::NotJsonRpc => false,
    }
}

/// The id of a question in a result: its key, and the state by which the client's next request belongs to that result.
fn question_id(key: &str, beside: &Value) -> Id {
    let state = beside.get("requestState").and_then(Value::as_str).unwrap_or_default();
    Id::of(&json!(["question", key, state]))
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Conversation").field("session", &self.session).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
