//! A session: its events in order, and on a screen as a tree below a few lines about the whole.
//!
//! Every call has its line, also where a hundred alike follow each other: who looks for one finds it. What failed or was denied has a mark before it.

use std::collections::BTreeSet;
use std::time::SystemTime;

use annals::{Column as EventColumn, Cursor, Filter, Order, PageRequest, StoredEvent, Timestamp};
use annals_ask::{Node, Tree, Verdict};

use crate::commands::sessions::State;
use crate::failure::{self, Failure};
use crate::output::{
    Cell, Column, EventLines, Format, Layout, Output, Tone, clock, cut, day_and_clock, ending, harmless, is_one_day,
    quoted, span_text, summary,
};
use crate::reading::Reading;

/// A tree is held in memory, and nobody reads a longer one.
const MOST_EVENTS: usize = 10_000;

/// What stands before that which failed or was denied.
const MARK: &str = "✗ ";

/// What the head says of each session, where its events do.
const TOLD: [(&str, EventColumn); 4] = [
    ("project", EventColumn::ProjectName),
    ("client", EventColumn::Client),
    ("user", EventColumn::UserIdentity),
    ("host", EventColumn::Host),
];

/// Where the client stands among these.
const CLIENT: usize = 1;

const COLUMNS: &[Column] = &[
    Column::words("time", 8),
    Column::words("event", 20),
    Column::words("agent", 5).usually(14),
    Column::words("outcome", 7),
    Column::numbers("ms", 4),
];

/// A session as its events tell it.
#[derive(Default)]
struct Told {
    tree: Tree,
    times: Option<(Timestamp, Timestamp)>,
    agents: BTreeSet<String>,
    texts: [BTreeSet<String>; TOLD.len()],
    state: Option<State>,
}

impl Told {
    fn push(&mut self, event: &StoredEvent) {
        self.times = Some((self.times.map_or(event.recorded_at, |(first, _)| first), event.recorded_at));
        let add = |texts: &mut BTreeSet<String>, column| {
            if let Some(text) = event.get(column).filter(|text| !texts.contains(*text)) {
                texts.insert(text.to_owned());
            }
        };
        add(&mut self.agents, EventColumn::ActorName);
        for (texts, (_, column)) in self.texts.iter_mut().zip(TOLD) {
            add(texts, column);
        }
        self.state = State::of(event).or(self.state);
        self.tree.push(event);
    }
}

/// Writes the session with this name.
pub(super) fn write(reading: &Reading, output: &mut Output, name: &str) -> Result<(), Failure> {
    let filter = Filter::new().equals(EventColumn::SessionId, name);
    let request = PageRequest { order: Order::Oldest, ..PageRequest::default() };
    if output.format() != Format::Table {
        let mut lines = EventLines::new(Order::Oldest);
        reading.each_event(&filter, request, None, |event| Ok(lines.push(output, &event)?))?;
        return Ok(());
    }
    let mut told = Told::default();
    let rest = reading.each_event(&filter, request, Some(MOST_EVENTS), |event| {
        told.push(&event);
        Ok(())
    })?;
    if let Some((first, last)) = told.times {
        write_tree(output, name, &told, (first, last), rest)?;
    }
    if let Some(cursor) = rest {
        failure::note(&format!(
            "the first {MOST_EVENTS} events (hint: `annals query --session {} --cursor {cursor}` has those that follow)",
            quoted(name)
        ));
    }
    Ok(())
}

fn write_tree(
    output: &mut Output,
    name: &str,
    told: &Told,
    (first, last): (Timestamp, Timestamp),
    rest: Option<Cursor>,
) -> Result<(), Failure> {
    let screen = *output.screen();
    let has_agents = 1 < told.agents.len();
    for line in head(name, told, (first, last), rest) {
        output.line(&cut(&harmless(&line), screen.width))?;
    }
    let rows: Vec<Vec<Cell>> = told
        .tree
        .walk()
        .map(|(branch, node)| {
            // The client itself is named in the head, so that others stand out.
            let is_told = |agent: &&str| has_agents && !told.texts[CLIENT].contains(*agent);
            let time = if is_one_day(first, last) { clock(node.at) } else { day_and_clock(node.at) };
            cells(&time, &branch, node, node.agent.as_deref().filter(is_told).unwrap_or_default())
        })
        .collect();
    let layout = Layout::fit(COLUMNS, &rows, screen.width);
    for row in &rows {
        output.line(&layout.line(row, screen.is_coloured))?;
    }
    Ok(())
}

/// What is said of the whole: how long, where and by whom, and how it went.
fn head(name: &str, told: &Told, (first, last): (Timestamp, Timestamp), rest: Option<Cursor>) -> Vec<String> {
    let agent = match told.agents.len() {
        1 => told.agents.first().map(|agent| format!(", agent {agent}")).unwrap_or_default(),
        _ => String::new(),
    };
    let counted = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let part = if rest.is_some() { "the first " } else { "" };
    let n_events = counted(told.tree.n_events(), "event");
    let mut lines = vec![format!(
        "session {name}: {part}{n_events} in {}, {}{agent}",
        span_text(first, last),
        day_and_clock(first)
    )];
    let texts = TOLD.iter().zip(&told.texts).filter(|(_, texts)| !texts.is_empty());
    let texts: Vec<String> = texts
        .map(|((title, _), texts)| {
            format!("{title} {}", texts.iter().map(String::as_str).collect::<Vec<_>>().join(" and "))
        })
        .collect();
    if !texts.is_empty() {
        lines.push(texts.join(", "));
    }
    let nodes = told.tree.nodes();
    let n_calls = nodes.iter().filter(|node| node.is_call).count();
    let mut counts = vec![counted(n_calls, "call")];
    for (verdict, word) in [
        (Verdict::Failed, "failed"),
        (Verdict::Denied, "denied"),
        (Verdict::Unknown, "with an unknown end"),
        (Verdict::Begun, "begun"),
    ] {
        let n_nodes = nodes.iter().filter(|node| node.verdict == verdict).count();
        if 0 < n_nodes {
            counts.push(format!("{n_nodes} {word}"));
        }
    }
    // A part of a session doesn't know its end.
    let state = told.state.filter(|_| rest.is_none());
    counts.extend(state.map(|state| state.sentence(last, SystemTime::now().into())));
    lines.push(counts.join(", "));
    lines
}

fn cells(time: &str, branch: &str, node: &Node, agent: &str) -> Vec<Cell> {
    let mark = if node.verdict.is_bad() { MARK } else { "" };
    vec![
        Cell::new(time).toned(Tone::Faint),
        summary(&node.label).behind(&[branch, mark].concat()),
        Cell::new(agent),
        ending(&node.ending),
        Cell::new(&node.duration_ms.map(|ms| ms.to_string()).unwrap_or_default()),
    ]
}
