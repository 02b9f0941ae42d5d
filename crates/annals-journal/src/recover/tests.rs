//! What is read out of damaged bytes: all that is whole, in order, once, and the extent of the rest.

use super::{Found, Scanner};
use crate::{
    frame::{Draft, HEAD_BYTES, Seed},
    segment::Start,
};

const SEED: [u8; 16] = [3; 16];

fn frame(pseq: u64) -> Vec<u8> {
    let mut out = Vec::new();
    Draft::new(Seed::new(&SEED), &payload(pseq)).unwrap().encode(pseq, &mut out);
    out
}

fn payload(pseq: u64) -> Vec<u8> {
    format!("record {pseq}").into_bytes()
}

fn record(pseq: u64) -> Found {
    Found::Record { pseq, payload: payload(pseq) }
}

fn lost(first: u64, last: u64) -> Found {
    Found::Damaged { first, last: Some(last) }
}

fn scan(segments: &[(Start, Vec<u8>)]) -> Vec<Found> {
    let mut scanner = Scanner::new(Seed::new(&SEED));
    let mut found: Vec<Found> =
        segments.iter().flat_map(|(start, bytes)| scanner.segment(*start, true, bytes)).collect();
    found.extend(scanner.finish());
    found
}

fn check(bytes: Vec<u8>, expected: &[Found]) {
    assert_eq!(scan(&[(Start::At(0), bytes)]), expected);
}

#[test]
fn whole_records_are_found() {
    check([frame(0), frame(1), frame(2)].concat(), &[record(0), record(1), record(2)]);
    check(vec![], &[]);
}

#[test]
fn a_torn_last_record_is_no_damage() {
    for cut in 1..frame(1).len() {
        check([&frame(0), &frame(1)[..cut]].concat(), &[record(0)]);
    }
}

#[test]
fn damage_in_a_payload_costs_that_record() {
    let mut bad = frame(1);
    bad[HEAD_BYTES] ^= 1;
    check([frame(0), bad.clone(), frame(2)].concat(), &[record(0), lost(1, 1), record(2)]);
    check([frame(0), bad].concat(), &[record(0), lost(1, 1)]);
}

#[test]
fn damage_in_a_head_is_passed_over_to_the_next_record() {
    for at in 0..HEAD_BYTES {
        let mut bad = frame(1);
        bad[at] ^= 0x10;
        check([frame(0), bad, frame(2)].concat(), &[record(0), lost(1, 1), record(2)]);
    }
}

#[test]
fn damage_next_to_damage_is_one_piece() {
    let body_of = |pseq| {
        let mut bad = frame(pseq);
        *bad.last_mut().unwrap() ^= 1;
        bad
    };
    let mut head = frame(1);
    head[0] ^= 1;
    check([frame(0), head, body_of(2), frame(3)].concat(), &[record(0), lost(1, 2), record(3)]);
    // What has no end is said only once nothing follows, and so by itself.
    let endless = Found::Damaged { first: 2, last: None };
    check([frame(0), body_of(1), vec![0; 100]].concat(), &[record(0), lost(1, 1), endless]);
}

#[test]
fn damage_to_the_end_has_no_known_extent() {
    check([frame(0), vec![0; 4096]].concat(), &[record(0), Found::Damaged { first: 1, last: None }]);
    check(vec![0xff; 4096], &[Found::Damaged { first: 0, last: None }]);
}

#[test]
fn what_a_failed_write_left_behind_is_passed_over() {
    check([&frame(0)[..], &frame(1)[..25], &frame(1)[..]].concat(), &[record(0), record(1)]);
}

#[test]
fn a_record_comes_once() {
    check([frame(0), frame(1), frame(0), frame(2)].concat(), &[record(0), record(1), record(2)]);
}

#[test]
fn a_record_quoted_in_a_payload_is_not_taken_for_one() {
    let mut quoting = Vec::new();
    let mut foreign = Vec::new();
    Draft::new(Seed::new(&[9; 16]), b"foreign").unwrap().encode(7, &mut foreign);
    Draft::new(Seed::new(&SEED), &foreign).unwrap().encode(0, &mut quoting);
    quoting[0] ^= 1;
    check([quoting, frame(1)].concat(), &[lost(0, 0), record(1)]);
}

#[test]
fn segments_follow_each_other() {
    let two = |first: Vec<u8>| scan(&[(Start::At(0), first), (Start::At(2), frame(2))]);
    assert_eq!(two([frame(0), frame(1)].concat()), [record(0), record(1), record(2)]);
    assert_eq!(two([&frame(0), &frame(1)[..22]].concat()), [record(0), lost(1, 1), record(2)]);
    assert_eq!(two([frame(0), vec![0; 64]].concat()), [record(0), lost(1, 1), record(2)]);
    assert_eq!(two(vec![]), [lost(0, 1), record(2)]);
}

#[test]
fn a_segment_with_an_unreadable_start_begins_with_its_first_record() {
    assert_eq!(scan(&[(Start::Damaged, [frame(5), frame(6)].concat())]), [record(5), record(6)]);
    assert_eq!(scan(&[(Start::Damaged, [vec![1; 64], frame(5)].concat())]), [lost(0, 4), record(5)]);
    assert_eq!(scan(&[(Start::Damaged, vec![1; 64])]), [Found::Damaged { first: 0, last: None }]);
}

#[test]
fn a_spare_segment_holds_nothing() {
    let segments = [(Start::At(4), frame(4)), (Start::Unwritten, vec![])];
    assert_eq!(scan(&segments), [record(4)]);
}

#[test]
fn damage_in_front_of_a_spare_segment_is_damage_to_the_end() {
    let mut bad = frame(1);
    bad[0] ^= 0x10;
    for bad in [bad, vec![0; 4096]] {
        let spare = || (Start::Unwritten, vec![]);
        let segments = [(Start::At(0), [frame(0), bad].concat()), spare(), spare()];
        assert_eq!(scan(&segments), [record(0), Found::Damaged { first: 1, last: None }]);
    }
}

#[test]
fn damage_behind_the_last_record_of_a_full_segment_lost_nothing() {
    let segments = [(Start::At(0), [frame(0), vec![0; 64]].concat()), (Start::At(1), frame(1))];
    assert_eq!(scan(&segments), [record(0), record(1)]);
    let segments = [(Start::At(0), [frame(0), vec![0; 64]].concat()), (Start::At(1), vec![])];
    assert_eq!(scan(&segments), [record(0)]);
}

#[test]
fn the_highest_number_is_no_trap() {
    // Nothing could follow it, so a record that has it was never written.
    let found = scan(&[(Start::Damaged, [frame(u64::MAX), frame(3), frame(3)].concat())]);
    assert_eq!(found, [lost(0, 2), record(3), Found::Damaged { first: 4, last: None }]);
}
