//! Receipts and those who wait for them.

use std::time::Duration;

use annals::ReceiptState;
use annals_testkit::{PATIENCE, Threads};
use cucumber::{then, when};

use crate::executor::block_on;
use crate::trail::Trail;

#[then(regex = "^the receipt says \"(.+)\"$")]
fn says(trail: &mut Trail, state: String) {
    let receipt = &trail.receipts[0];
    if state == "Rejected" {
        let error = receipt.wait_durable(PATIENCE).unwrap_err();
        assert_eq!(error.kind(), annals::ErrorKind::Rejected);
    }
    assert_eq!(format!("{:?}", receipt.state()), state);
}

#[then(regex = "^waiting for the receipt gives the number ([0-9]+)$")]
fn gives(trail: &mut Trail, seq: u64) {
    let durable = trail.receipts[0].wait_durable(PATIENCE).unwrap();
    assert_eq!((durable.seq(), durable.id()), (seq, trail.receipts[0].id()));
}

#[then("the receipt's id is the id of the row")]
fn same_id(trail: &mut Trail) {
    let rows = trail.rows();
    assert_eq!(rows[0].id, trail.receipts[0].id());
    assert_eq!(trail.audit().get(rows[0].id).unwrap().as_ref(), Some(&rows[0]));
}

#[then(regex = "^waiting ([0-9]+) ms for the receipt is an error of kind \"(.+)\"$")]
fn error(trail: &mut Trail, ms: u64, kind: String) {
    let error = trail.receipts[0].wait_durable(Duration::from_millis(ms)).unwrap_err();
    assert_eq!(format!("{:?}", error.kind()), kind, "{error}");
}

#[when("an executor made by hand awaits the receipts and a flush")]
fn await_by_hand(trail: &mut Trail) {
    let (audit, receipts) = (trail.audit().clone(), trail.receipts.clone());
    let mut threads = Threads::new();
    threads.spawn("executor", move || {
        let flush = audit.flush_async();
        let mut seqs = Vec::new();
        for receipt in receipts {
            seqs.push(block_on(receipt.wait_durable_async()).unwrap().seq().to_string());
        }
        block_on(flush).unwrap();
        seqs.join(" ")
    });
    trail.store().wait_until_held(1);
    trail.waiting = Some(threads);
}

#[then("the executor was given the numbers 0 to 2 and the end of the flush")]
fn awaited(trail: &mut Trail) {
    assert_eq!(trail.waiting.take().unwrap().join(), ["0 1 2"]);
}

#[when(regex = "^([0-9]+) threads wait for the receipt$")]
fn many_wait(trail: &mut Trail, n_threads: usize) {
    let mut threads = Threads::new();
    for thread in 0..n_threads {
        let receipt = trail.receipts[0].clone();
        threads.spawn(format!("waiter {thread}"), move || {
            // Half of them by the async twin.
            let durable =
                if thread % 2 == 0 { receipt.wait_durable(PATIENCE) } else { block_on(receipt.wait_durable_async()) };
            durable.unwrap().seq().to_string()
        });
    }
    trail.store().wait_until_held(1);
    trail.waiting = Some(threads);
}

#[then(regex = "^all ([0-9]+) threads were given the number 0$")]
fn many_given(trail: &mut Trail, n_threads: usize) {
    assert_eq!(trail.waiting.take().unwrap().join(), vec!["0"; n_threads]);
}

#[then(regex = "^all ([0-9]+) receipts still name their numbers$")]
fn still_name(trail: &mut Trail, n_receipts: u64) {
    let seqs: Vec<u64> =
        trail.receipts.iter().map(|receipt| receipt.wait_durable(Duration::ZERO).unwrap().seq()).collect();
    assert_eq!(seqs, (0..n_receipts).collect::<Vec<_>>());
}

#[then(regex = "^all ([0-9]+) receipts are durable already, numbered 0 to ([0-9]+)$")]
fn durable_already(trail: &mut Trail, n_receipts: u64, last: u64) {
    assert_eq!(last + 1, n_receipts);
    assert!(
        trail.receipts.iter().all(|receipt| matches!(receipt.state(), ReceiptState::Durable | ReceiptState::Sealed))
    );
    still_name(trail, n_receipts);
}
