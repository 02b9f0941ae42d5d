//! Events as rows of a table: what the timeline, the newest events and the live ones look like.
//!
//! The roles are written out, since a small screen lays rows out as blocks, and a browser then forgets that they are a table.

use annals::{Column, Order, Phase, StoredEvent};
use annals_ask::{Ending, Mood, Summary, agent, ending, happened, is_bad, problem, summary};
use maud::{Markup, html};

use super::links;
use super::text::{cut, cut_front};
use super::times::{Clock, duration};

/// How much of a text a row shows.
const MOST: usize = 180;

/// A table of events.
pub(super) fn table(events: &[StoredEvent], clock: &Clock, caption: &str) -> Markup {
    html! {
        table.events role="table" {
            caption.unseen { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for (class, name) in [("at", "Recorded"), ("who", "Agent"), ("what", "What"), ("end", "Outcome"), ("took", "Took"), ("of", "Session")] {
                        th role="columnheader" scope="col" class=(class) { (name) }
                    }
                }
            }
            tbody role="rowgroup" id="rows" {
                @for event in events { (row(event, clock)) }
            }
        }
    }
}

/// One event.
pub(super) fn row(event: &StoredEvent, clock: &Clock) -> Markup {
    let class = match event.phase {
        _ if is_bad(event) => "bad",
        // Of a call that goes by, its end is what a reader looks for.
        Phase::Intent => "begun",
        _ => "",
    };
    html! {
        tr role="row" class=(class) data-seq=(event.seq) {
            td.at role="cell" { (clock.time(event.recorded_at)) }
            td.who role="cell" { (cut(&agent(event), 40)) }
            td.what role="cell" {
                a href=(links::event(event.id)) { (what(event)) }
                @if let Some(problem) = problem(event) { p.why { (cut(&problem, MOST)) } }
            }
            td.end role="cell" { (outcome(&ending(event))) }
            td.took role="cell" { @if let Some(ms) = event.duration_ms { (duration(ms)) } }
            td.of role="cell" {
                @if let Some(session) = event.get(Column::SessionId) {
                    a href=(links::session(session)) { (cut(session, 14)) }
                }
            }
        }
    }
}

/// What happened, and what it was about.
fn what(event: &StoredEvent) -> Markup {
    html! { b { (cut(&happened(event), 60)) } " " (about(&summary(event, ""))) }
}

/// What an event was about.
pub(super) fn about(summary: &Summary) -> Markup {
    html! {
        @if !summary.text.is_empty() { (cut(&summary.text, MOST)) }
        @if let Some(path) = &summary.path { (cut_front(path, MOST)) }
    }
}

/// An outcome: a sign, a word and a colour, each of which says the same.
pub(super) fn outcome(ending: &Ending) -> Markup {
    let (class, sign) = match ending.mood {
        Mood::Plain => ("plain", ""),
        Mood::Faint => ("faint", "◌"),
        Mood::Good => ("good", "✓"),
        Mood::Bad => ("bad", "✗"),
        Mood::Odd => ("odd", "?"),
    };
    html! {
        @if !ending.word.is_empty() {
            span class={ "mark " (class) } { span aria-hidden="true" { (sign) " " } (cut(&ending.word, 40)) }
        }
    }
}

/// Which end comes first, in words.
pub(super) fn order_word(order: Order) -> &'static str {
    match order {
        Order::Newest => "newest first",
        Order::Oldest => "oldest first",
    }
}
