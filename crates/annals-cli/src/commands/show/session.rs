//! A session: its events in order, and on a screen as a tree.

use annals::{Column as EventColumn, Filter, Order, PageRequest, Timestamp};

use super::tree::{Node, Tree};
use crate::failure::{self, Failure};
use crate::output::{Cell, Column, EventLines, Format, Layout, Output, Tone, clock, day_and_clock, quoted, span_text};
use crate::reading::Reading;

/// A tree is held in memory, and nobody reads a longer one.
const MOST_EVENTS: usize = 10_000;

const COLUMNS: &[Column] = &[
    Column::words("time", 8),
    Column::words("event", 20),
    Column::words("agent", 5),
    Column::words("outcome", 7),
    Column::numbers("ms", 4),
];

/// Writes the session with this name.
pub(super) fn write(reading: &Reading, output: &mut Output, name: &str) -> Result<(), Failure> {
    let filter = Filter::new().equals(EventColumn::SessionId, name);
    let request = PageRequest { order: Order::Oldest, ..PageRequest::default() };
    if output.format() != Format::Table {
        let mut lines = EventLines::new(Order::Oldest);
        reading.each_event(&filter, request, None, |event| Ok(lines.push(output, &event)?))?;
        return Ok(());
    }
    let mut tree = Tree::default();
    let mut times: Option<(Timestamp, Timestamp)> = None;
    let rest = reading.each_event(&filter, request, Some(MOST_EVENTS), |event| {
        times = Some((times.map_or(event.recorded_at, |(first, _)| first), event.recorded_at));
        tree.push(&event);
        Ok(())
    })?;
    if let Some((first, last)) = times {
        write_tree(output, name, &tree, first, last)?;
    }
    if let Some(cursor) = rest {
        failure::note(&format!(
            "the first {MOST_EVENTS} events (hint: `annals query --session {} --cursor {cursor}` has those that follow)",
            quoted(name)
        ));
    }
    Ok(())
}

fn write_tree(output: &mut Output, name: &str, tree: &Tree, first: Timestamp, last: Timestamp) -> Result<(), Failure> {
    let screen = *output.screen();
    let agents: std::collections::BTreeSet<&str> =
        tree.nodes().iter().filter_map(|node| node.agent.as_deref()).collect();
    let agent = match agents.len() {
        1 => agents.first().map(|agent| format!(", agent {agent}")).unwrap_or_default(),
        _ => String::new(),
    };
    let n_events = tree.n_events();
    let events = if n_events == 1 { "event" } else { "events" };
    let title = Cell::new(&format!(
        "session {name}: {n_events} {events} in {}, {}{agent}",
        span_text(first, last),
        day_and_clock(first)
    ));
    let rows: Vec<Vec<Cell>> = tree.walk().map(|(branch, node)| cells(&branch, node, 1 < agents.len())).collect();
    let layout = Layout::fit(COLUMNS, &rows, screen.width);
    output.line(&crate::output::cut(&title.text, screen.width))?;
    for row in &rows {
        output.line(&layout.line(row, screen.is_coloured))?;
    }
    Ok(())
}

fn cells(branch: &str, node: &Node, has_agents: bool) -> Vec<Cell> {
    let agent = if has_agents { node.agent.as_deref().unwrap_or_default() } else { "" };
    let mut event = Cell::new(&node.label);
    event.text.insert_str(0, branch);
    vec![
        Cell::new(&clock(node.at)).toned(Tone::Faint),
        event,
        Cell::new(agent),
        node.outcome.clone(),
        Cell::new(&node.duration_ms.map(|ms| ms.to_string()).unwrap_or_default()),
    ]
}
