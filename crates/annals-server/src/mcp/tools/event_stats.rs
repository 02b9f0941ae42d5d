//! `event_stats`: how many events fit, over time.

use annals::BucketWidth;
use annals_ask::{PARAMETERS, Question, width};
use jiff::Zoned;
use rmcp::model::Tool;
use serde_json::{Value, json};

use super::{Answer, Arguments, Calling, Hints, text, tool};
use crate::failure::{Code, Failure};

/// The most buckets of one answer, which then is some 30 kB long.
const MOST_BUCKETS: usize = 300;

pub(super) fn describe() -> Tool {
    tool(
        "event_stats",
        "Count events over time",
        "How many events fit, failed or were denied, in each span of time that has any. Takes the filters of `query_events`.",
        Hints::Reads,
        json!({
            "type": "object",
            "properties": {
                "bucket": { "type": "string", "description": "`1m`, `1h`, `1d`, `1w`", "default": "1h" },
                "event_type": text(),
                "tool": text(),
                "session_id": text(),
                "since": text(),
                "until": text(),
            },
            "additionalProperties": text(),
        }),
        &[
            ("n_events", "integer"),
            ("n_failed", "integer"),
            ("n_denied", "integer"),
            ("buckets", "array"),
            ("truncated", "boolean"),
        ],
    )
}

pub(super) async fn call(calling: &Calling, mut arguments: Arguments) -> Result<Answer, Failure> {
    let bucket = match arguments.text("bucket")? {
        Some(text) => width(&text).map_err(|problem| Failure::new(Code::Invalid, problem).at("bucket"))?,
        None => BucketWidth::HOUR,
    };
    // What is about pages and not about events means nothing to a sum.
    let filters = PARAMETERS.iter().copied().filter(|name| !matches!(*name, "order" | "limit" | "cursor"));
    let short = ["type", "actor", "user", "project", "plan", "session"];
    arguments.only(filters.chain(short))?;
    let pairs = arguments.pairs()?;
    let asked = Question::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &Zoned::now())?;
    let buckets = calling.trail.stats(asked.filter, bucket).await?;
    let sum = |count: fn(&annals::Bucket) -> u64| buckets.iter().map(count).sum::<u64>();
    let mut object = json!({
        "n_events": sum(|bucket| bucket.n_events),
        "n_failed": sum(|bucket| bucket.n_failed),
        "n_denied": sum(|bucket| bucket.n_denied),
        "bucket_s": bucket.seconds(),
    });
    // The newest are what somebody asks about first.
    let shown = &buckets[buckets.len().saturating_sub(MOST_BUCKETS)..];
    object["buckets"] = shown
        .iter()
        .map(|bucket| {
            json!({
                "start": bucket.start.to_string(),
                "n_events": bucket.n_events,
                "n_failed": bucket.n_failed,
                "n_denied": bucket.n_denied,
            })
        })
        .collect::<Vec<Value>>()
        .into();
    if shown.len() < buckets.len() {
        object["truncated"] = true.into();
    }
    Ok(Answer::of(object))
}
