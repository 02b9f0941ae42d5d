//! Pages out of millions of events: by each filter, from anywhere in the log, newest and oldest first, beside the same out of a tenth of them.
//!
//! A page is asked for as a reader asks: 100 rows behind a cursor. The two logs are asked in turns. Each query opens its own transaction, as in the service.

use std::path::Path;
use std::time::{Duration, Instant};

use annals::{Audit, Column, Cursor, Filter, Glob, Mode, Order, PageRequest, Settings};
use serde_json::json;

use super::filters::{Log, PAIRS, QUESTIONS, Question};
use super::say;
use crate::numbers::{Times, float};
use crate::report::{Bound, Part, Table};
use crate::sample::{RARE_CLIENT, RARE_RESOURCE, Random};

/// How many pages each question asks for, of each log in each order.
const N_PAGES: usize = 300;
/// What a page out of the large log may take at p99, in ms.
const MAX_MS: f64 = 10.0;
/// And times that of a page out of the small one.
const MAX_RATIO: f64 = 2.0;

/// The pages of one question in one order.
struct Asked {
    large: Times,
    small: Times,
    n_rows: u64,
}

/// What the goals are about.
struct Judged {
    what: String,
    p99: f64,
    ratio: f64,
}

pub(super) fn measure(large: &Path, small: &Path, n_events: u64) -> anyhow::Result<Part> {
    let mut random = Random::seeded(5);
    let open = |data: &Path| Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly));
    let large = Log::open(open(large)?, &mut random)?;
    let small = Log::open(open(small)?, &mut random)?;
    let mut part =
        Part::new("pages", json!({ "n_large": n_events, "n_small": small.n_events, "limit": 100, "n_pages": N_PAGES }));
    let mut judged = Vec::new();
    for (name, questions) in [("a page by one filter", QUESTIONS), ("a page by two (no goal)", PAIRS)] {
        let mut table = Table::new(name, &["p50_ms", "p99_ms", "small_p99_ms", "ratio", "rows_a_page"]);
        for question in questions {
            say(&format!("pages: {}", question.name));
            for (order, first) in [(Order::Newest, "newest"), (Order::Oldest, "oldest")] {
                let asked = ask(question, order, &large, &small, &mut random)?;
                let (p99, small_p99) = (asked.large.millis(0.99), asked.small.millis(0.99));
                let figures = vec![
                    asked.large.millis(0.5),
                    p99,
                    small_p99,
                    p99 / small_p99,
                    float(asked.n_rows) / float(N_PAGES as u64),
                ];
                let what = format!("{}, {first} first", question.name);
                if std::ptr::eq(questions, QUESTIONS) {
                    judged.push(Judged { what: what.clone(), p99, ratio: p99 / small_p99 });
                }
                table.row(what, figures);
            }
        }
        part.tables.push(table);
    }
    judge(&mut part, &judged);
    part.tables.push(rare(&large.audit)?);
    large.audit.close()?;
    small.audit.close()?;
    Ok(part)
}

/// Every miss by name, and where there is none the figure that came closest.
fn judge(part: &mut Part, judged: &[Judged]) {
    judge_one(part, judged, "p99 of a page in ms", MAX_MS, |judged| judged.p99);
    judge_one(part, judged, "p99 of a page, times that out of the small log", MAX_RATIO, |judged| judged.ratio);
}

fn judge_one(part: &mut Part, judged: &[Judged], what: &str, limit: f64, figure: fn(&Judged) -> f64) {
    let mut sorted: Vec<_> = judged.iter().collect();
    sorted.sort_by(|one, other| figure(other).total_cmp(&figure(one)));
    let n_missed = sorted.iter().filter(|judged| figure(judged) > limit).count();
    for judged in sorted.into_iter().take(n_missed.max(1)) {
        part.goal(format!("{what}: {}", judged.what), figure(judged), Bound::AtMost(limit));
    }
}

fn ask(question: &Question, order: Order, large: &Log, small: &Log, random: &mut Random) -> anyhow::Result<Asked> {
    let mut asked = Asked { large: Times::new(), small: Times::new(), n_rows: 0 };
    for _ in 0..N_PAGES {
        let (took, _) = page(question, order, small, random)?;
        asked.small.add(took);
        let (took, n_rows) = page(question, order, large, random)?;
        asked.large.add(took);
        asked.n_rows += n_rows;
    }
    Ok(asked)
}

/// One page from anywhere in a log.
fn page(question: &Question, order: Order, log: &Log, random: &mut Random) -> anyhow::Result<(Duration, u64)> {
    let filter = (question.ask)(log, random)?;
    let cursor = Some(Cursor::after(order, random.below(log.n_events)));
    let request = PageRequest { order, cursor, ..PageRequest::default() };
    let began = Instant::now();
    let page = log.audit.query(&filter, &request)?;
    Ok((began.elapsed(), page.events.len() as u64))
}

/// What hardly any row has: all pages of it, from the newest on.
fn rare(audit: &Audit) -> anyhow::Result<Table> {
    let mut table = Table::new("a rare match", &["pages_to_first", "ms_to_first", "pages", "ms", "rows"]);
    let file = Filter::new().resource(Glob::parse(RARE_RESOURCE)?);
    let client = Filter::new().equals(Column::Client, RARE_CLIENT);
    let nobody = Filter::new().equals(Column::SessionId, "s-none");
    for (what, filter) in [("client", client), ("resource", file), ("session_id without a row", nobody)] {
        say(&format!("pages: a rare {what}"));
        let (mut n_pages, mut n_rows, mut first) = (0, 0, None);
        let began = Instant::now();
        let mut request = PageRequest::default();
        loop {
            let page = audit.query(&filter, &request)?;
            n_pages += 1;
            n_rows += page.events.len() as u64;
            if n_rows > 0 && first.is_none() {
                first = Some((n_pages, began.elapsed()));
            }
            match page.cursor {
                Some(cursor) => request.cursor = Some(cursor),
                None => break,
            }
        }
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let (first_page, first_at) = first.map_or((f64::NAN, f64::NAN), |(page, time)| (float(page), millis(time)));
        table.row(what, vec![first_page, first_at, float(n_pages), millis(began.elapsed()), float(n_rows)]);
    }
    Ok(table)
}
