//! A histogram as inline SVG: bars by their attributes alone, without a style that the policy would refuse.
//!
//! It is a picture with a name; what it shows stands in a table beside it, for whoever does not see it and for whoever wants the numbers.

use annals::{Bucket, BucketWidth, Timestamp};
use maud::{Markup, html};

use super::times::Clock;

/// More bars than this are no picture any more.
const MOST_BARS: i64 = 400;
const HEIGHT: u64 = 160;
const WIDTH: u64 = 1_000;

/// A bar's place.
struct Bar {
    x: u64,
    width: u64,
    bucket: Bucket,
}

/// The picture of a span.
pub(super) fn chart(
    buckets: &[Bucket],
    span: (Timestamp, Timestamp),
    width: BucketWidth,
    clock: &Clock,
    name: &str,
) -> Markup {
    let buckets = filled(buckets, span, width);
    let most = buckets.iter().map(|bucket| bucket.n_events).max().unwrap_or(0);
    let n = buckets.len().max(1) as u64;
    let bars: Vec<Bar> = buckets
        .into_iter()
        .enumerate()
        .map(|(index, bucket)| {
            let (from, to) = (index as u64 * WIDTH / n, (index as u64 + 1) * WIDTH / n);
            let gap = u64::from(4 < to - from) * 2;
            Bar { x: from, width: (to - from).saturating_sub(gap).max(1), bucket }
        })
        .collect();
    html! {
        figure.chart {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(name) focusable="false" {
                @for bar in &bars { (drawn(bar, most, width, clock)) }
            }
            figcaption {
                span { (bars.first().map(|bar| clock.span_start(bar.bucket.start, width.seconds())).unwrap_or_default()) }
                span.middle { @if 0 < most { "at most " (super::text::number(most)) " in " (words(width)) } }
                span { (bars.last().map(|bar| clock.span_start(bar.bucket.start, width.seconds())).unwrap_or_default()) }
            }
        }
    }
}

fn drawn(bar: &Bar, most: u64, width: BucketWidth, clock: &Clock) -> Markup {
    let Bucket { start, n_events, n_failed, n_denied } = bar.bucket;
    // Rounded up, so that what is not nothing is seen.
    let height = |n: u64| {
        let height = (u128::from(n) * u128::from(HEIGHT)).div_ceil(u128::from(most.max(1)));
        u64::try_from(height).unwrap_or(HEIGHT).min(HEIGHT)
    };
    let (whole, bad) = (height(n_events), height((n_failed + n_denied).min(n_events)));
    html! {
        @if 0 < n_events {
            g {
                title { (clock.span_start(start, width.seconds())) ": " (n_events) ", failed " (n_failed) ", denied " (n_denied) }
                rect.all x=(bar.x) y=(HEIGHT - whole) width=(bar.width) height=(whole) {}
                @if 0 < n_failed + n_denied { rect.bad x=(bar.x) y=(HEIGHT - bad) width=(bar.width) height=(bad) {} }
            }
        }
    }
}

/// The buckets of a span, those without events included; only those that have any where the span is too long for that.
fn filled(buckets: &[Bucket], (since, until): (Timestamp, Timestamp), width: BucketWidth) -> Vec<Bucket> {
    let step = i64::from(width.seconds()) * 1_000_000_000;
    // What was recorded when the clock was ahead lies behind the span.
    let first = buckets.first().map_or(since, |bucket| bucket.start.min(since)).as_nanos().div_euclid(step);
    let last = buckets.last().map_or(until, |bucket| bucket.start.max(until)).as_nanos().div_euclid(step);
    if MOST_BARS < last - first {
        return buckets.to_vec();
    }
    let mut known = buckets.iter().peekable();
    (first..=last)
        .map(|index| {
            let start = Timestamp::from_nanos(index * step);
            let found = known.next_if(|bucket| bucket.start == start).cloned();
            found.unwrap_or(Bucket { start, n_events: 0, n_failed: 0, n_denied: 0 })
        })
        .collect()
}

/// The widths that the page offers, with the word that asks for each.
pub(super) const WIDTHS: [(&str, &str, u32); 7] = [
    ("1m", "a minute", 60),
    ("5m", "5 minutes", 300),
    ("15m", "15 minutes", 900),
    ("1h", "an hour", 3_600),
    ("6h", "6 hours", 21_600),
    ("1d", "a day", 86_400),
    ("1w", "a week", 604_800),
];

/// A width in words.
pub(super) fn words(width: BucketWidth) -> String {
    let known = WIDTHS.iter().find(|(_, _, seconds)| *seconds == width.seconds());
    known.map_or_else(|| format!("{} seconds", width.seconds()), |(_, words, _)| (*words).to_owned())
}

#[cfg(test)]
mod tests {
    use annals::{Bucket, BucketWidth, Timestamp};

    use super::{MOST_BARS, filled};

    fn bucket(start_s: i64) -> Bucket {
        Bucket { start: Timestamp::from_nanos(start_s * 1_000_000_000), n_events: 1, n_failed: 0, n_denied: 0 }
    }

    #[test]
    fn a_pause_is_seen_and_a_long_one_does_not_fill_the_memory() {
        let at = |minute: i64| Timestamp::from_nanos(minute * 60_000_000_000);
        let starts = |buckets: &[Bucket], since: i64, until: i64| -> Vec<i64> {
            let filled = filled(buckets, (at(since), at(until)), BucketWidth::MINUTE);
            filled.iter().map(|bucket| bucket.start.as_nanos() / 60_000_000_000).collect()
        };
        assert_eq!(starts(&[bucket(60), bucket(180)], 0, 4), [0, 1, 2, 3, 4]);
        assert_eq!(starts(&[bucket(60)], 2, 2), [1, 2]);
        assert_eq!(starts(&[bucket(0), bucket(60 * 3)], 0, MOST_BARS + 1), [0, 3]);
        assert_eq!(starts(&[], 0, 1), [0, 1]);
    }
}
