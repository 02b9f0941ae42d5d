//! A bar chart in characters: a line for each bucket, quiet ones included, so that a pause can be seen.
//!
//! The numbers stand beside the bars; failures and denials have columns of their own, so that nothing is told by colour or length alone.

use annals::{Bucket, BucketWidth, Timestamp};

use crate::output::{Cell, Column, Layout, Screen, Tone, day_and_clock};

/// More lines than this are no chart any more: then quiet buckets are left out.
const MOST_LINES: i64 = 200;
/// A bar is at least so long, if the screen allows.
const LEAST_BAR: usize = 8;
/// Parts of a block, in eighths.
const BLOCKS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

const COLUMNS: &[Column] = &[
    Column::words("time", 8),
    Column::numbers("events", 6),
    Column::numbers("failed", 6),
    Column::numbers("denied", 6),
    Column::words("", LEAST_BAR),
];

/// The lines of the chart; none where there is nothing.
pub(super) fn chart(buckets: &[Bucket], width: BucketWidth, screen: &Screen) -> Vec<String> {
    let Some(most) = buckets.iter().map(|bucket| bucket.n_events).max() else { return Vec::new() };
    let mut rows: Vec<Vec<Cell>> = filled(buckets, width).iter().map(cells).collect();
    let used = Layout::fit(&COLUMNS[..4], &rows, screen.width);
    // What the four columns leave is the longest bar's.
    let room =
        screen.width.saturating_sub(crate::output::harmless(&used.line(&full(&rows), false)).chars().count() + 2);
    for (row, bucket) in rows.iter_mut().zip(filled(buckets, width)) {
        let tone = if 0 < bucket.n_failed + bucket.n_denied { Tone::Bad } else { Tone::Good };
        row.push(Cell::new(&bar(bucket.n_events, most, room.max(1))).toned(tone));
    }
    let layout = Layout::fit(COLUMNS, &rows, screen.width);
    let mut lines = vec![layout.head(screen.is_coloured)];
    lines.extend(rows.iter().map(|row| layout.line(row, screen.is_coloured)));
    lines
}

/// A row as wide as the widest cells.
fn full(rows: &[Vec<Cell>]) -> Vec<Cell> {
    let widest = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.as_str());
        cells.chain([COLUMNS[index].title]).max_by_key(|text| text.chars().count()).map(Cell::new).unwrap_or_default()
    };
    (0..4).map(widest).collect()
}

fn cells(bucket: &Bucket) -> Vec<Cell> {
    let number = |number: u64| Cell::new(&if number == 0 { String::new() } else { number.to_string() });
    vec![
        Cell::new(&day_and_clock(bucket.start)),
        Cell::new(&bucket.n_events.to_string()),
        number(bucket.n_failed).toned(Tone::Bad),
        number(bucket.n_denied).toned(Tone::Bad),
    ]
}

/// The buckets with those in between that have no events.
fn filled(buckets: &[Bucket], width: BucketWidth) -> Vec<Bucket> {
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { return Vec::new() };
    let step = i64::from(width.seconds()) * 1_000_000_000;
    let n_lines = last.start.as_nanos().saturating_sub(first.start.as_nanos()) / step;
    if MOST_LINES <= n_lines {
        return buckets.to_vec();
    }
    let mut known = buckets.iter().peekable();
    (0..=n_lines)
        .map(|index| {
            let start = Timestamp::from_nanos(first.start.as_nanos() + index * step);
            let found = known.next_if(|bucket| bucket.start == start).cloned();
            found.unwrap_or(Bucket { start, n_events: 0, n_failed: 0, n_denied: 0 })
        })
        .collect()
}

/// A bar of at most `room` characters, never empty for what is not nothing.
fn bar(number: u64, most: u64, room: usize) -> String {
    let eighths = u128::from(number) * (room as u128) * 8 / u128::from(most.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(0).max(usize::from(0 < number));
    format!("{}{}", "█".repeat(eighths / 8), BLOCKS[eighths % 8])
}

#[cfg(test)]
mod tests;
