//! `GET /awareness/entries` and `GET /awareness/trash`: entries that fit, page by page.
//!
//! What is asked stands in the URL, by the words of the tools: `type`, `source`, `tag` (again and again, all must be there), `state`, `text`, `since` and `until`, and `where` they stand. A form by GET
//! asks it, so that nothing here needs a script.

use annals::{Timestamp, Value};
use annals_awareness::store::{Amount, By, Choice, EntryPage, EntryType, Shelved, Wish};
use annals_awareness::views::{self, Asked};
use axum::Extension;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::filters::{Pairs, shorter};
use super::knowing::{ask, table, ways};
use super::links;
use super::shell::{Page, View};
use super::text::{number, told};
use super::times::Clock;
use crate::failure::{Code, Failure};
use crate::trail::Trail;

const ENTRIES: &str = "/awareness/entries";
const TRASH: &str = "/awareness/trash";

/// How many entries a page shows.
const PAGE: u64 = 50;
/// No offset is greater; whoever wants what lies behind asks more closely.
const MOST_OFFSET: u64 = 1_000_000;
/// The states of intentions and alerts.
const STATES: [&str; 7] = ["active", "resolved", "pending", "fired", "snoozed", "completed", "cancelled"];
/// Where entries stand, by the words of a URL.
const PLACES: [(&str, Shelved); 3] =
    [("live", Shelved::Live), ("expired", Shelved::Expired), ("anywhere", Shelved::Anywhere)];

/// The list.
pub(crate) async fn entries(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Failure> {
    list(&trail, &pairs, &LIST).await
}

/// What was thrown away, the last first.
pub(crate) async fn trash(Extension(trail): Extension<Trail>, Query(pairs): Query<Pairs>) -> Result<Response, Failure> {
    list(&trail, &pairs, &BIN).await
}

/// One of the two views.
struct Kind {
    path: &'static str,
    title: &'static str,
    operation: &'static str,
    shelved: Shelved,
    by: By,
    nothing: &'static str,
}

const LIST: Kind = Kind {
    path: ENTRIES,
    title: "Entries",
    operation: "page_entries",
    shelved: Shelved::Live,
    by: By::Touched,
    nothing: "No entry fits.",
};
const BIN: Kind = Kind {
    path: TRASH,
    title: "Trash",
    operation: "page_trash",
    shelved: Shelved::Trash,
    by: By::Deleted,
    nothing: "The trash is empty.",
};

async fn list(trail: &Trail, pairs: &Pairs, kind: &'static Kind) -> Result<Response, Failure> {
    if let Some(response) = shorter(kind.path, pairs) {
        return Ok(response);
    }
    let clock = Clock::now();
    let asked = match read(pairs, kind, &clock) {
        Ok(asked) => asked,
        Err(problem) => {
            let content = html! { (head(kind)) (form(pairs, kind, Some(&problem))) p { "Nothing was looked for. " a href=(kind.path) { "Begin anew" } } };
            let page = Page::of(trail, View::Awareness, kind.title, content);
            return Ok(page.with_status(StatusCode::BAD_REQUEST).into_response());
        }
    };
    let question =
        pairs.iter().map(|(name, value)| (name.clone(), Value::from(annals_ask::shortened(value)))).collect();
    let offset = asked.wish.offset;
    let page =
        ask(trail, move |service, context| views::entries(service, context, kind.operation, &asked, &question)).await?;
    let content = html! { (head(kind)) (form(pairs, kind, None)) (found(&page, pairs, kind, offset, &clock)) };
    Ok(Page::of(trail, View::Awareness, kind.title, content).into_response())
}

fn head(kind: &Kind) -> Markup {
    html! { h1 { (kind.title) } (ways(kind.path)) }
}

/// What the pairs of a URL ask.
fn read(pairs: &Pairs, kind: &Kind, clock: &Clock) -> Result<Asked, Failure> {
    let mut choice = Choice { shelved: kind.shelved, ..Choice::default() };
    let (mut words, mut offset) = (None, 0);
    for (name, value) in pairs {
        let wrong = |problem: String| Failure::new(Code::Invalid, problem).at(name.as_str());
        let moment = || -> Result<Option<Timestamp>, Failure> {
            annals_ask::moment_at(value, clock.present()).map(Some).map_err(wrong)
        };
        match name.as_str() {
            "type" => {
                let entry_type: EntryType = value
                    .parse()
                    .map_err(|_| wrong(format!("`{}` is no type of entries", annals_ask::shortened(value))))?;
                choice.types.push(entry_type);
            }
            "source" => choice.source = Some(value.clone()),
            "tag" => choice.tags.push(value.clone()),
            "state" => choice.state = Some(value.clone()),
            "text" => words = Some(value.clone()),
            "since" => choice.since = moment()?,
            "until" => choice.until = moment()?,
            "where" if kind.shelved == Shelved::Live => {
                let place = PLACES.into_iter().find(|(word, _)| word == value);
                choice.shelved =
                    place.ok_or_else(|| wrong("is none of `live`, `expired` and `anywhere`".to_owned()))?.1;
            }
            "offset" => {
                offset = value
                    .parse()
                    .ok()
                    .filter(|offset| *offset <= MOST_OFFSET)
                    .ok_or_else(|| wrong(format!("is no number up to {MOST_OFFSET}")))?;
            }
            _ => return Err(wrong("is nothing that can be asked for here".to_owned())),
        }
    }
    let wish = Wish { by: kind.by, after: None, offset, amount: Amount::entries(PAGE) };
    Ok(Asked { choice, words, wish })
}

fn form(pairs: &Pairs, kind: &Kind, problem: Option<&Failure>) -> Markup {
    let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let is_wrong = |name: &str| problem.and_then(Failure::field) == Some(name);
    let field = |name: &str, label: &str, example: &str| {
        html! {
            p {
                label for={ "f-" (name) } { (label) }
                input type="text" id={ "f-" (name) } name=(name) value=(value(name)) placeholder=(example) autocomplete="off" spellcheck="false" dir="auto"
                    aria-invalid=[is_wrong(name).then_some("true")] aria-describedby=[is_wrong(name).then_some("problem")];
            }
        }
    };
    let types = EntryType::ALL.map(EntryType::as_str);
    let places = PLACES.map(|(word, _)| word);
    let mut seen_tag = false;
    html! {
        search {
            form.filters action=(kind.path) method="get" aria-label="Filter" {
                @if let Some(problem) = problem {
                    div.problem role="alert" id="problem" {
                        @if let Some(field) = problem.field() { b { (told(field)) } ": " }
                        (told(problem.message()))
                    }
                }
                div.fields {
                    (field("text", "Words", ""))
                    (select("type", "Type", &types, value("type"), "any"))
                    (field("source", "Source", ""))
                    (field("tag", "Tag", ""))
                    (select("state", "State", &STATES, value("state"), "any"))
                    (field("since", "Since", "2h, today"))
                    (field("until", "Until", "yesterday"))
                    @if kind.shelved == Shelved::Live { (select("where", "Where", &places[1..], value("where"), "live")) }
                    p.go { button type="submit" { "Show" } }
                }
                // The form has one field for tags; those of a link that names more are carried along.
                @for (name, value) in pairs.iter().filter(|(name, _)| name == "tag") {
                    @if std::mem::replace(&mut seen_tag, true) { input type="hidden" name=(name) value=(value); }
                }
            }
        }
    }
}

fn select(name: &str, label: &str, words: &[&str], value: &str, none: &str) -> Markup {
    let is_other = !value.is_empty() && !words.contains(&value);
    html! {
        p {
            label for={ "f-" (name) } { (label) }
            select id={ "f-" (name) } name=(name) {
                option value="" { (none) }
                @if is_other { option value=(value) selected { (value) } }
                @for word in words { option value=(word) selected[*word == value] { (word) } }
            }
        }
    }
}

fn found(page: &EntryPage, pairs: &Pairs, kind: &Kind, offset: u64, clock: &Clock) -> Markup {
    let n = page.entries.len() as u64;
    let at = |offset: u64| {
        let offset = offset.to_string();
        let kept =
            pairs.iter().filter(|(name, _)| name != "offset").map(|(name, value)| (name.as_str(), value.as_str()));
        let mut asked: Vec<(&str, &str)> = kept.collect();
        if offset != "0" {
            asked.push(("offset", &offset));
        }
        links::of(kind.path, &asked)
    };
    let is_searched = pairs.iter().any(|(name, _)| name == "text");
    html! {
        section aria-labelledby="found" {
            div.bar {
                h2 id="found" {
                    @if n == 0 { "None" } @else if 0 < offset || page.has_more { (number(offset + 1)) " to " (number(offset + n)) } @else if n == 1 { "1 entry" } @else { (number(n)) " entries" }
                    span.aside { @if is_searched { " best first" } @else if kind.shelved == Shelved::Trash { " last thrown away first" } @else { " last touched first" } }
                }
            }
            @if page.entries.is_empty() { div.empty { p { b { (kind.nothing) } @if !pairs.is_empty() { " All conditions must hold together." } } } }
            @else { (table(&page.entries, clock, kind.title)) }
            @if kind.shelved == Shelved::Trash && !page.entries.is_empty() { p.note { "What lies here is gone for good some time after it was thrown away; agents take it out again by " code { "restore_entry" } "." } }
            @if page.has_more || 0 < offset {
                nav.pages aria-label="Pages" {
                    @if 0 < offset { a href=(at(0)) { "First page" } a href=(at(offset.saturating_sub(PAGE))) rel="prev" { "← Back" } }
                    @if page.has_more { a href=(at(offset + PAGE)) rel="next" { "Further →" } }
                }
            }
        }
    }
}
