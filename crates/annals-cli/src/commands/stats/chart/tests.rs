//! Bars keep their proportion and the chart its width.

use annals::{Bucket, BucketWidth, Timestamp};

use super::{bar, chart, filled};
use crate::output::{Format, Screen};

fn bucket(minute: i64, n_events: u64) -> Bucket {
    let start = Timestamp::from_nanos(minute * 60_000_000_000);
    Bucket { start, n_events, n_failed: n_events / 10, n_denied: 0 }
}

#[test]
fn bars_are_in_proportion_and_never_vanish() {
    assert_eq!(bar(10, 10, 4), "████");
    assert_eq!(bar(5, 10, 4), "██");
    assert_eq!(bar(1, 16, 4), "▎");
    assert_eq!(bar(1, 1_000_000, 4), "▏");
    assert_eq!(bar(0, 10, 4), "");
    assert_eq!(bar(u64::MAX, u64::MAX, 3), "███");
}

#[test]
fn a_pause_is_a_line_of_its_own() {
    let minutes: Vec<u64> =
        filled(&[bucket(1, 3), bucket(4, 5)], BucketWidth::MINUTE).iter().map(|bucket| bucket.n_events).collect();
    assert_eq!(minutes, [3, 0, 0, 5]);
    // Years between two events are no chart.
    assert_eq!(filled(&[bucket(1, 3), bucket(1_000_000, 5)], BucketWidth::MINUTE).len(), 2);
}

#[test]
fn the_chart_fits_its_screen() {
    let buckets = [bucket(1, 3), bucket(2, 123_456), bucket(3, 40)];
    for width in [20, 40, 80, 120] {
        let screen = Screen { format: Format::Table, width, is_terminal: false, is_coloured: false };
        let lines = chart(&buckets, BucketWidth::MINUTE, &screen);
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:#?}");
    }
    assert!(
        chart(
            &[],
            BucketWidth::MINUTE,
            &Screen { format: Format::Table, width: 80, is_terminal: false, is_coloured: false }
        )
        .is_empty()
    );
}
