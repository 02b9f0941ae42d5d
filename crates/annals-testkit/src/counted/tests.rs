//! Calls are numbered, and two at a time are seen.

use std::sync::Arc;

use super::counted;
use crate::{Gate, Threads};

#[test]
fn calls_are_counted_and_numbered() {
    let (count, opener) = counted(|number| number);
    assert_eq!(count.n(), 0);
    let opener = Arc::new(opener);
    let gate = Arc::new(Gate::new("callers", 2));
    let mut threads = Threads::new();
    for number in 0..2 {
        let (opener, gate) = (Arc::clone(&opener), Arc::clone(&gate));
        threads.spawn(format!("caller {number}"), move || {
            gate.wait();
            opener()
        });
    }
    let mut numbers = threads.join();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(count.n(), 2);
}
