//! Floods of long events by more clients than there is memory for, alone and while others read nothing of what they asked for.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use annals_testkit::rounds;
use rustix::net::sockopt::set_socket_recv_buffer_size;
use serde_json::{Value, json};

use super::served::Served;
use super::wire::JSON;

/// How many events an array has, of 60 kB each.
const N_EVENTS: usize = 60;

fn array(details: &Value) -> Vec<u8> {
    let event = json!({"event_type": "tool.invoked", "tool": "flood", "details": details});
    Value::from(vec![event; N_EVENTS]).to_string().into_bytes()
}

/// So many clients post the body again and again for so long, as fast as they are answered. Says how often it was taken.
fn flood(served: &Served, body: &[u8], n_clients: usize, time: Duration) -> usize {
    let n_taken = AtomicUsize::new(0);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..n_clients {
            scope.spawn(|| {
                while began.elapsed() < time {
                    let answer = served.wire().ask("POST", "/v1/events", &[JSON], body);
                    match answer.status {
                        202 => drop(n_taken.fetch_add(1, Ordering::Relaxed)),
                        503 => assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}"),
                        // Whoever still sends may lose the answer to a reset; and a slow machine is late, which is not what is looked at here.
                        0 | 504 => {}
                        _ => panic!("{answer:?}"),
                    }
                }
            });
        }
    });
    n_taken.into_inner()
}

fn seconds(short: usize) -> Duration {
    Duration::from_secs(rounds(short, 30) as u64)
}

/// The end, and that what was taken of the flood is on record.
fn end(served: Served, what: &str, n_taken: usize) {
    let bed = served.end(what);
    // There may be more of it, whose clients did not wait for the answer.
    let n_there = bed.good(&["count", "--tool", "flood"]).rows()[0]["count"].as_u64();
    let n_taken = (n_taken * N_EVENTS).max(1) as u64;
    assert!(n_there.is_some_and(|n_there| n_taken <= n_there), "{what}: {n_there:?} of {n_taken}");
}

#[test]
fn arrays_of_long_events_by_many_fill_no_memory() {
    let mut served = Served::start(&[]);
    let n_taken = flood(&served, &array(&json!({"text": "x".repeat(60_000)})), 40, seconds(5));
    served.answers();
    end(served, "40 clients with arrays of long events", n_taken);
}

#[test]
fn arrays_of_long_events_fill_no_memory_beside_readers_who_take_nothing() {
    let mut served = Served::start(&[]);
    let body = array(&json!({"text": "x".repeat(60_000)}));
    let mut readers = Vec::new();
    let mut n_taken = 0;
    // The second time meets what the first one left behind.
    for _ in 0..2 {
        for _ in 0..60 {
            let mut reader = TcpStream::connect(served.address).unwrap();
            set_socket_recv_buffer_size(&reader, 4_096).unwrap();
            let head = format!("GET /v1/events/stream?from=0 HTTP/1.1\r\nHost: {}\r\n\r\n", served.address);
            reader.write_all(head.as_bytes()).unwrap();
            readers.push(reader);
        }
        n_taken += flood(&served, &body, 110, seconds(4));
    }
    served.answers();
    drop(readers);
    end(served, "110 clients with arrays of long events beside 120 readers who take nothing", n_taken);
}
