//! The end of a server: what was answered is durable and sealed, and the end comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;
use std::{io::Write, net::TcpStream, thread};

use rustix::process::Signal;

use super::client::Client;
use super::running::Running;
use crate::bed::{Bed, DEADLINE};

#[test]
fn a_stop_in_the_middle_of_posts_loses_nothing_and_seals() {
    for signal in [Signal::TERM, Signal::INT] {
        let bed = Bed::new();
        let mut server = Running::on(&bed);
        let (n_answered, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let one = |_| {
            let (address, n_answered, is_over) = (server.address, Arc::clone(&n_answered), Arc::clone(&is_over));
            thread::spawn(move || {
                let mut client = Client::new(address);
                while !is_over.load(Ordering::Acquire) {
                    if client.post("x", "accepted") {
                        n_answered.fetch_add(1, Ordering::AcqRel);
                    }
                }
            })
        };
        let clients: Vec<_> = (0..8).map(one).collect();
        let began = Instant::now();
        while n_answered.load(Ordering::Acquire) < 200 {
            assert!(began.elapsed() < DEADLINE, "no answers come");
            thread::yield_now();
        }
        server.signal(signal);
        assert!(server.wait().success());
        is_over.store(true, Ordering::Release);
        for client in clients {
            client.join().unwrap();
        }
        let n_found = bed.good(&["count", "--type", "resource_modified"]).rows()[0]["count"].as_u64().unwrap();
        assert!(n_answered.load(Ordering::Acquire) as u64 <= n_found, "{n_found}");
        // Nothing waits in a journal, all of it is under a checkpoint, and the log says that the server ended.
        let health = bed.good(&["health", "--check"]).rows().remove(0);
        assert_eq!(health["queued"], 0, "{health}");
        assert_eq!(health["sealed_size"].as_u64().unwrap(), bed.count(), "{health}");
        assert_eq!(bed.good(&["count", "--type", "audit.stopped"]).rows()[0]["count"], 1);
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let bed = Bed::new();
    let mut server = Running::start(&bed, "127.0.0.1:0", &["--set", "server_stop_timeout=1h"], &[]);
    assert!(Client::new(server.address).post("x", "accepted"));
    // A request that never ends keeps the server from ending by itself.
    let mut socket = TcpStream::connect(server.address).unwrap();
    let head = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 25];
    std::io::Read::read_exact(&mut socket, &mut answer).unwrap();
    server.signal(Signal::TERM);
    // It has begun to stop when it takes nobody in any more.
    let began = Instant::now();
    while TcpStream::connect(server.address).is_ok() {
        assert!(began.elapsed() < DEADLINE, "it does not stop");
    }
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(128 + 15));
    // What was answered is in the journal.
    let mut server = Running::on(&bed);
    assert!(server.stop().success());
    assert_eq!(bed.good(&["count", "--type", "resource_modified"]).rows()[0]["count"], 1);
}
