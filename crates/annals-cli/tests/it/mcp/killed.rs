//! A server that is killed while agents write: what was answered is there, and the log and the entries agree.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use annals_testkit::{keep_line, rounds};
use serde_json::{Value, json};

use super::shared::HEADERS;
use crate::bed::{Bed, DEADLINE};
use crate::serve::client::Client;
use crate::serve::running::Running;

const N_CLIENTS: usize = 4;
const N_BETWEEN: usize = 40;

/// What was answered.
#[derive(Default)]
struct Answered {
    ids: Mutex<BTreeSet<String>>,
    n: AtomicUsize,
    is_over: AtomicBool,
}

impl Answered {
    fn wait_for(&self, n_more: usize) {
        let wanted = self.n.load(Ordering::Acquire) + n_more;
        let began = Instant::now();
        while self.n.load(Ordering::Acquire) < wanted {
            assert!(began.elapsed() < DEADLINE, "no answers come");
            thread::yield_now();
        }
    }
}

/// The object that a tool answers; nothing where no whole answer came.
fn call(client: &mut Client, tool: &str, arguments: &Value) -> Option<Value> {
    let call =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
    let (status, answer) = client.ask("POST", "/mcp", HEADERS, &call.to_string()).ok()?;
    let answer: Value = serde_json::from_str(&answer).ok()?;
    let is_done = status == 200 && answer["result"]["isError"] == false;
    is_done.then(|| answer["result"]["structuredContent"].clone())
}

fn clients(address: SocketAddr, answered: &Arc<Answered>) -> Vec<thread::JoinHandle<()>> {
    let one = |agent: usize| {
        let answered = Arc::clone(answered);
        thread::spawn(move || {
            let mut client = Client::new(address);
            let mut n = 0_usize;
            while !answered.is_over.load(Ordering::Acquire) {
                n += 1;
                let note = json!({"source": format!("agent-{agent}"), "tags": [], "description": format!("note {n}")});
                if let Some(kept) = call(&mut client, "remember", &note) {
                    answered.ids.lock().unwrap().insert(kept["id"].as_str().unwrap().to_owned());
                    answered.n.fetch_add(1, Ordering::AcqRel);
                }
            }
        })
    };
    (0..N_CLIENTS).map(one).collect()
}

/// The ids of all entries, page by page: a page is bounded in bytes.
fn all_ids(client: &mut Client) -> BTreeSet<String> {
    let mut there = BTreeSet::new();
    loop {
        let asked = json!({"mode": "list", "limit": 10_000, "offset": there.len()});
        let page = call(client, "get_knowledge", &asked).expect("the server is up");
        let entries = page["entries"].as_array().unwrap();
        there.extend(entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
        if page["has_more"] == false {
            return there;
        }
        assert!(!entries.is_empty(), "a page is empty, and there are more");
    }
}

#[test]
fn nothing_that_agents_were_told_is_kept_is_lost() {
    let n_kills = rounds(3, 50);
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
    let there = all_ids(&mut Client::new(server.address));
    let ids = answered.ids.lock().unwrap().clone();
    assert_eq!(ids.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(server.stop().success());
    bed.good(&["verify"]);
    keep_line(&format!(
        "- {N_CLIENTS} agents kept notes in a server that was killed {n_kills} times: {} were answered, each is there, and the log and the entries agree.",
        ids.len()
    ));
}

/// The calls that an agent begins with, each with what it is asked.
fn five() -> [(&'static str, Value); 5] {
    [
        ("get_briefing", json!({})),
        ("get_knowledge", json!({"mode": "list", "limit": 5})),
        ("get_stats", json!({})),
        ("remember", json!({"source": "restarts", "tags": [], "description": "kept", "logical_key": "kept"})),
        ("search", json!({"query": "kept"})),
    ]
}

#[test]
fn five_calls_at_once_go_on_after_a_restart_in_their_middle() {
    five_calls_at_once(&Bed::new());
}

#[test]
fn five_calls_at_once_go_on_after_a_restart_in_their_middle_over_postgresql() {
    five_calls_at_once(&Bed::in_postgres());
}

fn five_calls_at_once(bed: &Bed) {
    let n_restarts = rounds(3, 20);
    let mut server = Running::on(bed);
    let (answered, n_broken) = (Arc::new(<[Answered; 5]>::default()), Arc::new(AtomicUsize::new(0)));
    let mut clients = Vec::new();
    for (nth, (tool, arguments)) in five().into_iter().enumerate() {
        let (address, answered, n_broken) = (server.address, Arc::clone(&answered), Arc::clone(&n_broken));
        clients.push(thread::spawn(move || {
            let mut client = Client::new(address);
            while !answered[nth].is_over.load(Ordering::Acquire) {
                if call(&mut client, tool, &arguments).is_some() {
                    answered[nth].n.fetch_add(1, Ordering::AcqRel);
                } else {
                    n_broken.fetch_add(1, Ordering::AcqRel);
                }
            }
        }));
    }
    let wait = || answered.iter().for_each(|answered| answered.wait_for(10));
    wait();
    for _ in 0..n_restarts {
        server.kill_and_start(bed);
        wait();
        let (_, figures) = Client::new(server.address).ask("GET", "/metrics", "", "").unwrap();
        assert!(figures.lines().any(|line| line == "annals_store_openings_total 1"), "{figures}");
        let troubles = server.log.try_iter().filter(|line| !line.contains(" INFO "));
        assert_eq!(troubles.collect::<Vec<_>>(), Vec::<String>::new(), "it has something to complain of");
    }
    answered.iter().for_each(|answered| answered.is_over.store(true, Ordering::Release));
    for client in clients {
        client.join().unwrap();
    }
    assert!(n_restarts <= n_broken.load(Ordering::Acquire), "no call was in the middle");
    let stats = call(&mut Client::new(server.address), "get_stats", &json!({})).unwrap();
    assert_eq!(stats["entries"]["note"], 1, "{stats}");
    assert!(server.stop().success());
    bed.good(&["verify"]);
}
