//! `GET /histogram`: how much happened when, of what fits.

use annals::{Bucket, BucketWidth, Timestamp};
use annals_ask::Question;
use axum::Extension;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::chart::{WIDTHS, chart, words};
use super::filters::{Form, Pairs, chips, shorter};
use super::links;
use super::shell::{Page, View};
use super::text::{counted, number};
use super::times::Clock;
use crate::failure::Failure;
use crate::trail::Trail;

const PATH: &str = "/histogram";
/// The name of the view's own condition.
const WIDTH: &str = "width";
/// What is shown where nobody says from when on.
const SINCE: &str = "1d";
/// So many bars are read at a glance.
const FEW_BARS: i64 = 120;
/// More rows than this are no table any more.
const MOST_ROWS: usize = 500;

/// The view.
pub(crate) async fn histogram(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Failure> {
    if let Some(response) = shorter(PATH, &pairs) {
        return Ok(response);
    }
    let clock = Clock::now();
    let asked_width = pairs.iter().find(|(name, _)| name == WIDTH).map(|(_, value)| value.as_str());
    let read = read(&pairs, asked_width, &clock);
    let (question, width) = match read {
        Ok(read) => read,
        Err(failure) => return Ok(wrong(&trail, &pairs, &failure)),
    };
    let buckets = trail.stats(question.filter.clone(), width).await?;
    let own: Vec<(&str, &str)> = asked_width.map(|width| (WIDTH, width)).into_iter().collect();
    let content = html! {
        h1 { "Histogram" }
        (form(&pairs, asked_width, None))
        (chips(PATH, &question, &own))
        (told(&question, &buckets, width, &clock))
    };
    Ok(Page::of(&trail, View::Histogram, "Histogram", content).into_response())
}

/// The question, from a day ago on where it does not say, and the width of the bars.
fn read(
    pairs: &[(String, String)],
    asked_width: Option<&str>,
    clock: &Clock,
) -> Result<(Question, BucketWidth), Failure> {
    let asked = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| *name != WIDTH);
    let has_since =
        asked.clone().any(|(name, _)| matches!(name, "since" | "created_since" | "seq" | "session_id" | "session"));
    let since = (!has_since).then_some(("since", SINCE));
    let question = Question::read(asked.chain(since), clock.present())?;
    let width = match asked_width {
        Some(width) => annals_ask::width(width).map_err(|problem| {
            let invalid = annals::Invalid::new(WIDTH, annals::InvalidKind::Malformed, problem);
            Failure::from(invalid)
        })?,
        None => fitting(&question, clock),
    };
    Ok((question, width))
}

/// The narrowest width by which the span has few bars.
fn fitting(question: &Question, clock: &Clock) -> BucketWidth {
    let now = clock.present_stamp().as_nanos();
    let filter = &question.filter;
    let since = filter.since.or(filter.created_since).map(Timestamp::as_nanos);
    let until = filter.until.or(filter.created_until).map_or(now, Timestamp::as_nanos);
    let Some(since) = since else { return BucketWidth::HOUR };
    let seconds = until.saturating_sub(since) / 1_000_000_000;
    let fits = WIDTHS.iter().find(|(_, _, width)| seconds / i64::from(*width) <= FEW_BARS);
    fits.and_then(|(_, _, width)| BucketWidth::from_seconds(*width)).unwrap_or(BucketWidth::DAY)
}

fn wrong(trail: &Trail, pairs: &[(String, String)], failure: &Failure) -> Response {
    let content = html! { h1 { "Histogram" } (form(pairs, None, Some(failure))) };
    Page::of(trail, View::Histogram, "Histogram", content).with_status(StatusCode::BAD_REQUEST).into_response()
}

fn form(pairs: &[(String, String)], width: Option<&str>, problem: Option<&Failure>) -> Markup {
    let own = html! {
        p {
            label for="f-width" { "Bars of" }
            select id="f-width" name=(WIDTH) {
                option value="" { "what fits" }
                @for (word, words, _) in WIDTHS { option value=(word) selected[width == Some(word)] { (words) } }
            }
        }
    };
    Form { path: PATH, pairs, problem, own, own_names: &[WIDTH] }.markup()
}

fn told(question: &Question, buckets: &[Bucket], width: BucketWidth, clock: &Clock) -> Markup {
    let sum = |of: fn(&Bucket) -> u64| buckets.iter().map(of).sum::<u64>();
    let (n_events, n_failed, n_denied) =
        (sum(|bucket| bucket.n_events), sum(|bucket| bucket.n_failed), sum(|bucket| bucket.n_denied));
    let sentence = format!(
        "{}, {} failed, {} denied, by {}",
        counted(n_events, "event"),
        number(n_failed),
        number(n_denied),
        words(width)
    );
    html! {
        section aria-labelledby="sum" {
            div.bar {
                h2 id="sum" { (sentence) }
                ul.ways { li { a href=(links::with_query("/events", &question.query_with(&[]))) { "Timeline" } } }
            }
            @if buckets.is_empty() {
                div.empty { p { b { "No event fits." } " Take a condition out, or ask for a longer time." } }
            } @else {
                (chart(buckets, span(question, buckets, clock), width, clock, &sentence))
                (table(question, buckets, width, clock))
            }
        }
    }
}

/// From when to when the picture goes: as was asked, or from the first event to the last.
fn span(question: &Question, buckets: &[Bucket], clock: &Clock) -> (Timestamp, Timestamp) {
    let present = clock.present_stamp();
    let first = buckets.first().map_or(present, |bucket| bucket.start);
    let last = buckets.last().map_or(present, |bucket| bucket.start);
    let since = question.filter.since.unwrap_or(first);
    let until = question.filter.until.map_or(if question.filter.since.is_some() { present } else { last }, |until| {
        // The moment itself lies behind it.
        Timestamp::from_nanos(until.as_nanos().saturating_sub(1))
    });
    (since, until.max(since))
}

/// The numbers, newest first, each with a way to its events.
fn table(question: &Question, buckets: &[Bucket], width: BucketWidth, clock: &Clock) -> Markup {
    let of = |bucket: &Bucket| {
        let end =
            Timestamp::from_nanos(bucket.start.as_nanos().saturating_add(i64::from(width.seconds()) * 1_000_000_000));
        let (since, until) = (bucket.start.to_string(), end.to_string());
        links::with_query(
            "/events",
            &question.query_with(&[("since", Some(&since)), ("until", Some(&until)), ("cursor", None)]),
        )
    };
    html! {
        table.numbers {
            caption.unseen { "Events by " (words(width)) }
            thead { tr { th scope="col" { "From" } th.n scope="col" { "Events" } th.n scope="col" { "Failed" } th.n scope="col" { "Denied" } } }
            tbody {
                @for bucket in buckets.iter().rev().take(MOST_ROWS) {
                    tr {
                        th scope="row" { a href=(of(bucket)) { (clock.span_start(bucket.start, width.seconds())) } }
                        td.n { (number(bucket.n_events)) }
                        td.n { @if 0 < bucket.n_failed { span.mark.bad { (number(bucket.n_failed)) } } @else { span.faint { "0" } } }
                        td.n { @if 0 < bucket.n_denied { span.mark.bad { (number(bucket.n_denied)) } } @else { span.faint { "0" } } }
                    }
                }
            }
        }
        @if MOST_ROWS < buckets.len() { p.note { "The newest " (MOST_ROWS) " of " (buckets.len()) " spans. Ask for wider bars or a shorter time." } }
    }
}
