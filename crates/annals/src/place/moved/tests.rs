//! What is written down is found, for that log and that place alone.

use annals_store::LogId;

use super::Moved;

#[test]
fn a_log_is_known_by_each_place_that_it_left() {
    let data = tempfile::tempdir().unwrap();
    let (one, other) = (LogId::from_bytes([1; 16]), LogId::from_bytes([2; 16]));
    let moved = Moved::in_data(data.path());
    let is = |log: LogId| move |name: &str| name == log.to_string();
    assert!(!moved.has(&[7; 32], is(one)));
    for (address, log) in [([7; 32], one), ([8; 32], one), ([7; 32], one)] {
        moved.remember(&address, log).unwrap();
    }
    assert!(moved.has(&[7; 32], is(one)) && moved.has(&[8; 32], is(one)));
    assert!(!moved.has(&[7; 32], is(other)) && !moved.has(&[9; 32], is(one)));
    let text = std::fs::read_to_string(data.path().join("moved")).unwrap();
    assert_eq!(text.lines().count(), 2, "each once: {text}");
}
