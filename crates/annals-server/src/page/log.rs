//! `GET /log`: the state of the log as a whole: how far it is sealed, by which key, what is missing, and whether it holds what it says.
//!
//! The log is one for all spaces, and what stands here are numbers about all of it. Paths and the words of the database are for the server's own log.

use annals::{Evidence, Gap, Health, HealthState, KeyState, Waiting, WaitingState};
use axum::Extension;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::links;
use super::shell::{Page, View};
use super::text::{counted, number, told};
use super::times::{Clock, duration};
use super::verifying::{self, State};
use crate::failure::Failure;
use crate::trail::Trail;

/// What the view tells.
struct Told {
    health: Health,
    evidence: Option<Evidence>,
    checkpoint: Option<String>,
    waiting: Vec<Waiting>,
    n_dead_letters: u64,
    n_gaps: u64,
    n_erasures: u64,
}

/// The view.
pub(crate) async fn log(Extension(trail): Extension<Trail>) -> Result<Response, Failure> {
    let evidence = trail.evidence().await?;
    let checkpoint = trail.log_file("checkpoint".to_owned()).await?;
    let told = Told {
        evidence,
        checkpoint: checkpoint.and_then(|file| String::from_utf8(file.bytes).ok()),
        waiting: trail.waiting().await?,
        n_dead_letters: trail.n_dead_letters().await?,
        n_gaps: trail.count_of_log(Gap::EVENT_TYPE).await?,
        n_erasures: trail.count_of_log("audit.erased").await? + trail.count_of_log("audit.pruned").await?,
        health: trail.health().await?,
    };
    let state = trail.app().verifying.state();
    let clock = Clock::now();
    let content = html! {
        h1 { "Log" }
        p.lead { "One log for all spaces of this server. The numbers here are about all of it." }
        (health(&told, &clock))
        (verification(&state))
        (sealed(&told, &clock))
        (missing(&told))
    };
    let mut page = Page::of(&trail, View::Log, "Log", content);
    if matches!(state, State::Running { .. }) {
        page = page.asking_again();
    }
    Ok(page.into_response())
}

/// How the service is, as a mark.
pub(super) fn health_mark(health: &Health) -> Markup {
    let (class, sign) = match health.state {
        HealthState::Ok => ("good", "✓"),
        HealthState::Degraded => ("odd", "!"),
        _ => ("bad", "✗"),
    };
    html! { span class={ "mark " (class) } { span aria-hidden="true" { (sign) " " } (health.state.as_str()) } }
}

fn health(told: &Told, clock: &Clock) -> Markup {
    let health = &told.health;
    html! {
        section aria-labelledby="health" {
            h2 id="health" { "Health" }
            dl.facts {
                (fact("State", &health_mark(health)))
                (fact("On record", &html! { (counted(told.evidence.as_ref().map_or(0, |evidence| evidence.n_events), "event")) }))
                (fact("Sealed", &html! {
                    @match told.evidence.as_ref().and_then(|evidence| evidence.sealed_size.zip(evidence.sealed_at)) {
                        Some((size, at)) => { (counted(size, "event")) ", " (clock.time(at)) }
                        None => "nothing yet"
                    }
                }))
                (fact("Waiting", &html! {
                    @if health.queued == 0 { "nothing" } @else { (counted(health.queued, "event")) ", the oldest for " (duration(health.oldest_queued_ms)) }
                }))
                @if 0 < health.shed { (fact("Dropped", &html! { span.mark.bad { (counted(health.shed, "event")) } })) }
            }
            @if health.state != HealthState::Ok {
                p.problem { "Something keeps events from becoming durable or sealed. What it is stands in the server’s own log; " code { "annals health" } " on the server says more." }
            }
        }
    }
}

fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn verification(state: &State) -> Markup {
    let is_running = matches!(state, State::Running { .. });
    html! {
        section aria-labelledby="verification" {
            h2 id="verification" { "Verification" }
            p { "Reads each row, hashes it, and holds the log against its checkpoints. It writes nothing." }
            form.verify action="/log/verify" method="post" data-verify {
                button type="submit" disabled[is_running] { "Verify the whole log" }
            }
            div.verification data-progress="/log/verify" data-running[is_running] { (verifying::markup(state)) }
            p.unseen role="status" data-told {}
        }
    }
}

fn sealed(told: &Told, clock: &Clock) -> Markup {
    html! {
        section aria-labelledby="sealed" {
            h2 id="sealed" { "Checkpoint" }
            @match &told.checkpoint {
                None => p { "Nothing is sealed yet. The first checkpoint is signed soon after the first event." },
                Some(note) => {
                    p { "The newest signed checkpoint: the log’s name, how many events it covers, and the root of their tree." }
                    pre tabindex="0" aria-labelledby="sealed" { code { @for line in note.lines() { (super::text::marked(line)) "\n" } } }
                    ul.ways { li { a href="/log/checkpoint" download { "Download it" } } }
                }
            }
            @if let Some(evidence) = &told.evidence { (key(evidence, clock)) }
        }
    }
}

fn key(evidence: &Evidence, _: &Clock) -> Markup {
    html! {
        dl.facts.wide {
            (fact("Name", &html! { code { (told(&evidence.origin)) } }))
            @if let Some(vkey) = &evidence.key.vkey { (fact("Key", &html! { code.key { (told(vkey)) } })) }
            (fact("Private half", &html! {
                @match evidence.key.state {
                    KeyState::Here => span.mark.good { "here" },
                    KeyState::NotMade => "made with the first checkpoint",
                    KeyState::Missing => span.mark.bad { "missing: nothing is sealed until it is brought back" },
                    _ => span.mark.bad { "another one: nothing is sealed until the right one is brought back" },
                }
            }))
            (fact("Published", &html! {
                @match evidence.published_size { Some(size) => (counted(size, "event")), None => "not yet" }
            }))
        }
        @if evidence.rolled_back.is_some() { p.problem { "The log was cut or put back: it lacks what was published of it." } }
        @if evidence.published_problem.is_some() { p.problem { "The checkpoints outside the database cannot be believed, or lag behind; " code { "annals health" } " on the server says why." } }
    }
}

fn missing(told: &Told) -> Markup {
    let stuck: Vec<&Waiting> =
        told.waiting.iter().filter(|journal| journal.state != WaitingState::Live && 0 < journal.n_events).collect();
    let is_whole = told.n_gaps == 0 && told.n_dead_letters == 0 && stuck.is_empty();
    html! {
        section aria-labelledby="missing" {
            h2 id="missing" { "Is anything missing?" }
            @if is_whole {
                p { span.mark.good { span aria-hidden="true" { "✓ " } "Nothing" } " that was accepted here is missing." }
            }
            dl.facts {
                (fact("Gaps", &html! { @if told.n_gaps == 0 { "none" } @else { a href=(links::events(&[("event_type", Gap::EVENT_TYPE)])) { (counted(told.n_gaps, "declared loss")) } } }))
                (fact("Dead letters", &html! { @if told.n_dead_letters == 0 { "none" } @else { span.mark.bad { (number(told.n_dead_letters)) } " refused by the database and put aside" } }))
                (fact("Erasures", &html! { @if told.n_erasures == 0 { "none" } @else { (number(told.n_erasures)) } }))
                (fact("Journals", &html! { (number((told.waiting.len() - stuck.len()) as u64)) " in use" @if !stuck.is_empty() { ", " span.mark.bad { (number(stuck.len() as u64)) " that nobody drains" } } }))
            }
            @if !stuck.is_empty() {
                table.numbers {
                    caption { "Journals that nobody drains" }
                    thead { tr { th scope="col" { "Producer" } th scope="col" { "State" } th.n scope="col" { "Events" } } }
                    tbody { @for journal in stuck { tr { th scope="row" { code { (journal.producer) } } td { (word(journal.state)) } td.n { (number(journal.n_events)) } } } }
                }
            }
        }
    }
}

fn word(state: WaitingState) -> &'static str {
    match state {
        WaitingState::Live => "its process lives and drains it",
        WaitingState::Dead => "its process is gone; the next one drains it",
        WaitingState::Newer(_) => "written by a newer version",
        WaitingState::Foreign => "for another database",
        _ => "damaged, and left alone",
    }
}
