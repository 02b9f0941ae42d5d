//! Flush, close, drop, and the ends that nobody planned.

use std::sync::Arc;

use annals::{ReceiptState, Settings};
use annals_testkit::{Gate, Threads, open_files_under};
use cucumber::{then, when};

use crate::child;
use crate::trail::{Trail, event};

#[when("the service is flushed")]
fn flush(trail: &mut Trail) {
    trail.call("flush", |audit| audit.flush()).unwrap();
}

#[when("the service is closed")]
fn close(trail: &mut Trail) {
    trail.call("close", |audit| audit.close()).unwrap();
}

#[when("the service is dropped")]
fn drop_service(trail: &mut Trail) {
    let audit = trail.audit.take().unwrap();
    annals_testkit::in_time("drop", move || drop(audit));
}

#[when(regex = "^([0-9]+) threads close the service at once$")]
fn close_at_once(trail: &mut Trail, n_threads: usize) {
    let gate = Arc::new(Gate::new("close", n_threads));
    let mut threads = Threads::new();
    for thread in 0..n_threads {
        let (audit, gate) = (trail.audit().clone(), Arc::clone(&gate));
        threads.spawn(format!("closer {thread}"), move || {
            gate.wait();
            audit.close()
        });
    }
    for closed in threads.join() {
        closed.unwrap();
    }
}

#[when("another thread flushes")]
fn flush_elsewhere(trail: &mut Trail) {
    let (audit, receipts) = (trail.audit().clone(), trail.receipts.clone());
    let mut threads = Threads::new();
    threads.spawn("flusher", move || {
        audit.flush().unwrap();
        let n_durable = receipts
            .iter()
            .filter(|receipt| matches!(receipt.state(), ReceiptState::Durable | ReceiptState::Sealed))
            .count();
        n_durable.to_string()
    });
    trail.store().wait_until_held(1);
    trail.waiting = Some(threads);
}

#[then(regex = "^the flush returns, and found all ([0-9]+) events durable$")]
fn flush_returned(trail: &mut Trail, n_events: usize) {
    assert_eq!(trail.waiting.take().unwrap().join(), [n_events.to_string()]);
}

#[when(regex = "^([0-9]+) threads each record ([0-9]+) events, flush and record on$")]
fn record_flush_record(trail: &mut Trail, n_threads: usize, n_events: usize) {
    let mut threads = Threads::new();
    for thread in 0..n_threads {
        let (audit, name) = (trail.audit().clone(), format!("thread {thread}"));
        threads.spawn(name.clone(), move || {
            let mut receipts: Vec<_> =
                (0..n_events).map(|number| audit.record(event(&name, number)).unwrap()).collect();
            audit.flush().unwrap();
            let n_durable = receipts
                .iter()
                .filter(|receipt| matches!(receipt.state(), ReceiptState::Durable | ReceiptState::Sealed))
                .count();
            receipts.extend((0..n_events).map(|number| audit.record(event(&name, number)).unwrap()));
            (n_durable, receipts)
        });
    }
    for (n_durable, receipts) in threads.join() {
        trail.lines.push(format!("{n_durable} of {n_events}"));
        trail.receipts.extend(receipts);
    }
}

#[then("each thread found its events durable after its flush")]
fn durable_after_flush(trail: &mut Trail) {
    assert_eq!(trail.lines, ["50 of 50"; 4]);
}

#[then("no file of the data directory is open")]
fn nothing_open(trail: &mut Trail) {
    assert_eq!(open_files_under(&trail.data), Vec::<std::path::PathBuf>::new());
}

#[then(regex = "^([0-9]+) events wait in journals of the dead$")]
fn waiting(trail: &mut Trail, n_events: u64) {
    let waiting = annals::Audit::with_settings(&Settings::new(&trail.data)).unwrap().waiting().unwrap();
    assert!(waiting.iter().all(|journal| journal.state == annals::WaitingState::Dead));
    assert_eq!(waiting.iter().map(|journal| journal.n_events).sum::<u64>(), n_events);
}

#[when(regex = "^a program records 100 events and ends by (.+)$")]
fn program_ends(trail: &mut Trail, end: String) {
    let mut child = child::program("record and end", &trail.data, &end);
    child.rest();
    let status = child.wait();
    let expected = end.contains("main") || end.contains("exit");
    assert_eq!(status.success(), expected, "it ended by {status}");
}
