//! Order, bounds, and a recorder that is slow, stuck or gone.

use std::sync::mpsc::sync_channel;
use std::thread;

use super::*;

fn line(n_bytes: usize) -> Line {
    Line::Whole(vec![b'{'; n_bytes])
}

fn next(queue: &Queue) -> (Side, Line) {
    match queue.next() {
        Some(Item::Line { side, line, .. }) => (side, line),
        _ => panic!("a line was said"),
    }
}

#[test]
fn lines_of_both_sides_keep_their_order() {
    let queue = Queue::new();
    let said = [(Side::Client, line(1)), (Side::Server, line(2)), (Side::Client, line(3))];
    for (side, line) in said.clone() {
        queue.say(side, line);
    }
    assert_eq!([next(&queue), next(&queue), next(&queue)], said);
}

#[test]
fn what_finds_no_room_is_counted_and_declared() {
    let queue = Queue::new();
    let third = MAX_BYTES / 3 - ITEM_BYTES;
    for _ in 0..3 {
        queue.say(Side::Server, line(third));
    }
    // Patience is for the first of them alone.
    for _ in 0..1_000 {
        queue.say(Side::Server, line(7));
    }
    queue.say(Side::Client, Line::Foreign(Foreign::unseen(5, 50)));
    assert!(queue.lock().n_bytes <= MAX_BYTES);
    for _ in 0..3 {
        assert_eq!(next(&queue), (Side::Server, line(third)));
        queue.done();
    }
    queue.say(Side::Server, line(8));
    assert_eq!(next(&queue), (Side::Client, Line::Foreign(Foreign::unseen(5, 50))));
    assert_eq!(next(&queue), (Side::Server, Line::Foreign(Foreign::unseen(1_000, 7_000))));
    assert_eq!(next(&queue), (Side::Server, line(8)));
}

#[test]
fn a_pump_waits_for_a_recorder_that_works_and_once_for_one_that_is_stuck() {
    let queue = Queue::new();
    let worker = Arc::clone(&queue);
    let (done, is_done) = sync_channel(9);
    let recorder = thread::spawn(move || {
        for _ in 0..2 {
            next(&worker);
            done.send(()).unwrap();
            worker.done();
        }
    });
    for _ in 0..2 {
        queue.say(Side::Client, line(1));
        queue.settle();
        is_done.try_recv().expect("the recorder was waited for");
    }
    recorder.join().unwrap();
    // Now nobody takes anything any more.
    queue.say(Side::Client, line(1));
    queue.settle();
    assert!(queue.lock().is_late);
    for _ in 0..10_000 {
        queue.say(Side::Client, line(1));
        queue.settle();
    }
    // Ten thousand times patience would be forty minutes. It is there again once the recorder has caught up.
    while queue.lock().is_late {
        next(&queue);
        queue.done();
    }
    assert_eq!(queue.lock().items.len(), 0);
}

#[test]
fn a_recorder_that_is_gone_keeps_nobody() {
    let queue = Queue::new();
    let (verdict, answer) = sync_channel(1);
    queue.push(Item::Ask { line: line(1), at: Instant::now(), verdict });
    queue.close();
    assert!(answer.recv().is_err());
    queue.say(Side::Client, line(1));
    queue.settle();
    let (verdict, answer) = sync_channel(1);
    queue.push(Item::Ask { line: line(1), at: Instant::now(), verdict });
    assert!(answer.recv().is_err());
    assert!(queue.next().is_none() && Queue::closed().next().is_none());
}

#[test]
fn an_end_that_waits_too_long_turns_what_is_before_it_into_a_count() {
    let queue = Queue::new();
    queue.say(Side::Server, line(5));
    queue.say(Side::Server, line(6));
    let exit = annals_capture::mcp::Exit::Code(0);
    let ending = Ending { exit, cause: annals_capture::mcp::Cause::Server };
    queue.push(Item::End { ending, at: Instant::now() });
    assert_eq!(next(&queue), (Side::Server, line(5)));
    queue.lock().ending_since = Instant::now().checked_sub(HASTE * 2);
    assert_eq!(next(&queue), (Side::Server, Line::Foreign(Foreign::unseen(1, 6))));
    assert!(matches!(queue.next(), Some(Item::End { .. })));
}
