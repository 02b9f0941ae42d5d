//! Eight clients, and a server that is killed five times: what was answered is there, once.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use annals_testkit::{keep_line, rounds};

use super::client::Client;
use super::running::Running;
use crate::bed::{Bed, DEADLINE};

const N_CLIENTS: usize = 8;
/// So many answers before each kill.
const N_BETWEEN: usize = 150;

/// What was answered, and how much of it so far.
#[derive(Default)]
struct Answered {
    resources: Mutex<Vec<String>>,
    n: AtomicUsize,
    is_over: AtomicBool,
}

impl Answered {
    /// Waits until so many more answers have come.
    fn wait_for(&self, n_more: usize) {
        let wanted = self.n.load(Ordering::Acquire) + n_more;
        let began = Instant::now();
        while self.n.load(Ordering::Acquire) < wanted {
            assert!(began.elapsed() < DEADLINE, "no answers come");
            thread::yield_now();
        }
    }
}

/// Eight clients that post to this address until it is over, every other event with each rung.
fn clients(address: SocketAddr, answered: &Arc<Answered>) -> Vec<thread::JoinHandle<()>> {
    let one = |n_client| {
        let answered = Arc::clone(answered);
        thread::spawn(move || {
            let mut client = Client::new(address);
            for n in 0.. {
                if answered.is_over.load(Ordering::Acquire) {
                    return;
                }
                let resource = format!("client-{n_client}/{n}");
                let wait = if n % 2 == 0 { "accepted" } else { "durable" };
                // What was not answered may be there or not, and is not sent again.
                if client.post(&resource, wait) {
                    answered.resources.lock().unwrap().push(resource);
                    answered.n.fetch_add(1, Ordering::AcqRel);
                }
            }
        })
    };
    (0..N_CLIENTS).map(one).collect()
}

/// What is wrong with a log that should hold each of these once, and nothing twice.
fn problems(bed: &Bed, answered: &Answered) -> Vec<String> {
    let rows = bed.good(&["export", "--format", "ndjson"]).rows();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for row in &rows {
        if let Some(resource) = row["resource"].as_str() {
            *found.entry(resource.to_owned()).or_default() += 1;
        }
        *ids.entry(row["id"].to_string()).or_default() += 1;
    }
    let resources = answered.resources.lock().unwrap();
    let missing =
        resources.iter().filter(|resource| !found.contains_key(*resource)).map(|it| format!("{it} is missing"));
    let twice = found.iter().filter(|(_, n)| 1 < **n).map(|(it, n)| format!("{it} is there {n} times"));
    let same = ids.iter().filter(|(_, n)| 1 < **n).map(|(id, n)| format!("{id} is there {n} times"));
    missing.chain(twice).chain(same).collect()
}

#[test]
fn nothing_that_was_answered_is_lost_or_doubled() {
    let n_kills = rounds(5, 50);
    let bed = Bed::new();
    let mut server = Running::on(&bed);
    let answered = Arc::new(Answered::default());
    let clients = clients(server.address, &answered);
    for _ in 0..n_kills {
        answered.wait_for(N_BETWEEN);
        server.kill_and_start(&bed);
    }
    answered.wait_for(N_BETWEEN);
    answered.is_over.store(true, Ordering::Release);
    for client in clients {
        client.join().unwrap();
    }
    let n_answered = answered.n.load(Ordering::Acquire);
    assert!(server.stop().success());
    assert_eq!(problems(&bed, &answered), Vec::<String>::new(), "of {n_answered}");
    bed.good(&["verify"]);
    keep_line(&format!(
        "- {N_CLIENTS} clients posted to a server that was killed {n_kills} times: {n_answered} events were answered, each is in the log once, and the log verifies."
    ));
}

/// The control: between the clients and the server stands one that answers before anything is recorded.
#[test]
fn a_server_that_answers_too_early_is_found_out() {
    let bed = Bed::new();
    let mut server = Running::on(&bed);
    let answered = Arc::new(Answered::default());
    let clients = clients(hasty(server.address), &answered);
    answered.wait_for(N_BETWEEN);
    server.kill();
    // Answers that nobody has recorded.
    answered.wait_for(N_BETWEEN);
    answered.is_over.store(true, Ordering::Release);
    for client in clients {
        client.join().unwrap();
    }
    let mut server = Running::on(&bed);
    assert!(server.stop().success());
    assert!(problems(&bed, &answered).iter().any(|problem| problem.ends_with("is missing")));
}

/// A server that answers 202 at once and passes the event on afterwards, if it can.
fn hasty(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || answer_hastily(client, server));
        }
    });
    address
}

fn answer_hastily(client: TcpStream, server: SocketAddr) {
    let mut client = BufReader::new(client);
    let mut behind = Client::new(server);
    loop {
        let mut n_bytes = 0;
        loop {
            let mut line = String::new();
            if client.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(length) = line.strip_prefix("Content-Length: ") {
                n_bytes = length.trim_end().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; n_bytes];
        if client.read_exact(&mut body).is_err() {
            return;
        }
        if client.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}").is_err() {
            return;
        }
        let body = String::from_utf8(body).unwrap();
        let _ = behind.ask("POST", "/v1/events", "Content-Type: application/json\r\n", &body);
    }
}
