//! What an MCP client and its server say to each other, as a wrapper hears it.
//!
//! The first byte chooses how much is kept. Then come lines; one that begins with `<` is the server's, any other the client's, and `>` is only a mark. They are fed in pieces
//! whose ends fall anywhere. Each intent has one outcome in the end, whatever was said, and every event can be recorded.

use std::collections::BTreeMap;
use std::time::Duration;

use annals_capture::mcp::{Cause, Conversation, Ending, Exit, Line, Side, Splitter, refusal};
use annals_event::{Column, Event, Phase, Rules};

use crate::check;
use crate::hook_payload::{policy, rules, surroundings};

pub(crate) fn run(bytes: &[u8]) {
    let Some((choice, said)) = bytes.split_first() else { return };
    let policy = policy(*choice);
    let mut heard = Events { rules: rules(*choice), open: BTreeMap::new() };
    let mut n_ids = 0;
    let fresh_id = move || {
        n_ids += 1;
        format!("operation-{n_ids}")
    };
    let mut conversation = Conversation::new(policy, surroundings(), "session".to_owned(), fresh_id);
    heard.take(&conversation.begin("server --stdio"));
    let (mut client, mut server) = (Splitter::new(2048), Splitter::new(2048));
    for (n, line) in (0_u32..).zip(said.split_inclusive(|byte| *byte == b'\n')) {
        let (side, splitter) =
            if line.first() == Some(&b'<') { (Side::Server, &mut server) } else { (Side::Client, &mut client) };
        let line = line.strip_prefix(b"<").or_else(|| line.strip_prefix(b">")).unwrap_or(line);
        let mut lines = Vec::new();
        for piece in line.chunks(1 + usize::from(choice % 64)) {
            splitter.feed(piece, |line| lines.push(line));
        }
        let at = Duration::from_millis(u64::from(n));
        for line in &lines {
            conversation.hear(side, line, at).events.iter().for_each(|event| heard.take(event));
            if side == Side::Client && n % 7 == 6 {
                refused(line);
                conversation.refuse(line, "full", at).iter().for_each(|event| heard.take(event));
            }
        }
    }
    let at = Duration::from_hours(1);
    for (side, splitter) in [(Side::Client, &mut client), (Side::Server, &mut server)] {
        if let Some(line) = splitter.finish() {
            conversation.hear(side, &line, at).events.iter().for_each(|event| heard.take(event));
        }
    }
    let ending = Ending { exit: Exit::Code(0), cause: Cause::Client };
    conversation.end(&ending, at).iter().for_each(|event| heard.take(event));
    assert!(heard.open.is_empty(), "intents without an outcome: {:?}", heard.open);
}

/// What came out so far.
struct Events {
    rules: &'static Rules,
    /// The operations that wait for their outcome, by their ids, each with its intent's type.
    open: BTreeMap<String, String>,
}

impl Events {
    fn take(&mut self, event: &Event) {
        check::accepted(event, self.rules);
        let id = event.get(Column::OperationId);
        match event.phase_value() {
            Phase::Intent => {
                let id = id.expect("an intent has an operation").to_owned();
                let before = self.open.insert(id, event.event_type().to_owned());
                assert_eq!(before, None, "an operation begins twice");
            }
            Phase::Outcome => {
                let intent = id.and_then(|id| self.open.remove(id));
                assert_eq!(intent.as_deref(), Some(event.event_type()), "an outcome of nothing: {event:?}");
            }
            _ => {}
        }
    }
}

/// The answer to a line that was not passed on is one line of JSON.
fn refused(line: &Line) {
    let Some(answer) = refusal(line, "full") else { return };
    assert_eq!(answer.iter().position(|byte| *byte == b'\n'), answer.len().checked_sub(1));
    serde_json::from_slice::<serde_json::Value>(&answer).expect("an answer is JSON");
}
