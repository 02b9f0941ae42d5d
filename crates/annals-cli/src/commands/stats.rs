//! `annals stats`: how many events, failures and denials over time.

mod chart;

use annals::{Bucket, BucketWidth, Filter, Limit, Order, PageRequest, Timestamp};

use crate::arguments::{Common, Stats};
use crate::failure::{Exit, Failure};
use crate::output::{Field, Fields, Format, Output};
use crate::reading::Reading;

/// The widths to choose from, in seconds.
const WIDTHS: [u32; 10] = [60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_419_200];
/// A chart of at most so many bars fits a screen.
const N_BARS: i64 = 20;

/// Writes the buckets, as a chart on a screen.
pub(super) fn run(common: &Common, stats: &Stats) -> Result<Exit, Failure> {
    let reading = Reading::begin(common)?;
    reading.check_types(stats.filters.fields.types())?;
    let filter = stats.filters.filter();
    let width = match stats.bucket {
        Some(width) => width,
        None => fitting(&reading, &filter)?,
    };
    let buckets = reading.audit.stats(&filter, width)?;
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        for line in chart::chart(&buckets, width, output.screen()) {
            output.line(&line)?;
        }
    } else {
        let mut fields = Fields::default();
        fields.head(&mut output, ["start", "width_s", "n_events", "n_failed", "n_denied"])?;
        for bucket in &buckets {
            fields.write(&mut output, &named(bucket, width))?;
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn named(bucket: &Bucket, width: BucketWidth) -> [(&'static str, Field); 5] {
    [
        ("start", Field::Text(bucket.start.to_string())),
        ("width_s", Field::Number(u64::from(width.seconds()))),
        ("n_events", Field::Number(bucket.n_events)),
        ("n_failed", Field::Number(bucket.n_failed)),
        ("n_denied", Field::Number(bucket.n_denied)),
    ]
}

/// The narrowest width that gives no more bars than a screen has lines for.
fn fitting(reading: &Reading, filter: &Filter) -> Result<BucketWidth, Failure> {
    let at = |order, bound: Option<Timestamp>| -> Result<Option<Timestamp>, Failure> {
        if bound.is_some() {
            return Ok(bound);
        }
        let request = PageRequest { order, limit: Limit::new(1)?, cursor: None };
        let mut found = None;
        reading.each_event(filter, request, Some(1), |event| {
            found = Some(event.recorded_at);
            Ok(())
        })?;
        Ok(found)
    };
    let (Some(first), Some(last)) = (at(Order::Oldest, filter.since)?, at(Order::Newest, filter.until)?) else {
        return Ok(BucketWidth::HOUR);
    };
    let seconds = last.as_nanos().saturating_sub(first.as_nanos()) / 1_000_000_000;
    let width = WIDTHS.into_iter().find(|width| seconds / i64::from(*width) < N_BARS);
    Ok(width.or(WIDTHS.last().copied()).and_then(BucketWidth::from_seconds).unwrap_or(BucketWidth::DAY))
}
