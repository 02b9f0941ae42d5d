//! `GET /sessions/{id}`: a session as a tree, what caused what, in order of time.
//!
//! It is a list of lists, which a screen reader says levels of; a run of calls below each other has no other markup. Deep trees are drawn flat from a level on, so that no depth that somebody
//! records makes a document that a browser chokes on.

use std::collections::BTreeSet;

use annals::{Column, Filter, Limit, Order, PageRequest, StoredEvent, Timestamp};
use annals_ask::{Node, Summary, Tree, Verdict};
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, PreEscaped, html};

use super::links;
use super::rows::{about, outcome};
use super::shell::{Page, View};
use super::text::{counted, cut, number, told};
use super::times::{Clock, between, duration};
use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// A tree is held in memory, and nobody reads a longer one.
const MOST_EVENTS: usize = 5_000;

/// What the head says of it, where its events do.
const TOLD: [(&str, Column); 6] = [
    ("Project", Column::ProjectName),
    ("Agent", Column::ActorName),
    ("Client", Column::Client),
    ("Model", Column::Model),
    ("User", Column::UserIdentity),
    ("Host", Column::Host),
];

/// A session as its events tell it.
#[derive(Default)]
struct Told {
    tree: Tree,
    times: Option<(Timestamp, Timestamp)>,
    texts: [BTreeSet<String>; TOLD.len()],
    end: Option<End>,
    /// Where the rest begins, if this is not all.
    rest: Option<String>,
}

/// What the newest `session.created` or `session.ended` says.
#[derive(Clone, Copy)]
enum End {
    Open,
    Ended(Timestamp),
}

impl Told {
    fn push(&mut self, event: &StoredEvent) {
        self.times = Some((self.times.map_or(event.recorded_at, |(first, _)| first), event.recorded_at));
        for (texts, (_, column)) in self.texts.iter_mut().zip(TOLD) {
            if let Some(text) = event.get(column).filter(|text| !texts.contains(*text)) {
                texts.insert(text.to_owned());
            }
        }
        self.end = match event.event_type.as_str() {
            "session.created" => Some(End::Open),
            "session.ended" => Some(End::Ended(event.recorded_at)),
            _ => self.end,
        };
        self.tree.push(event);
    }
}

/// The view.
pub(crate) async fn session(Extension(trail): Extension<Trail>, Path(name): Path<String>) -> Result<Response, Failure> {
    let told = read(&trail, &name).await?;
    let Some((first, last)) = told.times else {
        return Err(Failure::new(Code::NotFound, "no event of this space is in a session of this name"));
    };
    let clock = Clock::now();
    let content = html! {
        (head(&name, &told, &clock, (first, last)))
        section aria-labelledby="tree" {
            h2.unseen id="tree" { "What happened" }
            (tree(&told.tree, &clock, clock.is_one_day(first, last)))
        }
        @if let Some(cursor) = &told.rest {
            p.note {
                "These are the first " (number(told.tree.n_events() as u64)) " events. "
                a href=(links::events(&[("session_id", &name), ("cursor", cursor)])) { "Those that follow" }
            }
        }
    };
    Ok(Page::of(&trail, View::Sessions, "Session", content).into_response())
}

async fn read(trail: &Trail, name: &str) -> Result<Told, Failure> {
    let mut told = Told::default();
    let mut request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    loop {
        let page = trail.query(Filter::new().equals(Column::SessionId, name), request).await?;
        page.events.iter().for_each(|event| told.push(event));
        let Some(cursor) = page.cursor else { return Ok(told) };
        if MOST_EVENTS <= told.tree.n_events() {
            told.rest = Some(cursor.to_string());
            return Ok(told);
        }
        request.cursor = Some(cursor);
    }
}

fn head(name: &str, session: &Told, clock: &Clock, (first, last): (Timestamp, Timestamp)) -> Markup {
    let nodes = session.tree.nodes();
    let n_calls = nodes.iter().filter(|node| node.is_call).count() as u64;
    let counts = [
        (Verdict::Failed, "failed", "bad"),
        (Verdict::Denied, "denied", "bad"),
        (Verdict::Unknown, "with an unknown end", "odd"),
        (Verdict::Begun, "begun", "faint"),
    ]
    .map(|(verdict, word, class)| (nodes.iter().filter(|node| node.verdict == verdict).count() as u64, word, class));
    html! {
        header.head {
            p.kind { "Session" }
            h1.long { (told(name)) }
            p.lead {
                (counted(session.tree.n_events() as u64, "event")) " in " (between(first, last)) ", from " (clock.time(first)) " to " (clock.time(last)) ". "
                (counted(n_calls, "call"))
                @for (n, word, class) in counts.iter().filter(|(n, _, _)| 0 < *n) { ", " span class={ "mark " (class) } { (number(*n)) " " (word) } }
                @match session.end {
                    Some(End::Ended(at)) if session.rest.is_none() => { ". Ended " (clock.time(at)) "." }
                    Some(End::Open) if session.rest.is_none() => { ". No end on record." }
                    _ => "."
                }
            }
            dl.facts {
                @for (texts, (title, _)) in session.texts.iter().zip(TOLD).filter(|(texts, _)| !texts.is_empty()) {
                    div {
                        dt { (title) }
                        dd { @for (index, text) in texts.iter().take(5).enumerate() { @if 0 < index { ", " } (cut(text, 80)) } @if 5 < texts.len() { " and " (texts.len() - 5) " more" } }
                    }
                }
            }
            ul.ways {
                li { a href=(links::events(&[("session_id", name)])) { "Its timeline" } }
                li { a href=(links::with_query("/export.ndjson", &annals_ask::Question::default().query_with(&[("session_id", Some(name)), ("order", Some("oldest"))]))) download { "NDJSON" } }
            }
        }
    }
}

/// Nested lists from a walk that says each node's level.
fn tree(tree: &Tree, clock: &Clock, is_one_day: bool) -> Markup {
    let mut html = String::from("<ul class=\"tree\">");
    let mut depth = 0;
    let mut is_first = true;
    for (level, node) in tree.levels() {
        if !is_first {
            if depth < level {
                html.push_str("<ul>");
            } else {
                html.push_str("</li>");
                (level..depth).for_each(|_| html.push_str("</ul></li>"));
            }
        }
        is_first = false;
        depth = level;
        html.push_str("<li>");
        html.push_str(&line(node, clock, is_one_day).into_string());
    }
    if !is_first {
        html.push_str("</li>");
        (0..depth).for_each(|_| html.push_str("</ul></li>"));
    }
    html.push_str("</ul>");
    PreEscaped(html)
}

/// What the label says behind what happened.
fn behind(node: &Node) -> Summary {
    let text = node.label.text.strip_prefix(node.happened.as_str()).unwrap_or(&node.label.text);
    Summary { text: text.trim_start().to_owned(), path: node.label.path.clone() }
}

fn line(node: &Node, clock: &Clock, is_one_day: bool) -> Markup {
    let class = match node.verdict {
        Verdict::Failed | Verdict::Denied => "line bad",
        Verdict::Begun => "line begun",
        _ => "line",
    };
    html! {
        div class=(class) {
            span.at { @if is_one_day { (clock.clock(node.at)) } @else { (clock.time(node.at)) } }
            a.what href=(links::event(node.id)) { b { (cut(&node.happened, 60)) } " " (about(&behind(node))) }
            span.end { (outcome(&node.ending)) }
            span.took { @if let Some(ms) = node.duration_ms { (duration(ms)) } }
        }
    }
}
