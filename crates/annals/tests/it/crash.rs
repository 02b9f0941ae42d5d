//! `kill -9` at a random moment: what was answered is there exactly once, each producer in order.
//!
//! A child records from several threads and says each receipt over a pipe after `record` has returned; the parent reads some lines, kills it, reads what is left in the pipe,
//! and lets the next process that records adopt the journal. Twenty rounds here, a thousand with `ANNALS_FULL=1`.
//! The control is a child that says its receipts before it records: the same check must find some of them missing.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use annals::verify::{Options, verify};
use annals::{Audit, Event, EventId, Filter, Limit, Order, PageRequest, StoredEvent, WaitingState, json};
use annals_testkit::{Child, Line, PATIENCE, Threads, keep_line, role, rounds, say, until};

const N_THREADS: u64 = 4;

/// Numbers that look random and are the same in every run, so that a failing round can be run again.
fn scattered(round: u64) -> u64 {
    let mut value = round.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value ^= value >> 29;
    value = value.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value ^ (value >> 32)
}

fn event(thread: u64, number: u64) -> Event {
    Event::new("tool.invoked")
        .actor("crasher")
        .tool("write_file")
        .details(json!({ "thread": thread, "number": number }))
}

/// Records until it is killed, and says `id thread number` for each receipt.
fn record_for_ever(data: &Path) -> ! {
    let audit = Audit::open(data).unwrap();
    let mut threads = Threads::new();
    for thread in 0..N_THREADS {
        let audit = audit.clone();
        threads.spawn(format!("recorder {thread}"), move || {
            for number in 0.. {
                let receipt = audit.record(event(thread, number)).unwrap();
                say(format!("{} {thread} {number}", receipt.id()));
            }
        });
    }
    threads.join();
    unreachable!("the parent kills this process")
}

/// The broken variant: says the receipt first.
fn promise_for_ever(data: &Path) -> ! {
    let audit = Audit::open(data).unwrap();
    let clock = AtomicU64::new(0);
    for number in 0.. {
        // An answer that nothing stands behind yet.
        let made_up = EventId::v7(
            annals::Timestamp::from_nanos(1_790_000_000_000_000_000),
            clock.fetch_add(1, Ordering::Relaxed),
        );
        say(format!("{made_up} 0 {number}"));
        audit.record(event(0, number)).unwrap();
    }
    unreachable!("the parent kills this process")
}

/// One receipt as a child said it.
#[derive(Clone, Debug)]
struct Said {
    id: EventId,
    thread: u64,
    number: u64,
}

/// Reads a whole line; the last one may have been cut by the kill, and nobody has seen that one.
fn read(line: &str) -> Option<Said> {
    let mut words = line.split(' ');
    let said = Said {
        id: words.next()?.parse().ok()?,
        thread: words.next()?.parse().ok()?,
        number: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(said)
}

/// Lets the child speak so many lines, kills it, and returns everything it said.
fn kill_after(child: &mut Child, n_lines: u64) -> Vec<Said> {
    let mut lines: Vec<String> = (0..n_lines)
        .map_while(|_| match child.next_line() {
            Line::Text(line) => Some(line),
            Line::End => None,
        })
        .collect();
    lines.extend(child.kill());
    // A number may have been cut short by the kill without looking so.
    lines.pop();
    lines.iter().filter_map(|line| read(line)).collect()
}

/// Everything in the log, in its order, once what waits in journals was adopted.
fn everything(data: &Path) -> Vec<StoredEvent> {
    let audit = Audit::open(data).unwrap();
    let receipt = audit.record(Event::new("session.ended").actor("witness")).unwrap();
    receipt.wait_durable(PATIENCE).unwrap();
    // The event goes first when there is much to adopt.
    until("nothing waits of a dead process", PATIENCE, || {
        audit.waiting().unwrap().iter().all(|waiting| waiting.state == WaitingState::Live && waiting.n_events <= 1)
    });
    let mut events = Vec::new();
    let mut request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    loop {
        let page = audit.query(&Filter::new(), &request).unwrap();
        events.extend(page.events);
        request.cursor = page.cursor;
        if page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(audit.n_dead_letters().unwrap(), 0);
    audit.close().unwrap();
    let left: Vec<_> = audit.waiting().unwrap();
    assert!(left.is_empty(), "journals are left: {left:?}");
    // Nor may a kill look like tampering, or leave a checkpoint that the tree does not bear out, in the database or outside.
    let report = verify(&data.join("annals.db"), &Options::default(), &mut |_| ()).unwrap();
    assert_eq!(report.verdict(), None, "{:?}", report.findings);
    assert_eq!(report.sealed_size, report.n_events);
    events
}

/// What must hold of a log after any number of kills. Answers the receipts that are not in it.
fn missing(events: &[StoredEvent], said: &[Said]) -> Vec<Said> {
    let mut by_id: HashMap<EventId, u64> = HashMap::new();
    let mut next_pseq: BTreeMap<String, u64> = BTreeMap::new();
    for (seq, event) in (0..).zip(events) {
        assert_eq!(event.seq, seq, "the log has a hole");
        *by_id.entry(event.id).or_default() += 1;
        let next = next_pseq.entry(event.producer.to_string()).or_default();
        assert_eq!(event.pseq, *next, "producer {} is out of order", event.producer);
        *next += 1;
    }
    let twice: Vec<_> = by_id.iter().filter(|(_, count)| **count != 1).collect();
    assert!(twice.is_empty(), "events stand in the log twice: {twice:?}");
    let rows: HashMap<EventId, &StoredEvent> = events.iter().map(|event| (event.id, event)).collect();
    let mut missing = Vec::new();
    for said in said {
        match rows.get(&said.id) {
            None => missing.push(said.clone()),
            Some(row) => {
                let details = details(row);
                let told = (details["thread"].as_u64(), details["number"].as_u64());
                assert_eq!(told, (Some(said.thread), Some(said.number)), "the row is not what was recorded");
            }
        }
    }
    missing
}

#[track_caller]
fn check_nothing_missing(round: u64, events: &[StoredEvent], said: &[Said]) {
    let missing = missing(events, said);
    let (n_missing, n_said) = (missing.len(), said.len());
    assert_eq!(n_missing, 0, "round {round}: of {n_said} answered events are gone: {:?}", missing.first());
}

/// Each thread's numbers stand in the log in the order in which it recorded them, without a hole.
fn check_threads(events: &[StoredEvent], n_processes: usize) {
    let mut next: HashMap<(String, u64), u64> = HashMap::new();
    for event in events.iter().filter(|event| event.get(annals::Column::ActorName) == Some("crasher")) {
        let details = details(event);
        let thread = details["thread"].as_u64().unwrap();
        let next = next.entry((event.producer.to_string(), thread)).or_default();
        assert_eq!(details["number"].as_u64(), Some(*next), "thread {thread} is out of order");
        *next += 1;
    }
    assert!(next.len() <= n_processes * usize::try_from(N_THREADS).unwrap());
}

fn details(event: &StoredEvent) -> annals::Value {
    event.details.as_deref().unwrap().parse().unwrap()
}

#[test]
fn what_was_answered_survives_kill_9_exactly_once_and_in_order() {
    if role().is_some() {
        record_for_ever(Path::new(&std::env::var("DATA").unwrap()));
    }
    let (n_rounds, mut n_said, mut n_rows) = (rounds(20, 1_000), 0, 0);
    for round in 0..n_rounds as u64 {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        let test = "crash::what_was_answered_survives_kill_9_exactly_once_and_in_order";
        let mut child = Child::playing(test, "recorder", [("DATA", &data)]);
        let said = kill_after(&mut child, 1 + scattered(round) % 4_000);
        let events = everything(&data);
        check_nothing_missing(round, &events, &said);
        check_threads(&events, 1);
        n_said += said.len();
        n_rows += events.len();
    }
    keep_line(&format!(
        "- `kill -9` of a process that records from {N_THREADS} threads: {n_rounds} rounds, {n_said} events answered and seen, {n_rows} rows, none missing, none twice, none out of order."
    ));
}

#[test]
fn the_same_check_finds_answers_that_nothing_stands_behind() {
    if role().is_some() {
        promise_for_ever(Path::new(&std::env::var("DATA").unwrap()));
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let mut child =
        Child::playing("crash::the_same_check_finds_answers_that_nothing_stands_behind", "promiser", [("DATA", &data)]);
    let said = kill_after(&mut child, 50);
    assert!(!missing(&everything(&data), &said).is_empty(), "the control was not caught");
}

#[test]
fn two_processes_go_on_while_a_third_is_killed() {
    if role().is_some() {
        record_for_ever(Path::new(&std::env::var("DATA").unwrap()));
    }
    let test = "crash::two_processes_go_on_while_a_third_is_killed";
    let (n_rounds, mut n_said, mut n_rows) = (rounds(5, 250), 0, 0);
    for round in 0..n_rounds as u64 {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trail");
        let mut children: Vec<Child> = (0..3).map(|_| Child::playing(test, "recorder", [("DATA", &data)])).collect();
        let mut said = kill_after(&mut children[2], 1 + scattered(round) % 1_000);
        for child in &mut children[..2] {
            said.extend(kill_after(child, 1_000 + scattered(round) % 1_000));
        }
        let events = everything(&data);
        check_nothing_missing(round, &events, &said);
        check_threads(&events, 3);
        n_said += said.len();
        n_rows += events.len();
    }
    keep_line(&format!(
        "- Three processes on one data directory, one killed first and the others later: {n_rounds} rounds, {n_said} events answered and seen, {n_rows} rows, none missing, none twice, none out of order."
    ));
}

#[test]
fn two_services_of_one_process_share_a_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let services: Vec<Arc<Audit>> = (0..2).map(|_| Arc::new(Audit::open(&data).unwrap())).collect();
    let mut threads = Threads::new();
    for (number, audit) in (0..).zip(&services) {
        let audit = Arc::clone(audit);
        threads.spawn(format!("service {number}"), move || {
            let receipts: Vec<_> = (0..2_000).map(|at| audit.record(event(number, at)).unwrap()).collect();
            receipts[1_999].wait_durable(Duration::from_secs(20)).unwrap();
        });
    }
    threads.join();
    for audit in &services {
        audit.close().unwrap();
    }
    let events = everything(&data);
    assert_eq!(events.len(), 4_001);
    assert!(missing(&events, &[]).is_empty());
    check_threads(&events, 2);
}
