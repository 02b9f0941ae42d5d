//! `GET /awareness/entries/{id}`: one entry with all that it says, what it was before, and who read it or acted on it.

use annals::Value;
use annals_awareness::store::{Change, Entry, EntryId, Usage, UsageKind};
use annals_awareness::views::{self, MOST_USAGE, Story};
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::knowing::{ask, headline, standing, table, tags, ways};
use super::links;
use super::shell::{Page, View};
use super::text::{counted, cut, marked, told};
use super::times::Clock;
use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// How a reading of it is called on record.
const OPERATION: &str = "page_entry";

/// The view.
pub(crate) async fn entry(Extension(trail): Extension<Trail>, Path(id): Path<String>) -> Result<Response, Failure> {
    let absent = || Failure::new(Code::NotFound, "there is no entry of this id in this space");
    let id: EntryId = id.parse().map_err(|_| absent())?;
    let story = ask(&trail, move |service, context| views::story(service, context, OPERATION, id)).await?;
    let story = story.ok_or_else(absent)?;
    let clock = Clock::now();
    let content = html! {
        (head(&story.entry, &clock))
        (fields(&story.entry, &clock))
        (says(&story.entry))
        (history(&story.changes, &clock))
        (usage(&story, &clock))
        @if !story.related.is_empty() {
            section aria-labelledby="related" { h2 id="related" { "Related" } (table(&story.related, &clock, "Related entries")) }
        }
    };
    Ok(Page::of(&trail, View::Awareness, "Entry", content).into_response())
}

fn head(entry: &Entry, clock: &Clock) -> Markup {
    html! {
        (ways("/awareness/entries/one"))
        header.head {
            p.kind { (entry.entry_type.as_str()) (standing(entry, clock)) }
            h1.long { (cut(headline(entry), 200)) }
        }
    }
}

fn fields(entry: &Entry, clock: &Clock) -> Markup {
    html! {
        section aria-labelledby="fields" {
            h2 id="fields" { "About it" }
            dl.fields {
                (field("source", &html! { a href=(links::entries(&[("source", &entry.source)])) { (told(&entry.source)) } }))
                (field("type", &html! { a href=(links::entries(&[("type", entry.entry_type.as_str())])) { (entry.entry_type.as_str()) } }))
                @if !entry.tags.is_empty() { (field("tags", &tags(&entry.tags, usize::MAX))) }
                @if let Some(key) = &entry.logical_key { (field("logical_key", &told(key))) }
                (field("created", &clock.exact(entry.created)))
                @if let Some(at) = entry.updated { (field("updated", &clock.exact(at))) }
                @if let Some(at) = entry.expires { (field("expires", &clock.exact(at))) }
                @if let Some(at) = entry.deleted { (field("deleted", &clock.exact(at))) }
                @if let Some(language) = &entry.language { (field("language", &told(language))) }
                (field("credential", &told(&entry.credential)))
                (field("id", &html! { code { (entry.id) } }))
            }
        }
    }
}

fn field(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn says(entry: &Entry) -> Markup {
    let content = entry.text("content").filter(|content| !content.trim().is_empty());
    html! {
        @if let Some(content) = content {
            section aria-labelledby="content" {
                h2 id="content" { "Content" }
                pre tabindex="0" aria-labelledby="content" { code dir="auto" { @for line in content.lines() { (marked(line)) "\n" } } }
            }
        }
        section aria-labelledby="data" {
            h2 id="data" { "Data" }
            pre tabindex="0" aria-labelledby="data" dir="ltr" { (json(&Value::Object(entry.data.clone()))) }
        }
    }
}

/// JSON over lines, with what is harmful in it written out.
fn json(value: &Value) -> Markup {
    html! { code { @for line in annals_ask::pretty(&value.to_string()) { (marked(&line)) "\n" } } }
}

/// What it was before, the last change first.
fn history(changes: &[Change], clock: &Clock) -> Markup {
    html! {
        section aria-labelledby="history" {
            h2 id="history" { "History" }
            @if changes.is_empty() { p.note { "It keeps nothing of what it was before." } }
            @for change in changes.iter().rev() {
                div.change {
                    p { (clock.exact(change.at)) span.by { " changed " @for (n, name) in change.changed.keys().enumerate() { @if 0 < n { ", " } (told(name)) } } }
                    pre tabindex="0" aria-label="What it was before" dir="ltr" { (json(&Value::Object(change.changed.clone()))) }
                }
            }
        }
    }
}

fn usage(story: &Story, clock: &Clock) -> Markup {
    let resource = format!("awareness:{}", story.entry.id);
    html! {
        section aria-labelledby="usage" {
            div.bar {
                h2 id="usage" { "Who read it and acted on it" span.aside { " " (counted(story.readings.n_reads, "reading")) @if let Some(at) = story.readings.last { ", last " (clock.time(at)) } } }
                ul.ways { li { a href=(links::events(&[("resource", &resource)])) { "Its changes in the log" } } }
            }
            @if story.usage.is_empty() { p.note { "Nobody did, before you." } }
            @else {
                table.entries role="table" {
                    caption.unseen { "Readings and actions, newest first" }
                    thead role="rowgroup" { tr role="row" {
                        th.at role="columnheader" scope="col" { "When" } th role="columnheader" scope="col" { "What" }
                        th role="columnheader" scope="col" { "By which tool" } th.who role="columnheader" scope="col" { "Client" }
                    } }
                    tbody role="rowgroup" { @for usage in &story.usage { (used(usage, clock)) } }
                }
            }
            @if story.usage.len() as u64 == MOST_USAGE { p.note { "The newest " (MOST_USAGE) "; the log has them all." } }
        }
    }
}

fn used(usage: &Usage, clock: &Clock) -> Markup {
    html! {
        tr role="row" {
            td.at role="cell" { a href=(links::events(&[("seq", &usage.seq.to_string())])) { (clock.time(usage.at)) } }
            td role="cell" {
                @match usage.kind {
                    UsageKind::Read => "read",
                    UsageKind::Action => { (told(&usage.action)) @if let Some(detail) = &usage.detail { span.by { " " (cut(detail, 200)) } } },
                }
            }
            td role="cell" { (told(&usage.tool)) }
            td.who role="cell" { @if let Some(platform) = &usage.platform { (cut(platform, 40)) } }
        }
    }
}
