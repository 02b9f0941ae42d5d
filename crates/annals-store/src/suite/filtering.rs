//! Every condition alone and many together, against [`Filter::fits`] over all rows.

use annals_event::{Column, Decision, Event, Outcome, StoredEvent, Timestamp};

use super::writing::{all, created_at, in_space, pages, payload, producer, rows, send, send_own};
use super::{Database, Samples};
use crate::{EventStore, Filter, Glob, Limit, Order, SeqRange};

/// Enough for every value of the samples to occur, rare ones too.
const N_EVENTS: u64 = 2_000;
/// Batches, each with a recording time of its own.
const N_IN_BATCH: u64 = 97;

/// A log of sample events in two spaces.
fn filled(store: &dyn EventStore) -> Vec<StoredEvent> {
    filled_with(store, N_EVENTS)
}

/// The same of so many events.
pub(super) fn filled_with(store: &dyn EventStore, n_events: u64) -> Vec<StoredEvent> {
    let mut samples = Samples::seeded(20_261_120);
    let payloads: Vec<Vec<u8>> = (0..n_events)
        .map(|number| {
            let space = if number % 7 == 0 { "team" } else { "default" };
            in_space(space, number, &samples.event())
        })
        .collect();
    let mut first = 0;
    for batch in payloads.chunks(usize::try_from(N_IN_BATCH).expect("a small number")) {
        send(store, producer(1), first, batch);
        first += batch.len() as u64;
    }
    let rows = rows(store);
    assert_eq!(rows.len() as u64, n_events);
    rows
}

fn glob(pattern: &str) -> Glob {
    Glob::parse(pattern).expect("a good pattern")
}

/// Compares every way of asking with the walk over all rows; answers how many fit.
#[track_caller]
pub(super) fn check(store: &dyn EventStore, rows: &[StoredEvent], filter: &Filter) -> usize {
    let expected: Vec<&StoredEvent> = rows.iter().filter(|row| filter.fits(row)).collect();
    let seqs = |events: &[StoredEvent]| events.iter().map(|row| row.seq).collect::<Vec<_>>();
    let found = all(store, filter);
    assert_eq!(seqs(&found), expected.iter().map(|row| row.seq).collect::<Vec<_>>(), "oldest first: {filter:?}");
    assert!(found.iter().eq(expected.iter().copied()), "other contents: {filter:?}");
    let mut newest = pages(store, filter, Order::Newest, Limit::new(64).expect("a good limit"));
    newest.reverse();
    assert_eq!(seqs(&newest), seqs(&found), "newest first, in small pages: {filter:?}");
    assert_eq!(store.count(filter).expect("a count"), expected.len() as u64, "count: {filter:?}");
    expected.len()
}

/// Checks a filter that must find something, and not everything.
#[track_caller]
fn check_some(store: &dyn EventStore, rows: &[StoredEvent], filter: &Filter) {
    let n_fitting = check(store, rows, filter);
    assert!((1..rows.len()).contains(&n_fitting), "{n_fitting} of {} fit, which tests little: {filter:?}", rows.len());
}

/// Each condition that a filter knows, with values that are common, rare, absent and on the edge.
pub fn each_condition_alone_finds_what_fits(database: &dyn Database) {
    let store = database.open();
    let rows = filled(store.as_ref());
    let some = |filter: Filter| check_some(store.as_ref(), &rows, &filter);
    let none = |filter: Filter| assert_eq!(check(store.as_ref(), &rows, &filter), 0, "{filter:?}");
    assert_eq!(check(store.as_ref(), &rows, &Filter::new()), rows.len());

    some(Filter::new().event_type("tool.completed"));
    some(Filter::new().event_type("tool.*"));
    some(Filter::new().event_type("plan.*").event_type("guard.denied"));
    none(Filter::new().event_type("tool"));
    none(Filter::new().event_type("nobody.*"));
    none(Filter::new().event_type("TOOL.*"));
    for column in Column::ALL {
        if let Some(value) = rows.iter().rev().find_map(|row| row.get(*column)) {
            some(Filter::new().equals(*column, value));
            none(Filter::new().equals(*column, value.to_uppercase() + "?"));
        }
        none(Filter::new().equals(*column, "' OR 1 = 1 --"));
    }
    some(Filter::new().resource(glob("**/.env*")));
    some(Filter::new().resource(glob("src/*.rs")));
    some(Filter::new().resource(glob("größe.rs")));
    none(Filter::new().resource(glob("/etc/**")));
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Denied, Outcome::Timeout, Outcome::Cancelled] {
        some(Filter::new().outcome(outcome));
    }
    none(Filter::new().outcome(Outcome::Unknown));
    some(Filter::new().outcome(Outcome::Denied).outcome(Outcome::Failure));
    for decision in [Decision::Allow, Decision::Ask, Decision::Deny] {
        some(Filter::new().decision(decision));
    }
    some(Filter::new().decision(Decision::Ask).decision(Decision::Deny));
    some(Filter { space: Some("team".into()), ..Filter::new() });
    none(Filter { space: Some("nobody's".into()), ..Filter::new() });
    some(Filter { text: Some("\"truncated\":true".into()), ..Filter::new() });
    none(Filter { text: Some("%".into()), ..Filter::new() });
    none(Filter { text: Some("\"TRUNCATED\"".into()), ..Filter::new() });
    times(store.as_ref(), &rows);
    spans(store.as_ref(), &rows);
}

/// Both clocks, at, just before and just behind moments that occur.
fn times(store: &dyn EventStore, rows: &[StoredEvent]) {
    let middle = rows[rows.len() / 2].recorded_at;
    for nanos in [-1, 0, 1] {
        let at = Some(Timestamp::from_nanos(middle.as_nanos() + nanos));
        check_some(store, rows, &Filter { since: at, ..Filter::new() });
        check_some(store, rows, &Filter { until: at, ..Filter::new() });
        let at = Some(Timestamp::from_nanos(created_at(1_000).as_nanos() + nanos));
        check_some(store, rows, &Filter { created_since: at, ..Filter::new() });
        check_some(store, rows, &Filter { created_until: at, ..Filter::new() });
    }
    let (first, last) = (rows[0].recorded_at, rows[rows.len() - 1].recorded_at);
    let all = check(store, rows, &Filter { since: Some(first), ..Filter::new() });
    assert_eq!(all, rows.len());
    for filter in [
        Filter { until: Some(first), ..Filter::new() },
        Filter { since: Some(Timestamp::from_nanos(last.as_nanos() + 1)), ..Filter::new() },
        Filter { since: Some(last), until: Some(first), ..Filter::new() },
        Filter { since: Some(Timestamp::from_nanos(i64::MAX)), ..Filter::new() },
        Filter { until: Some(Timestamp::from_nanos(i64::MIN)), ..Filter::new() },
    ] {
        assert_eq!(check(store, rows, &filter), 0, "{filter:?}");
    }
}

/// Spans of `seq`, empty, reversed and beyond the end.
fn spans(store: &dyn EventStore, rows: &[StoredEvent]) {
    for (start, end, n_fitting) in
        [(0, 1, 1), (500, 700, 200), (1_999, 2_000, 1), (1_990, 9_999, 10), (0, 0, 0), (7, 3, 0), (2_000, u64::MAX, 0)]
    {
        let filter = Filter { seqs: Some(SeqRange { start, end }), ..Filter::new() };
        assert_eq!(check(store, rows, &filter), n_fitting, "{filter:?}");
    }
    assert_eq!(check(store, rows, &Filter { seqs: Some(SeqRange::ALL), ..Filter::new() }), rows.len());
}

/// Conditions of every kind at once; two on one column exclude each other.
pub fn conditions_together_find_what_fits_all(database: &dyn Database) {
    let store = database.open();
    let rows = filled(store.as_ref());
    let some = |filter: Filter| check_some(store.as_ref(), &rows, &filter);
    let since = Some(rows[200].recorded_at);
    some(Filter { since, ..Filter::new().event_type("tool.*").outcome(Outcome::Failure).outcome(Outcome::Denied) });
    some(
        Filter::new().equals(Column::ActorName, "reviewer").equals(Column::Tool, "write_file").resource(glob("src/**")),
    );
    some(Filter { space: Some("team".into()), ..Filter::new().equals(Column::SessionId, "s-07") });
    some(Filter { text: Some("\"offset\":7".into()), ..Filter::new().equals(Column::Tool, "read_file") });
    some(Filter {
        seqs: Some(SeqRange { start: 100, end: 1_900 }),
        since,
        ..Filter::new().event_type("plan.*").event_type("plan_applied")
    });
    some(Filter {
        created_until: Some(created_at(1_500)),
        ..Filter::new().decision(Decision::Deny).event_type("guard.*")
    });
    let twice = Filter::new().equals(Column::Tool, "read_file").equals(Column::Tool, "write_file");
    assert_eq!(check(store.as_ref(), &rows, &twice), 0);
    let overlapping = Filter::new().event_type("tool.*").event_type("tool.completed").event_type("tool.*");
    let family = check(store.as_ref(), &rows, &Filter::new().event_type("tool.*"));
    assert_eq!(check(store.as_ref(), &rows, &overlapping), family, "an event fits once, by however many patterns");
}

/// Two hundred filters put together at random from a fixed seed.
pub fn random_filters_find_what_fits(database: &dyn Database) {
    let store = database.open();
    let rows = filled(store.as_ref());
    let mut random = Samples::seeded(7);
    let mut n_finding = 0;
    for _ in 0..200 {
        let filter = random_filter(&mut random, &rows);
        n_finding += usize::from(check(store.as_ref(), &rows, &filter) > 0);
    }
    assert!(n_finding > 50, "only {n_finding} of 200 filters found anything, which tests little");
}

fn random_filter(random: &mut Samples, rows: &[StoredEvent]) -> Filter {
    let mut filter = Filter::new();
    for _ in 0..=random.below(3) {
        // Values are those of some row, so that conditions often hold together.
        let row = &rows[usize::try_from(random.below(rows.len() as u64)).expect("few rows")];
        match random.below(9) {
            0 => filter = filter.event_type(&row.event_type),
            1 => {
                let family = row.event_type.split_once('.').map_or("cost", |(family, _)| family);
                filter = filter.event_type(&format!("{family}.*"));
            }
            2 | 3 => {
                let columns: Vec<_> = row.texts.iter().collect();
                let (column, value) =
                    columns[usize::try_from(random.below(columns.len() as u64)).expect("few columns")];
                filter = filter.equals(column, value);
            }
            4 => filter = row.outcome.into_iter().fold(filter, Filter::outcome),
            5 => {
                let patterns = ["src/**", "*.rs", "**/auth.rs", "**/.env*"];
                let pattern = patterns[usize::try_from(random.below(4)).expect("a small number")];
                filter = filter.resource(glob(pattern));
            }
            6 => filter.since = Some(row.recorded_at),
            7 => filter.created_until = Some(row.created_at),
            _ => filter.seqs = Some(SeqRange { start: row.seq / 2, end: row.seq + 100 }),
        }
    }
    filter
}

/// A family is what the log holds, not a list in the program: types registered on one service are found by all.
pub fn a_family_of_types_finds_registered_ones_too(database: &dyn Database) {
    let store = database.open();
    let types = [
        "tool.invoked",
        "tool.painted",
        "tools.counted",
        "tool",
        "tool.",
        "tool.zz",
        "plan.created",
        "tool/x",
        "tool-x",
    ];
    let payloads: Vec<Vec<u8>> = (0..).zip(types).map(|(number, name)| payload(number, &Event::new(name))).collect();
    send_own(store.as_ref(), &payloads);
    let rows = rows(store.as_ref());
    assert_eq!(check(store.as_ref(), &rows, &Filter::new().event_type("tool.*")), 4);
    // A type that comes later belongs to the family at once, on a store that has asked before, too.
    send_own(store.as_ref(), &[payload(100, &Event::new("tool.later"))]);
    let rows = super::writing::rows(store.as_ref());
    assert_eq!(check(store.as_ref(), &rows, &Filter::new().event_type("tool.*")), 5);
}
