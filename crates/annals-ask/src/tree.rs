//! The tree of a session: what caused what, in order of time.
//!
//! An operation is one node: its outcome completes the line of its intent. A second outcome, or one of another type, has a line of its own. An event hangs below the one that its `parent_id` names (by event, operation or span), or
//! below the intent of its operation. What names no parent, or one that is not here, or itself through others, stands at the root: nothing is ever left out.

use std::collections::HashMap;

use annals_event::{Column, EventId, Outcome, Phase, StoredEvent, Timestamp};

use crate::telling::{Ending, Summary, agent, ending, happened, is_bad, summary};

/// Deeper levels are drawn as this one.
const DEEPEST: usize = 24;

/// One line of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// The event that it began with.
    pub id: EventId,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who did it.
    pub agent: Option<String>,
    /// What happened, with which the label begins.
    pub happened: String,
    /// What it was.
    pub label: Summary,
    /// How it ended.
    pub ending: Ending,
    /// What to count it as.
    pub verdict: Verdict,
    /// Whether it is a call: an operation, or a tool's single event.
    pub is_call: bool,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// What names its parent.
    parent: Option<String>,
    /// The type of its event.
    event_type: String,
    /// Whether an outcome completes it already.
    is_complete: bool,
    /// Its operation, below whose intent it hangs.
    operation: Option<String>,
}

/// How something ended, as far as a reader counts it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Well, or there is nothing to say.
    Fine,
    /// It failed or timed out.
    Failed,
    /// It was denied.
    Denied,
    /// Nobody knows.
    Unknown,
    /// It has not.
    Begun,
}

impl Verdict {
    fn of(event: &StoredEvent) -> Self {
        match (event.outcome, is_bad(event)) {
            (Some(Outcome::Failure | Outcome::Timeout), _) => Self::Failed,
            (_, true) => Self::Denied,
            (Some(Outcome::Unknown), _) => Self::Unknown,
            (None, _) if event.phase == Phase::Intent => Self::Begun,
            _ => Self::Fine,
        }
    }

    /// Whether a reader should look at it.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Denied)
    }
}

/// The nodes in order of time, with what names each.
#[derive(Default)]
pub struct Tree {
    nodes: Vec<Node>,
    n_events: usize,
    /// From an event's id, an operation's or a span's to the node.
    named: HashMap<String, usize>,
    /// From an operation's id to the node of its intent.
    intents: HashMap<String, usize>,
}

impl Tree {
    /// Adds the next event.
    pub fn push(&mut self, event: &StoredEvent) {
        self.n_events += 1;
        let operation = event.get(Column::OperationId);
        let intent = operation.and_then(|operation| self.intents.get(operation)).copied();
        let mut happened = happened(event);
        if let (Phase::Outcome, Some(index)) = (event.phase, intent) {
            let node = &mut self.nodes[index];
            if !node.is_complete && node.event_type == event.event_type {
                node.is_complete = true;
                node.ending = ending(event);
                node.verdict = Verdict::of(event);
                node.duration_ms = event.duration_ms.or(node.duration_ms);
                self.named.insert(event.id.to_string(), index);
                return;
            }
            // The tool alone would look like a second call.
            happened = event.event_type.as_str().into();
        }
        let index = self.nodes.len();
        self.named.insert(event.id.to_string(), index);
        if let Some(span) = event.get(Column::Traceparent).and_then(|trace| trace.split('-').nth(2)) {
            self.named.entry(span.to_owned()).or_insert(index);
        }
        if let Some(operation) = operation {
            self.named.entry(operation.to_owned()).or_insert(index);
            if event.phase == Phase::Intent {
                self.intents.entry(operation.to_owned()).or_insert(index);
            }
        }
        self.nodes.push(Node {
            id: event.id,
            at: event.recorded_at,
            agent: Some(agent(event)).filter(|agent| !agent.is_empty()),
            happened: happened.clone().into_owned(),
            label: summary(event, &format!("{happened}  ")),
            ending: ending(event),
            verdict: Verdict::of(event),
            is_call: match event.phase {
                Phase::Single => event.event_type.starts_with("tool."),
                // A second end is no second call.
                Phase::Outcome => intent.is_none(),
                _ => true,
            },
            duration_ms: event.duration_ms,
            parent: event.get(Column::ParentId).map(str::to_owned),
            event_type: event.event_type.clone(),
            is_complete: false,
            operation: operation.map(str::to_owned),
        });
    }

    /// The nodes in order of time.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many events were added.
    pub fn n_events(&self) -> usize {
        self.n_events
    }

    /// Every node once, parents before their children, with the branch to draw before it.
    pub fn walk(&self) -> impl Iterator<Item = (String, &Node)> {
        self.descend().map(|(levels, node)| (branch(&levels), node))
    }

    /// The same, with how many levels it lies below the root.
    pub fn levels(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.descend().map(|(levels, node)| (levels.len(), node))
    }

    /// Every node once; of each level above it, whether it was the last of its siblings there.
    fn descend(&self) -> impl Iterator<Item = (Vec<bool>, &Node)> {
        let parents = self.parents();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        let mut pending: Vec<(usize, Vec<bool>)> = Vec::new();
        for (index, parent) in parents.iter().enumerate() {
            match parent {
                Some(parent) => children[*parent].push(index),
                None => pending.push((index, Vec::new())),
            }
        }
        pending.reverse();
        std::iter::from_fn(move || {
            let (index, levels) = pending.pop()?;
            let n_children = children[index].len();
            for (place, child) in children[index].iter().enumerate().rev() {
                let mut levels = levels.clone();
                if levels.len() < DEEPEST {
                    levels.push(place + 1 == n_children);
                }
                pending.push((*child, levels));
            }
            Some((levels, &self.nodes[index]))
        })
    }

    /// The parent of each node, without circles.
    fn parents(&self) -> Vec<Option<usize>> {
        let mut parents: Vec<Option<usize>> = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let by_name = node.parent.as_ref().and_then(|name| self.named.get(name));
            let by_operation = node.operation.as_ref().and_then(|name| self.intents.get(name));
            parents.push(by_name.or(by_operation).copied().filter(|parent| *parent != index));
        }
        for index in 0..parents.len() {
            let mut at = index;
            for _ in 0..parents.len() {
                match parents[at] {
                    Some(parent) if parent == index => {
                        parents[index] = None;
                        break;
                    }
                    Some(parent) => at = parent,
                    None => break,
                }
            }
        }
        parents
    }
}

/// The lines before a node.
fn branch(levels: &[bool]) -> String {
    let Some((is_last, outer)) = levels.split_last() else { return String::new() };
    let mut branch: String = outer.iter().map(|is_last| if *is_last { "   " } else { "│  " }).collect();
    branch.push_str(if *is_last { "└─ " } else { "├─ " });
    branch
}

#[cfg(test)]
mod tests;
