//! `GET /`: what happens now. The newest events, how the last hour went, and what has begun and not ended.

use std::collections::HashSet;

use annals::{Bucket, BucketWidth, Column, Health, Limit, Order, PageRequest, Phase, Session, StoredEvent, Timestamp};
use annals_ask::Question;
use axum::Extension;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::chart::chart;
use super::log::health_mark;
use super::shell::{Page, View};
use super::text::{counted, cut, number};
use super::times::{Clock, between};
use super::{links, rows, sessions};
use crate::failure::Failure;
use crate::trail::Trail;

/// How many of the newest events are shown.
const NEWEST: usize = 50;
/// Among so many of the newest events an operation without an end is looked for.
const LOOKED_AT: Limit = Limit::MAX;
/// How many operations and sessions are shown.
const FEW: usize = 8;

/// The view.
pub(crate) async fn now(Extension(trail): Extension<Trail>) -> Result<Response, Failure> {
    let clock = Clock::now();
    let request = PageRequest { order: Order::Newest, limit: LOOKED_AT, cursor: None };
    let found = trail.query(annals::Filter::new(), request).await?;
    let day = Question::read([("since", "1d")], clock.present())?;
    let recent = sessions::newest(&trail, &day, FEW as u64).await?;
    let pulse = pulse(&trail, &clock).await?;
    let open = open_operations(&found.events);
    let newest = &found.events[..found.events.len().min(NEWEST)];
    // What came since the page was written is caught up with.
    let live =
        newest.first().map_or_else(|| "/live?from=0".to_owned(), |event| format!("/live?from={}", event.seq + 1));
    let content = html! {
        h1 { "Now" }
        div id="pulse" { (pulse) }
        div.columns {
            (sessions_of(&recent, &clock))
            (operations(&open, &found.events, &clock))
        }
        section aria-labelledby="newest" {
            div.bar {
                h2 id="newest" { "Newest events" }
                p.live data-live=(live) {
                    span.told role="status" data-told {}
                    button type="button" data-pause hidden aria-pressed="false" { "Pause" }
                }
            }
            @if newest.is_empty() {
                div.empty { p { b { "Nothing is on record yet." } " What is recorded in this space appears here." } }
            }
            (rows::table(newest, &clock, "The newest events"))
            p { a href="/events" { "All events" } }
        }
    };
    Ok(Page::of(&trail, View::Now, "Now", content).into_response())
}

/// How the last hour went, in a few lines and a small picture.
pub(super) async fn pulse(trail: &Trail, clock: &Clock) -> Result<Markup, Failure> {
    let hour = Question::read([("since", "60m")], clock.present())?;
    let since = hour.filter.since.unwrap_or(Timestamp::from_nanos(0));
    let buckets = trail.stats(hour.filter, BucketWidth::MINUTE).await?;
    let health = trail.health().await?;
    Ok(pulse_of(&buckets, &health, since, clock))
}

fn pulse_of(buckets: &[Bucket], health: &Health, since: Timestamp, clock: &Clock) -> Markup {
    let sum = |of: fn(&Bucket) -> u64| buckets.iter().map(of).sum::<u64>();
    let (n_events, n_failed, n_denied) =
        (sum(|bucket| bucket.n_events), sum(|bucket| bucket.n_failed), sum(|bucket| bucket.n_denied));
    let name = format!("Events of the last hour by minute: {n_events}, {n_failed} failed, {n_denied} denied");
    html! {
        div.pulse {
            p.figure { b { (number(n_events)) } span { @if n_events == 1 { "event" } @else { "events" } " in the last hour" } }
            p.figure { b class=[(0 < n_failed).then_some("bad")] { (number(n_failed)) } span { a href=(links::events(&[("since", "1h"), ("outcome", "failure,timeout")])) { "failed" } } }
            p.figure { b class=[(0 < n_denied).then_some("bad")] { (number(n_denied)) } span { a href=(links::events(&[("since", "1h"), ("outcome", "denied")])) { "denied" } } }
            p.figure { b.words { (health_mark(health)) } span { a href="/log" { @if health.queued == 0 { "nothing waits" } @else { (counted(health.queued, "event")) " waiting" } } } }
        }
        (chart(buckets, (since, clock.present_stamp()), BucketWidth::MINUTE, clock, &name))
    }
}

/// Intents among these whose outcome is not, newest first.
fn open_operations(newest_first: &[StoredEvent]) -> Vec<&StoredEvent> {
    let mut ended = HashSet::new();
    let mut open = Vec::new();
    for event in newest_first {
        match (event.phase, event.get(Column::OperationId)) {
            (Phase::Outcome, Some(operation)) => {
                ended.insert(operation);
            }
            (Phase::Intent, Some(operation)) if !ended.contains(operation) => open.push(event),
            _ => {}
        }
    }
    open
}

fn operations(open: &[&StoredEvent], looked_at: &[StoredEvent], clock: &Clock) -> Markup {
    let present = clock.present_stamp();
    html! {
        section aria-labelledby="open" {
            h2 id="open" { "Begun, not ended" span.aside { " " (number(open.len() as u64)) } }
            @if open.is_empty() {
                p.note { "Among the newest " (counted(looked_at.len() as u64, "event")) " every operation has its end." }
            } @else {
                ul.short {
                    @for event in open.iter().take(FEW) {
                        li {
                            a href=(links::event(event.id)) { b { (cut(&annals_ask::happened(event), 40)) } " " (rows::about(&annals_ask::summary(event, ""))) }
                            span.aside { (between(event.recorded_at, present)) }
                        }
                    }
                }
                @if FEW < open.len() { p.note { "and " (number((open.len() - FEW) as u64)) " more" } }
            }
        }
    }
}

fn sessions_of(recent: &[Session], clock: &Clock) -> Markup {
    html! {
        section aria-labelledby="recent" {
            h2 id="recent" { "Sessions of the last day" }
            @if recent.is_empty() {
                p.note { "None." }
            } @else {
                ul.short {
                    @for session in recent {
                        li {
                            a href=(links::session(&session.session_id)) {
                                b { (cut(session.project_name.as_deref().unwrap_or(&session.session_id), 40)) }
                                @if let Some(agent) = session.actor_name.as_deref().or(session.client.as_deref()) { " " (cut(agent, 30)) }
                                @if let Some(user) = &session.user_identity { " for " (cut(user, 30)) }
                            }
                            span.aside {
                                (counted(session.n_events, "event"))
                                @if 0 < session.n_failures { " · " span.mark.bad { (number(session.n_failures)) " failed" } }
                                " · " (clock.time(session.last_at))
                            }
                        }
                    }
                }
                p { a href="/sessions" { "All sessions" } }
            }
        }
    }
}
