//! Answers come in order, and a panic is told with its thread's name.

use std::time::Duration;

use super::{Threads, in_time, until};

#[test]
fn answers_come_in_the_order_of_the_starts() {
    let mut threads = Threads::new();
    for number in 0..8 {
        threads.spawn(format!("n {number}"), move || number);
    }
    assert_eq!(threads.join(), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
#[should_panic(expected = "thread `clumsy` panicked: dropped it")]
fn a_panic_is_told_with_the_name_of_its_thread() {
    in_time("clumsy", || panic!("dropped it"));
}

#[test]
#[should_panic(expected = "in vain: the moon to fall")]
fn a_condition_that_never_holds_fails_the_test() {
    until("the moon to fall", Duration::from_millis(20), || false);
}
