//! `GET /events`: the events that fit, page by page.

use annals::{Order, Page as EventPage};
use annals_ask::Question;
use axum::Extension;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::filters::{Form, Pairs, chips, shorter};
use super::shell::{Page, View};
use super::text::{counted, number};
use super::times::Clock;
use super::{links, rows};
use crate::failure::{Code, Failure};
use crate::trail::Trail;

const PATH: &str = "/events";

/// The timeline.
pub(crate) async fn timeline(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Failure> {
    if let Some(response) = shorter(PATH, &pairs) {
        return Ok(response);
    }
    let clock = Clock::now();
    let read = Question::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), clock.present());
    let question = match read {
        Ok(question) => question,
        Err(invalid) => return Ok(wrong(&trail, &pairs, &invalid.into())),
    };
    let _turn = trail.app().limits.turn_to_answer(question.page.limit).await;
    let found = match trail.query(question.filter.clone(), question.page).await {
        Ok(found) => found,
        Err(failure) if failure.code() == Code::Invalid => return Ok(wrong(&trail, &pairs, &failure)),
        Err(failure) => return Err(failure),
    };
    let content = html! {
        h1 { "Timeline" }
        (form(&pairs, None))
        (chips(PATH, &question, &[]))
        (told(&question, &found, &clock))
    };
    Ok(Page::of(&trail, View::Timeline, "Timeline", content).into_response())
}

/// The form again, with what was wrong.
fn wrong(trail: &Trail, pairs: &[(String, String)], failure: &Failure) -> Response {
    let content = html! {
        h1 { "Timeline" }
        (form(pairs, Some(failure)))
        p { "Nothing was looked for. " a href=(PATH) { "Begin anew" } }
    };
    Page::of(trail, View::Timeline, "Timeline", content).with_status(StatusCode::BAD_REQUEST).into_response()
}

fn form(pairs: &[(String, String)], problem: Option<&Failure>) -> Markup {
    Form { path: PATH, pairs, problem, own: html! {}, own_names: &[] }.markup()
}

fn told(question: &Question, found: &EventPage, clock: &Clock) -> Markup {
    let order = question.page.order;
    let (other, other_word) = match order {
        Order::Newest => ("oldest", "Oldest first"),
        Order::Oldest => ("newest", "Newest first"),
    };
    let turned = links::with_query(PATH, &question.query_with(&[("order", Some(other)), ("cursor", None)]));
    let first = links::with_query(PATH, &question.query_with(&[("cursor", None)]));
    let cursor = found.cursor.map(|cursor| cursor.to_string());
    let further =
        cursor.as_deref().map(|cursor| links::with_query(PATH, &question.query_with(&[("cursor", Some(cursor))])));
    html! {
        section aria-labelledby="found" {
            div.bar {
                h2 id="found" { (counted(found.events.len() as u64, "event")) span.aside { " " (rows::order_word(order)) @if further.is_some() { ", and there may be more" } } }
                ul.ways {
                    li { a href=(turned) { (other_word) } }
                    li { a href=(links::with_query("/histogram", &question.query_with(&[("cursor", None), ("order", None), ("limit", None)]))) { "Histogram" } }
                    li { a href=(export("/export.ndjson", question)) download { "NDJSON" } }
                    li { a href=(export("/export.csv", question)) download { "CSV" } }
                }
            }
            @if found.events.is_empty() { (nothing(question, found)) } @else { (rows::table(&found.events, clock, "Events that fit")) }
            @if let Some(seq) = found.examined_to {
                p.note { "One page looks at 20" "\u{202f}" "000 events. This one came to event " (number(seq)) "; what lies behind it was not looked at yet." }
            }
            @if further.is_some() || question.page.cursor.is_some() {
                nav.pages aria-label="Pages" {
                    @if question.page.cursor.is_some() { a href=(first) { "First page" } }
                    @if let Some(further) = &further { a href=(further) rel="next" { @match order { Order::Newest => "Older", Order::Oldest => "Newer" } " →" } }
                }
            }
        }
    }
}

fn export(path: &str, question: &Question) -> String {
    links::with_query(path, &question.query_with(&[("cursor", None), ("limit", None)]))
}

/// What to do where nothing was found.
fn nothing(question: &Question, found: &EventPage) -> Markup {
    html! {
        div.empty {
            @if found.examined_to.is_some() {
                p { b { "None so far." } " Go on to look at what lies behind." }
            } @else if question.page.cursor.is_some() {
                p { b { "Nothing follows." } }
            } @else if question.pairs().next().is_some() {
                p { b { "No event fits." } " All conditions must hold together. Take one out above, or ask for a longer time." }
                p { "A type may be a family, " code { "tool.*" } "; a resource is a pattern, " code { "src/**" } "; a text is looked for in the details as they are stored." }
            } @else {
                p { b { "Nothing is on record yet." } }
                p { "Record something: " code { "annals record --type tool.invoked --tool bash" } ", or let " code { "annals setup" } " connect an agent." }
            }
        }
    }
}
