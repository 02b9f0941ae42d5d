//! `GET /sessions`: the sessions by their last event.

use annals::{Order, PageRequest, Session};
use annals_ask::Question;
use axum::Extension;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::filters::{Pairs, chips};
use super::links;
use super::shell::{Page, View};
use super::text::{counted, cut, number};
use super::times::{Clock, between};
use crate::failure::Failure;
use crate::trail::Trail;

const PATH: &str = "/sessions";

/// The list.
pub(crate) async fn sessions(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Failure> {
    let clock = Clock::now();
    let question = Question::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), clock.present())?;
    let found = trail.sessions(question.filter.clone(), question.page).await?;
    let further = found
        .cursor
        .map(|cursor| links::with_query(PATH, &question.query_with(&[("cursor", Some(&cursor.to_string()))])));
    let content = html! {
        h1 { "Sessions" }
        (chips(PATH, &question, &[]))
        @if found.sessions.is_empty() {
            div.empty {
                p { b { "No session." } " An event belongs to one by its " code { "session_id" } ", which the hooks of " code { "annals setup" } " give." }
            }
        } @else {
            (table(&found.sessions, &clock))
        }
        @if let Some(seq) = found.examined_to {
            p.note { "One page looks at 20" "\u{202f}" "000 events. This one came to event " (number(seq)) "." }
        }
        @if further.is_some() || question.page.cursor.is_some() {
            nav.pages aria-label="Pages" {
                @if question.page.cursor.is_some() { a href=(links::with_query(PATH, &question.query_with(&[("cursor", None)]))) { "First page" } }
                @if let Some(further) = &further { a href=(further) rel="next" { @match question.page.order { Order::Newest => "Older", Order::Oldest => "Newer" } " →" } }
            }
        }
    };
    Ok(Page::of(&trail, View::Sessions, "Sessions", content).into_response())
}

/// The newest few, for other views.
pub(super) async fn newest(trail: &Trail, question: &Question, n: u64) -> Result<Vec<Session>, Failure> {
    let limit = annals::Limit::new(n).unwrap_or_default();
    Ok(trail.sessions(question.filter.clone(), PageRequest { limit, ..PageRequest::default() }).await?.sessions)
}

/// Sessions as a table.
pub(super) fn table(sessions: &[Session], clock: &Clock) -> Markup {
    html! {
        table.sessions role="table" {
            caption.unseen { "Sessions by their last event" }
            thead role="rowgroup" {
                tr role="row" {
                    @for (class, name) in [("at", "Last event"), ("what", "Session"), ("who", "Agent"), ("of", "Project"), ("took", "Span"), ("n", "Events"), ("n", "Calls"), ("n", "Failed")] {
                        th role="columnheader" scope="col" class=(class) { (name) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for session in sessions { (row(session, clock)) }
            }
        }
    }
}

fn row(session: &Session, clock: &Clock) -> Markup {
    let agent = session.actor_name.as_deref().or(session.client.as_deref()).unwrap_or_default();
    html! {
        tr role="row" {
            td.at role="cell" { (clock.time(session.last_at)) }
            td.what role="cell" { a href=(links::session(&session.session_id)) { (cut(&session.session_id, 40)) } }
            td.who role="cell" {
                (cut(agent, 40))
                @if let Some(user) = &session.user_identity { span.by { " for " (cut(user, 40)) } }
            }
            td.of role="cell" { @if let Some(project) = &session.project_name { (cut(project, 40)) } }
            td.took role="cell" { (between(session.first_at, session.last_at)) }
            td.n role="cell" data-label="events" { (number(session.n_events)) }
            td.n role="cell" data-label="calls" { (number(session.n_calls)) }
            td.n role="cell" data-label="failed" {
                @if session.n_failures == 0 { span.faint { "0" } } @else { span.mark.bad title=(counted(session.n_failures, "failure")) { (number(session.n_failures)) } }
            }
        }
    }
}
