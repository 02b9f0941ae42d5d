//! `GET /awareness`: the briefing that agents read first, the sources, and how much is known.

use annals::Value;
use annals_awareness::moment;
use annals_awareness::store::EntryType;
use annals_awareness::views::{self, Overview};
use axum::Extension;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::knowing::{ask, ways};
use super::links;
use super::shell::{Page, View};
use super::text::{number, told};
use super::times::Clock;
use crate::failure::Failure;
use crate::trail::Trail;

/// How a reading of it is called on record.
const OPERATION: &str = "page_briefing";

/// The view.
pub(crate) async fn briefing(Extension(trail): Extension<Trail>) -> Result<Response, Failure> {
    let overview = ask(&trail, |service, context| views::overview(service, context, OPERATION)).await?;
    let clock = Clock::now();
    let content = html! {
        h1 { "Awareness" }
        (ways("/awareness"))
        (said(&overview.briefing))
        (sources(&overview, &clock))
        (reminders(&overview.briefing))
        (known(&overview))
    };
    Ok(Page::of(&trail, View::Awareness, "Awareness", content).into_response())
}

fn said(briefing: &Value) -> Markup {
    let needs_attention = briefing["attention_needed"].as_bool().unwrap_or_default();
    html! {
        section aria-labelledby="briefing" {
            h2 id="briefing" { "Briefing" }
            p.lead {
                @if needs_attention { span.mark.bad { span aria-hidden="true" { "! " } "needs attention" } }
                @else { span.mark.good { span aria-hidden="true" { "✓ " } "quiet" } }
                " " (told(text(briefing, "summary")))
            }
            @if let Some(mention) = briefing["suggested_mention"].as_str() { p { (told(mention)) } }
        }
    }
}

/// The sources that the briefing tells of, worst first, and then the others.
fn sources(overview: &Overview, clock: &Clock) -> Markup {
    let none = serde_json::Map::new();
    let listed = overview.briefing["sources"].as_object().unwrap_or(&none);
    let mut rows: Vec<(&String, &Value)> = listed.iter().collect();
    rows.sort_by_key(|(name, source)| (rank(text(source, "status")), (*name).clone()));
    let others: Vec<&String> = overview.stats.sources.iter().filter(|name| !listed.contains_key(*name)).collect();
    html! {
        section aria-labelledby="sources" {
            h2 id="sources" { "Sources" }
            @if rows.is_empty() && others.is_empty() {
                div.empty {
                    p { b { "Nothing is known yet." } " Agents keep what they know here by the tools of " code { "annals mcp" } "; " code { "annals setup --memory" } " adds them to a client." }
                }
            }
            @if !rows.is_empty() {
                table.entries role="table" {
                    caption.unseen { "Sources that report a status or an alert" }
                    thead role="rowgroup" { tr role="row" {
                        th role="columnheader" scope="col" { "Source" } th role="columnheader" scope="col" { "State" }
                        th role="columnheader" scope="col" { "What it is" } th.at role="columnheader" scope="col" { "Last report" }
                    } }
                    tbody role="rowgroup" {
                        @for (name, source) in rows {
                            tr role="row" {
                                th role="rowheader" scope="row" { a href=(links::entries(&[("source", name)])) { (told(name)) } }
                                td role="cell" { (state(text(source, "status"))) }
                                td.what role="cell" { (told(text(source, "headline"))) }
                                td.at role="cell" { @if let Some(at) = source["last_report"].as_str().and_then(moment::parsed) { (clock.time(at)) } }
                            }
                        }
                    }
                }
            }
            @if !others.is_empty() {
                p { "Sources of what is known: "
                    @for (n, name) in others.iter().enumerate() { @if 0 < n { ", " } a href=(links::entries(&[("source", name)])) { (told(name)) } }
                }
            }
        }
    }
}

fn rank(state: &str) -> u8 {
    match state {
        "critical" => 0,
        "warning" => 1,
        "stale" => 2,
        _ => 3,
    }
}

fn state(state: &str) -> Markup {
    let (class, sign) = match state {
        "critical" => ("bad", "✗"),
        "warning" | "stale" => ("odd", "!"),
        _ => ("good", "✓"),
    };
    html! { span class={ "mark " (class) } { span aria-hidden="true" { (sign) " " } (told(state)) } }
}

fn reminders(briefing: &Value) -> Markup {
    let fired = briefing["fired_intentions"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        @if !fired.is_empty() {
            section aria-labelledby="reminders" {
                h2 id="reminders" { "Due" }
                ul.short {
                    @for intention in fired {
                        li { a href=(links::entries(&[("type", "intention"), ("state", "fired")])) { (told(text(intention, "goal"))) } span.by { (told(text(intention, "source"))) } }
                    }
                }
            }
        }
    }
}

fn known(overview: &Overview) -> Markup {
    let n_all: u64 = overview.stats.n_entries.iter().sum();
    html! {
        section aria-labelledby="known" {
            h2 id="known" { (number(n_all)) " " (if n_all == 1 { "entry" } else { "entries" }) }
            dl.facts {
                @for (entry_type, n) in EntryType::ALL.into_iter().zip(overview.stats.n_entries) {
                    @if 0 < n { div { dt { (entry_type.as_str()) } dd { a href=(links::entries(&[("type", entry_type.as_str())])) { (number(n)) } } } }
                }
                @if 0 < overview.n_trashed { div { dt { "trash" } dd { a href="/awareness/trash" { (number(overview.n_trashed)) } } } }
            }
        }
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}
