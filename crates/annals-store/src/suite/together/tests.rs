//! Answers come in order, and a thread that panics is named.

use super::{Work, together};

#[test]
fn answers_come_in_the_order_of_the_work() {
    let works = (0..5).map(|number| -> Work<u32> { (format!("n {number}"), Box::new(move || number)) }).collect();
    assert_eq!(together(works), [0, 1, 2, 3, 4]);
}

#[test]
#[should_panic(expected = "thread `clumsy` panicked")]
fn a_thread_that_panics_is_named() {
    let clumsy: Work<()> = ("clumsy".to_owned(), Box::new(|| panic!("dropped it")));
    together(vec![("careful".to_owned(), Box::new(|| ())), clumsy]);
}
