//! Asking the knowledge service for a view, and what its views have in common.
//!
//! What is asked is recorded as a reading by the page's own name, so that somebody who looks at an entry is told apart from an agent that reads it.

use annals::Value;
use annals_awareness::store::{Entry, EntryType};
use annals_awareness::{Awareness, Code as Why, Context, Refusal};
use maud::{Markup, html};

use super::links;
use super::text::{cut, told};
use super::times::Clock;
use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// The client by whose name a page reads.
const CLIENT: &str = "annals-page";

/// The views below Awareness.
const VIEWS: [(&str, &str); 3] =
    [("/awareness", "Briefing"), ("/awareness/entries", "Entries"), ("/awareness/trash", "Trash")];

/// Asks as the caller, on a thread that may wait.
pub(super) async fn ask<T: Send + 'static>(
    trail: &Trail,
    work: impl FnOnce(&Awareness, &Context) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Failure> {
    trail.know(Some(CLIENT.to_owned()), None, work).await?.map_err(|refusal| failure(&refusal))
}

fn failure(refusal: &Refusal) -> Failure {
    let code = match refusal.code() {
        Why::NotFound => Code::NotFound,
        Why::InvalidParameter => Code::Invalid,
        _ => Code::Unavailable,
    };
    let failure = Failure::new(code, refusal.message().to_owned());
    match refusal.log() {
        Some(log) => failure.with_log(log.to_owned()),
        None => failure,
    }
}

/// The ways to the views, and which of them this is.
pub(super) fn ways(path: &str) -> Markup {
    html! {
        nav.beside aria-label="Awareness" {
            @for (other, word) in VIEWS { a href=(other) aria-current=[(other == path).then_some("page")] { (word) } }
        }
    }
}

/// What an entry says of itself in a line.
pub(super) fn headline(entry: &Entry) -> &str {
    let fields = match entry.entry_type {
        EntryType::Alert => ["message", "alert_id", "description"],
        EntryType::Intention => ["goal", "description", "state"],
        EntryType::Preference => ["key", "value", "scope"],
        EntryType::Suppression => ["reason", "metric", "suppress_level"],
        EntryType::Status => ["description", "state", "summary"],
        _ => ["description", "effect", "content"],
    };
    let said = fields.into_iter().find_map(|field| entry.text(field).filter(|text| !text.trim().is_empty()));
    said.or(entry.logical_key.as_deref()).unwrap_or(&entry.source)
}

/// Entries as a table; the time is the one they were last touched at, or thrown away.
pub(super) fn table(entries: &[Entry], clock: &Clock, caption: &str) -> Markup {
    html! {
        table.entries role="table" {
            caption.unseen { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for (class, name) in [("at", "Last touched"), ("of", "Type"), ("what", "Entry"), ("who", "Source"), ("tags", "Tags")] {
                        th role="columnheader" scope="col" class=(class) { (name) }
                    }
                }
            }
            tbody role="rowgroup" { @for entry in entries { (row(entry, clock)) } }
        }
    }
}

fn row(entry: &Entry, clock: &Clock) -> Markup {
    html! {
        tr role="row" {
            td.at role="cell" { (clock.time(entry.deleted.unwrap_or(entry.touched()))) }
            td.of role="cell" { (entry.entry_type.as_str()) (standing(entry, clock)) }
            td.what role="cell" { a href=(links::entry(&entry.id.to_string())) { (cut(headline(entry), 120)) } }
            td.who role="cell" { a href=(links::entries(&[("source", &entry.source)])) { (cut(&entry.source, 40)) } }
            td.tags role="cell" { (tags(&entry.tags, 6)) }
        }
    }
}

/// Each tag with a way to what has it too.
pub(super) fn tags(tags: &[String], most: usize) -> Markup {
    html! {
        @for (n, tag) in tags.iter().take(most).enumerate() {
            @if 0 < n { " " }
            a.tag href=(links::entries(&[("tag", tag)])) { (cut(tag, 30)) }
        }
        @if most < tags.len() { " …" }
    }
}

/// Where an entry stands, if not among what is read.
pub(super) fn standing(entry: &Entry, clock: &Clock) -> Markup {
    html! {
        @if entry.deleted.is_some() { " " span.mark.bad { "in the trash" } }
        @else if entry.is_expired(clock.present_stamp()) { " " span.mark.odd { "expired" } }
        @else if entry.entry_type == EntryType::Alert && entry.data.get("resolved") == Some(&Value::Bool(true)) { " " span.mark.faint { "resolved" } }
        @else if entry.entry_type == EntryType::Intention { @if let Some(state) = entry.text("state") { " " span.mark.faint { (told(state)) } } }
    }
}
