//! Eight producers at full speed, each of which goes on at another node when one fails it, and what must be true of the log afterwards.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bed::{Bed, DEADLINE};
use crate::serve::client::Client;

const N_PRODUCERS: usize = 8;
/// So many events in one request, now and then.
const N_TOGETHER: usize = 20;

/// Producers at work, and what they were answered.
pub(super) struct Load {
    said: Arc<Said>,
    producers: Vec<JoinHandle<()>>,
}

/// What was answered.
#[derive(Default)]
pub(super) struct Said {
    /// Of each producer, in its order.
    durable: [Mutex<Vec<String>>; N_PRODUCERS],
    accepted: Mutex<Vec<String>>,
    n_durable: AtomicUsize,
    is_over: AtomicBool,
}

impl Load {
    /// Has the producers begin with these nodes.
    pub(super) fn on(nodes: &[SocketAddr]) -> Self {
        let said = Arc::new(Said::default());
        let one = |producer| {
            let (said, nodes) = (Arc::clone(&said), nodes.to_vec());
            thread::spawn(move || said.produce(producer, &nodes))
        };
        let producers = (0..N_PRODUCERS).map(one).collect();
        Self { said, producers }
    }

    /// How many events were answered durable.
    pub(super) fn n_durable(&self) -> usize {
        self.said.n_durable.load(Ordering::Acquire)
    }

    /// Waits until so many more are answered durable, and says how long that took.
    #[track_caller]
    pub(super) fn wait_for(&self, n_more: usize) -> Duration {
        let (wanted, began) = (self.n_durable() + n_more, Instant::now());
        while self.n_durable() < wanted {
            assert!(began.elapsed() < DEADLINE, "nothing becomes durable");
            thread::park_timeout(Duration::from_millis(1));
        }
        began.elapsed()
    }

    /// Has the producers end, and answers what they were told.
    pub(super) fn end(self) -> Arc<Said> {
        self.said.is_over.store(true, Ordering::Release);
        for producer in self.producers {
            producer.join().unwrap();
        }
        self.said
    }
}

impl Said {
    fn produce(&self, producer: usize, nodes: &[SocketAddr]) {
        let mut at = producer % nodes.len();
        let mut client = Client::new(nodes[at]);
        let mut n_made = 0;
        for round in 0.. {
            if self.is_over.load(Ordering::Acquire) {
                return;
            }
            let n_events = if round % 8 == 0 { N_TOGETHER } else { 1 };
            let names: Vec<String> = (n_made..n_made + n_events).map(|n| format!("p{producer}/{n:07}")).collect();
            n_made += n_events;
            let events =
                names.iter().map(|name| format!(r#"{{"event_type":"resource_modified","resource":"{name}"}}"#));
            let events = events.collect::<Vec<_>>().join(",");
            let body = if n_events == 1 { events } else { format!("[{events}]") };
            let wait = if round % 3 == 0 { "accepted" } else { "durable" };
            let headers = "Content-Type: application/json\r\n";
            // What was not answered may be there or not, and is not sent again.
            match client.ask("POST", &format!("/v1/events?wait={wait}"), headers, &body) {
                Ok((201, _)) => {
                    self.n_durable.fetch_add(names.len(), Ordering::AcqRel);
                    self.durable[producer].lock().unwrap().extend(names);
                }
                Ok((202, _)) => self.accepted.lock().unwrap().extend(names),
                _ => {
                    at = (at + 1) % nodes.len();
                    client = Client::new(nodes[at]);
                    thread::park_timeout(Duration::from_millis(5));
                }
            }
        }
    }

    /// How many events were answered, durable or accepted.
    pub(super) fn n_answered(&self) -> usize {
        self.n_durable.load(Ordering::Acquire) + self.accepted.lock().unwrap().len()
    }

    /// What is wrong with a log that should hold each of these once, in its producer's order, and nothing twice.
    pub(super) fn problems_of(&self, rows: &[Value]) -> Vec<String> {
        let mut problems = Vec::new();
        let mut found: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        let mut next_pseqs: BTreeMap<&str, u64> = BTreeMap::new();
        let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, n) in rows.iter().zip(0..) {
            let seq = row["seq"].as_u64().unwrap();
            if seq != n {
                problems.push(format!("row {n} has the number {seq}"));
            }
            if row["event_type"] == "audit.gap" {
                problems.push(format!("a loss is declared: {row}"));
            }
            if let Some(resource) = row["resource"].as_str() {
                found.entry(resource).or_default().push(n);
            }
            *ids.entry(row["id"].as_str().unwrap()).or_default() += 1;
            let next = next_pseqs.entry(row["producer"].as_str().unwrap()).or_default();
            if row["pseq"].as_u64() != Some(*next) {
                problems.push(format!("row {n} is none in its producer's order: {row}"));
            }
            *next += 1;
        }
        problems.extend(found.iter().filter(|(_, at)| 1 < at.len()).map(|(name, _)| format!("{name} is there twice")));
        problems.extend(ids.iter().filter(|(_, n)| 1 < **n).map(|(id, _)| format!("{id} is there twice")));
        for name in &*self.accepted.lock().unwrap() {
            if !found.contains_key(name.as_str()) {
                problems.push(format!("{name} was accepted and is missing"));
            }
        }
        for durable in &self.durable {
            let mut newest = None;
            for name in &*durable.lock().unwrap() {
                let at = found.get(name.as_str()).map(|at| at[0]);
                if at.is_none() {
                    problems.push(format!("{name} was durable and is missing"));
                } else if at < newest {
                    problems.push(format!("{name} stands before one that was durable before it"));
                }
                newest = newest.max(at);
            }
        }
        problems
    }

    /// The same of a bed's log, which also verifies; and the control, that the same look finds each of the ways in which a log may be wrong.
    #[track_caller]
    pub(super) fn check(&self, bed: &Bed) -> usize {
        let rows = rows(bed);
        assert_eq!(self.problems_of(&rows), Vec::<String>::new(), "of {} answers", self.n_answered());
        assert_eq!(bed.good(&["verify"]).rows()[0]["verdict"], "sound");

        let is_durable = |row: &&Value| row["resource"].as_str().is_some_and(|name| name.starts_with("p0/"));
        let names: Vec<usize> = (0..rows.len()).filter(|n| is_durable(&&rows[*n])).collect();
        let (one, other) = (names[names.len() / 3], names[2 * names.len() / 3]);
        let renumbered = |mut rows: Vec<Value>| {
            for (row, n) in rows.iter_mut().zip(0_u64..) {
                row["seq"] = n.into();
            }
            self.problems_of(&rows)
        };
        let mut lost = rows.clone();
        lost.remove(one);
        assert_ne!(renumbered(lost), Vec::<String>::new(), "one that is lost is noticed");
        let mut doubled = rows.clone();
        doubled.insert(other, rows[one].clone());
        assert_ne!(renumbered(doubled), Vec::<String>::new(), "one that is doubled is noticed");
        let mut reordered = rows.clone();
        reordered.swap(one, other);
        assert_ne!(renumbered(reordered), Vec::<String>::new(), "two that changed places are noticed");
        rows.len()
    }
}

/// Every event of a bed's log.
pub(super) fn rows(bed: &Bed) -> Vec<Value> {
    bed.good(&["export", "--format", "ndjson"]).rows()
}
