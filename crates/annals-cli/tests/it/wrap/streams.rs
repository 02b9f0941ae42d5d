//! A stream that one side closes is closed on the other side, with the wrapper as without.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;

use super::*;

#[test]
fn the_end_of_the_input_reaches_the_server() {
    let bed = Bed::new();
    for way in [Way::Bare, Way::Wrapped] {
        let (status, out, _) = start(&bed, way, &[], "cat; echo over; exit 6").finished();
        assert_eq!((status.code(), out.as_slice()), (Some(6), &b"over\n"[..]), "{way:?}");
    }
}

#[test]
fn a_server_that_closes_its_output_and_lives_is_heard_to_do_so() {
    let bed = Bed::new();
    for way in [Way::Bare, Way::Wrapped] {
        let mut running = start(&bed, way, &[], "echo one; exec >&-; read -r line; exit 7");
        assert_eq!(running.hear(), "one\n");
        assert_eq!(running.hear(), "", "{way:?}");
        assert!(running.child.try_wait().unwrap().is_none());
        running.say("go");
        assert_eq!(running.ended().code(), Some(7), "{way:?}");
    }
}

#[test]
fn a_server_that_closes_its_input_lets_the_client_find_out() {
    let bed = Bed::new();
    for way in [Way::Bare, Way::Wrapped] {
        let mut running = start(&bed, way, &[], "exec <&-; echo closed; while :; do sleep 1; done");
        assert_eq!(running.hear(), "closed\n");
        let mut stdin = running.stdin.take().unwrap();
        let error = in_time("an error", move || {
            loop {
                if let Err(error) = stdin.write_all(b"{}\n") {
                    return error.kind();
                }
                thread::yield_now();
            }
        });
        assert_eq!(error, std::io::ErrorKind::BrokenPipe, "{way:?}");
        rustix::process::kill_process(rustix::process::Pid::from_child(&running.child), rustix::process::Signal::TERM)
            .unwrap();
        assert_eq!(running.ended().signal(), Some(15));
    }
}

#[test]
fn a_client_that_reads_no_more_ends_a_server_that_writes() {
    let bed = Bed::new();
    for way in [Way::Bare, Way::Wrapped] {
        let mut running = start(&bed, way, &[], "exec yes");
        assert_eq!(running.hear(), "y\n");
        drop(running.stdout.take());
        // SIGPIPE, as a program that does not expect it dies.
        assert_eq!(running.ended().signal(), Some(13), "{way:?}");
    }
}

#[test]
fn a_client_that_reads_no_more_is_noticed_without_a_byte() {
    let bed = Bed::new();
    // The server writes only when it is told to, and dies of it.
    let mut running = wrapped(&bed, "echo one; read -r line; while :; do echo two || exit 1; done");
    assert_eq!(running.hear(), "one\n");
    drop(running.stdout.take());
    running.say("go");
    assert_eq!(running.ended().signal(), Some(13));
}

#[test]
fn a_grandchild_that_keeps_the_output_open_keeps_nobody() {
    let bed = Bed::new();
    let mut running = wrapped(&bed, "sleep 20 & echo one; exit 8");
    assert_eq!(running.hear(), "one\n");
    assert_eq!(running.ended().code(), Some(8));
    let mut rest = Vec::new();
    let mut stdout = running.stdout.take().unwrap();
    // Ours is closed with us, though the grandchild still has the server's.
    rest = in_time("the end", move || {
        stdout.read_to_end(&mut rest).unwrap();
        rest
    });
    assert_eq!(rest, b"");
}
