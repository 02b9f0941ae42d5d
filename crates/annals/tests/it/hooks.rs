//! Processes that live for one event: many at once, over a store from before there was a tree, and none of them for longer than its caller waits.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use annals::verify::{Options, verify};
use annals::{Audit, Event, EventId, Limit, Mode, Order, PageRequest, Settings, StoredEvent, WaitingState};
use annals_testkit::{PATIENCE, Threads, rounds, until};

/// As patient as the command's hook.
fn hook(data: &Path) -> Audit {
    let settings = Settings::new(data).mode(Mode::OneShot).record_timeout(Some(Duration::from_millis(50)));
    Audit::with_settings(&settings.checkpoint_interval(Duration::from_millis(20))).unwrap()
}

/// Records one event as a process of its own would, and says whether it was left for the next.
fn record(data: &Path, tool: &str) -> (EventId, bool) {
    let audit = hook(data);
    let receipt = audit.record(Event::new("tool.invoked").tool(tool)).unwrap();
    let is_left = receipt.wait_durable(Duration::ZERO).is_err();
    audit.close().unwrap();
    (receipt.id(), is_left)
}

fn everything(data: &Path) -> Vec<StoredEvent> {
    let reader = Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly)).unwrap();
    let mut request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    let mut events = Vec::new();
    loop {
        let page = reader.query(&annals::Filter::new(), &request).unwrap();
        events.extend(page.events);
        match page.cursor {
            Some(cursor) => request.cursor = Some(cursor),
            None => return events,
        }
    }
}

fn n_left(data: &Path) -> u64 {
    let reader = Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly)).unwrap();
    let waiting = reader.waiting().unwrap();
    waiting.iter().filter(|journal| journal.state == WaitingState::Dead).map(|journal| journal.n_events).sum()
}

/// Each of these is there once, and the log is sound.
fn check(data: &Path, recorded: &[EventId]) {
    let mut found: HashMap<EventId, usize> = HashMap::new();
    for event in everything(data) {
        *found.entry(event.id).or_default() += 1;
    }
    for id in recorded {
        assert_eq!(found.get(id), Some(&1), "{id}");
    }
    let report = verify(&data.join("annals.db"), &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(report.verdict(), None, "{:?}", report.findings);
}

#[test]
fn many_at_once_lose_nothing_and_seal_on_the_way() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    let recorded = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut threads = Threads::new();
    for thread in 0..8 {
        let (data, recorded) = (data.clone(), std::sync::Arc::clone(&recorded));
        threads.spawn(format!("hooks {thread}"), move || {
            for _ in 0..rounds(10, 200) {
                let (id, _) = record(&data, "many");
                recorded.lock().unwrap().push(id);
            }
        });
    }
    threads.join();
    // Whoever comes later makes durable what was left.
    let mut recorded = recorded.lock().unwrap().clone();
    until("nothing is left", PATIENCE, || {
        recorded.push(record(&data, "later").0);
        n_left(&data) == 0
    });
    check(&data, &recorded);
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    assert!(reader.evidence().unwrap().unwrap().published_size.is_some_and(|size| size > 0));
}

/// How many events the index of words has.
fn n_indexed(data: &Path) -> i64 {
    let connection = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    connection.query_row("SELECT count(*) FROM event_text", [], |row| row.get(0)).unwrap()
}

#[test]
fn one_of_them_now_and_then_fills_the_index_of_words() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    record(&data, "first");
    let n_first = n_indexed(&data);
    assert!(n_first > 0, "the first one looks around");
    for _ in 0..20 {
        record(&data, "second");
    }
    assert_eq!(n_indexed(&data), n_first, "not each of them does");
    // As if a minute had passed.
    std::fs::remove_file(data.join("journal").join("looked")).unwrap();
    record(&data, "third");
    let reader = Audit::with_settings(&Settings::new(&data).mode(Mode::ReadOnly)).unwrap();
    assert_eq!(n_indexed(&data), i64::try_from(reader.head().unwrap().n_events).unwrap());
    assert_eq!(reader.count(&annals_ask::search("second", annals::Filter::new())).unwrap(), 20);
}

/// Makes a database what Annals left before there was a tree.
fn make_older(data: &Path) {
    let connection = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    let of_entries = "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name GLOB 'entry*' OR name GLOB 'event_[st]*' OR name = 'embedding_model') AND name NOT GLOB 'entry_text_*' AND name NOT GLOB 'event_text_[^m]*'";
    let mut statement = connection.prepare(of_entries).unwrap();
    let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    drop(statement);
    assert!(tables.contains(&"entry".to_owned()));
    for table in tables {
        connection.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    connection
        .execute_batch(
            "DROP TABLE idempotency; DROP TRIGGER producer_inserted; DROP TRIGGER producer_moved; DROP TABLE tile; DROP TABLE checkpoint; DROP TABLE log_key; DROP TABLE emptied; DROP TABLE commitment;
             ALTER TABLE log DROP COLUMN n_before_tree; ALTER TABLE log DROP COLUMN n_to_scrub; DELETE FROM migration WHERE version >= 3; PRAGMA user_version = 2",
        )
        .unwrap();
    std::fs::remove_file(data.join("log.key")).unwrap();
    std::fs::remove_dir_all(data.join("checkpoints")).unwrap();
}

#[test]
fn they_alone_take_an_older_log_into_the_tree_and_then_all_that_was_left_meanwhile() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("trail");
    let n_before = rounds(20_000, 500_000);
    let audit = Audit::open(&data).unwrap();
    for _ in 0..n_before {
        audit.record(Event::new("tool.invoked").tool("before")).unwrap();
    }
    audit.close().unwrap();
    make_older(&data);
    let (mut recorded, mut n_left_meanwhile) = (Vec::new(), 0);
    // Each of them goes on with it, so that it ends.
    let (mut is_begun, deadline) = (false, std::time::Instant::now() + PATIENCE.max(Duration::from_mins(10)));
    while !is_begun {
        let (id, is_left) = record(&data, "hook");
        recorded.push(id);
        n_left_meanwhile += usize::from(is_left);
        is_begun = !is_left;
        assert!(std::time::Instant::now() < deadline, "it never ends");
    }
    assert!(n_left_meanwhile > 0, "it was not all done at once");
    until("nothing is left", PATIENCE, || {
        recorded.push(record(&data, "hook").0);
        n_left(&data) == 0
    });
    check(&data, &recorded);
    let begun: Vec<StoredEvent> =
        everything(&data).into_iter().filter(|event| event.event_type == "audit.tree_begun").collect();
    assert_eq!((begun.len(), begun[0].seq), (1, n_before as u64));
}
