//! `GET /events/{id}`: one event with everything that is on record of it, what belongs to it, and how it is proved.

use annals::{Column, EventId, Filter, Limit, Order, PageRequest, SeqRange, StoredEvent};
use annals_ask::{ending, happened, summary};
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::rows::{about, outcome};
use super::shell::{Page, View};
use super::text::{cut, marked, number, told};
use super::times::{Clock, duration};
use super::{links, rows};
use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// How many events of its operation are shown.
const MOST_OF_OPERATION: u64 = 20;

/// What belongs to an event.
struct Around {
    operation: Vec<StoredEvent>,
    previous: Option<StoredEvent>,
    next: Option<StoredEvent>,
    sealed_size: Option<u64>,
}

/// The view.
pub(crate) async fn event(Extension(trail): Extension<Trail>, Path(id): Path<String>) -> Result<Response, Failure> {
    let event = find(&trail, &id).await?;
    let around = look_around(&trail, &event).await?;
    let clock = Clock::now();
    let content = html! {
        (head(&event, &around, &clock))
        (fields(&event, &clock))
        (details(&event))
        (operation(&event, &around, &clock))
        (proof_of(&event, &around))
    };
    Ok(Page::of(&trail, View::Timeline, "Event", content).into_response())
}

async fn find(trail: &Trail, id: &str) -> Result<StoredEvent, Failure> {
    let absent = || Failure::new(Code::NotFound, "there is no event of this id in this space");
    let id: EventId = id.parse().map_err(|_| absent())?;
    trail.get(id).await?.ok_or_else(absent)
}

async fn look_around(trail: &Trail, event: &StoredEvent) -> Result<Around, Failure> {
    let mut around = Around { operation: Vec::new(), previous: None, next: None, sealed_size: None };
    if let Some(operation) = event.get(Column::OperationId) {
        let limit = Limit::new(MOST_OF_OPERATION).unwrap_or_default();
        let request = PageRequest { order: Order::Oldest, limit, cursor: None };
        around.operation = trail.query(Filter::new().equals(Column::OperationId, operation), request).await?.events;
    }
    if let Some(session) = event.get(Column::SessionId) {
        let beside = |span: SeqRange| Filter::new().equals(Column::SessionId, session).seqs(span);
        around.previous = one(trail, beside(SeqRange { start: 0, end: event.seq }), Order::Newest).await?;
        around.next = one(trail, beside(SeqRange { start: event.seq + 1, ..SeqRange::ALL }), Order::Oldest).await?;
    }
    around.sealed_size = trail.evidence().await?.and_then(|evidence| evidence.sealed_size);
    Ok(around)
}

async fn one(trail: &Trail, filter: Filter, order: Order) -> Result<Option<StoredEvent>, Failure> {
    let limit = Limit::new(1).unwrap_or_default();
    Ok(trail.query(filter, PageRequest { order, limit, cursor: None }).await?.events.into_iter().next())
}

fn head(event: &StoredEvent, around: &Around, clock: &Clock) -> Markup {
    html! {
        header.head {
            p.kind { "Event " (number(event.seq)) }
            h1.long { (cut(&happened(event), 200)) }
            p.lead { (about(&summary(event, ""))) }
            p.lead.told {
                (outcome(&ending(event)))
                @if let Some(ms) = event.duration_ms { span { "took " (duration(ms)) } }
                span { (clock.exact(event.recorded_at)) }
            }
            @if let Some(problem) = annals_ask::problem(event) { p.why { (cut(&problem, 1_000)) } }
            @if let Some(session) = event.get(Column::SessionId) {
                nav.beside aria-label="In its session" {
                    @if let Some(previous) = &around.previous { a href=(links::event(previous.id)) rel="prev" { "← Previous" } }
                    a href=(links::session(session)) { "Session " (cut(session, 40)) }
                    @if let Some(next) = &around.next { a href=(links::event(next.id)) rel="next" { "Next →" } }
                }
            }
        }
    }
}

/// Every column that it has, the text columns with a way to others of the same value.
fn fields(event: &StoredEvent, clock: &Clock) -> Markup {
    html! {
        section aria-labelledby="fields" {
            h2 id="fields" { "On record" }
            dl.fields {
                (field("event_type", &html! { a href=(links::events(&[("event_type", &event.event_type)])) { (told(&event.event_type)) } }))
                (field("phase", &html! { (event.phase) }))
                @if let Some(outcome) = event.outcome { (field("outcome", &html! { (outcome) })) }
                @if let Some(ms) = event.duration_ms { (field("duration_ms", &html! { (ms) })) }
                @for (column, text) in event.texts.iter() { (field(column.name(), &text_of(column, text))) }
                (field("recorded_at", &clock.exact(event.recorded_at)))
                (field("created_at", &clock.exact(event.created_at)))
                @if let Some(at) = event.occurred_at { (field("occurred_at", &html! { (clock.exact(at)) " " span.aside { "as the sender claims" } })) }
                (field("space", &told(&event.space)))
                @if let Some(credential) = &event.credential { (field("credential", &told(credential))) }
                (field("id", &html! { code { (event.id) } }))
                (field("seq", &html! { (event.seq) }))
                (field("producer", &html! { code { (event.producer) } }))
                (field("pseq", &html! { (event.pseq) }))
                @if 0 < event.n_redacted { (field("n_redacted", &html! { (event.n_redacted) " " span.aside { "secrets were taken out of it" } })) }
                @if let Some(seq) = event.erased_by {
                    (field("erased_by", &html! { a href=(links::events(&[("seq", &seq.to_string())])) { "event " (number(seq)) } " " span.aside { "by which its content was erased" } }))
                }
            }
        }
    }
}

fn field(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// A text, with a way to what has the same; only to our own views, whatever it looks like.
fn text_of(column: Column, text: &str) -> Markup {
    let same = match column {
        Column::SessionId => links::session(text),
        // Nothing else has the same, or a filter would take it for a pattern.
        Column::Traceparent | Column::ParentId | Column::Resource => return told(text),
        column => links::events(&[(column.name(), text)]),
    };
    html! { a href=(same) { (told(text)) } }
}

fn details(event: &StoredEvent) -> Markup {
    html! {
        @if let Some(details) = &event.details {
            section aria-labelledby="details" {
                h2 id="details" { "Details" }
                pre tabindex="0" aria-labelledby="details" dir="ltr" {
                    code { @for line in annals_ask::pretty(details) { (marked(&line)) "\n" } }
                }
            }
        }
    }
}

fn operation(event: &StoredEvent, around: &Around, clock: &Clock) -> Markup {
    let others: Vec<StoredEvent> = around.operation.iter().filter(|other| other.id != event.id).cloned().collect();
    html! {
        @if event.get(Column::OperationId).is_some() {
            section aria-labelledby="operation" {
                h2 id="operation" { "Its operation" }
                @if others.is_empty() {
                    p.note { @match event.phase {
                        annals::Phase::Intent => "It began here. Its outcome is not on record.",
                        _ => "Nothing else of it is on record in this space."
                    } }
                } @else {
                    (rows::table(&others, clock, "The other events of its operation"))
                }
            }
        }
    }
}

fn proof_of(event: &StoredEvent, around: &Around) -> Markup {
    let is_sealed = around.sealed_size.is_some_and(|size| event.seq < size);
    html! {
        section aria-labelledby="proof" {
            h2 id="proof" { "Proof" }
            @if is_sealed {
                p { span.mark.good { span aria-hidden="true" { "✓ " } "sealed" } " It is event " (number(event.seq)) " of the log, under a signed checkpoint of " (number(around.sealed_size.unwrap_or_default())) " events." }
            } @else {
                p { span.mark.odd { span aria-hidden="true" { "◌ " } "durable" } " It is event " (number(event.seq)) " of the log; no signed checkpoint covers it yet. One is signed when the proof is asked for." }
            }
            p { a.button href={ "/v1/events/" (event.id) "/proof?disclose=who,context,details" } download { "Download its proof" } }
            p { "The file holds the event’s entry, its path to the log’s root and a signed checkpoint (" code { "c2sp.org/tlog-proof" } "). It discloses who, context and details. To check it without this server, and without the log:" }
            pre tabindex="0" aria-label="A command" { code { "annals verify-proof " (event.id) ".tlog-proof --key KEY" } }
            p { "The key is under " a href="/log" { "Log" } "; keep it where this server cannot change it." }
        }
    }
}
