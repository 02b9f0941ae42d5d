//! A real server that embeds by an endpoint of the test: killed in the middle, with the endpoint away, and with settings that make no sense.

mod away;
mod killed;
mod settings;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use annals_testkit::Provider;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::bed::Bed;
use crate::serve::client::Client;
use crate::serve::running::Running;

const N_CLIENTS: usize = 4;
const HEADERS: &str = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
/// What the endpoint is shown, and nobody else.
const KEY: &str = "sk-embedding-key-of-a-test-0123456789";

/// A server that embeds by this endpoint.
fn served(bed: &Bed, provider: &Provider) -> Running {
    let url = provider.url();
    let variables = [
        ("ANNALS_EMBEDDING_PROVIDER", "openai"),
        ("ANNALS_EMBEDDING_URL", url.as_str()),
        ("ANNALS_EMBEDDING_MODEL", "m"),
        ("ANNALS_EMBEDDING_KEY", KEY),
    ];
    Running::start(bed, "127.0.0.1:0", &[], &variables)
}

/// What a tool answers.
#[track_caller]
fn call(client: &mut Client, tool: &str, arguments: &Value) -> Value {
    let call =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
    let (status, answer) = client.ask("POST", "/mcp", HEADERS, &call.to_string()).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert!(status == 200 && answer["result"]["isError"] == false, "{tool}: {answer}");
    answer["result"]["structuredContent"].clone()
}

/// The words that the entry of this number alone has.
fn name(n: usize) -> String {
    format!("entry-{n:05}-")
}

/// Lets clients keep so many notes beside each other; every one of them is answered.
fn written(address: SocketAddr, n_notes: usize) {
    let one = |agent: usize| {
        thread::spawn(move || {
            let mut client = Client::new(address);
            for n in (agent..n_notes).step_by(N_CLIENTS) {
                let note = json!({"source": format!("agent-{agent}"), "tags": [], "description": name(n)});
                call(&mut client, "remember", &note);
            }
        })
    };
    let clients: Vec<_> = (0..N_CLIENTS).map(one).collect();
    for client in clients {
        client.join().unwrap();
    }
}

/// How embedding stands.
fn standing(address: SocketAddr) -> Value {
    call(&mut Client::new(address), "get_stats", &json!({}))["embeddings"].take()
}

/// Waits until no entry waits.
#[track_caller]
fn drain(address: SocketAddr) {
    let began = Instant::now();
    // A provider that was away for long is asked again only after a minute.
    while standing(address)["pending"] != 0 {
        assert!(began.elapsed() < Duration::from_mins(4), "entries wait: {}", standing(address));
        thread::park_timeout(Duration::from_millis(20));
    }
}

/// How many vectors each note has, by its description, as the file says: notes without one too.
fn vectors(bed: &Bed) -> BTreeMap<String, usize> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(bed.data().join("annals.db"), flags).unwrap();
    let mut statement = database
        .prepare(
            "SELECT e.data ->> 'description', (SELECT count(*) FROM entry_vector AS v WHERE v.n = e.n) FROM entry AS e",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).unwrap();
    rows.map(|row| row.map(|(name, n)| (name, usize::try_from(n).unwrap())).unwrap()).collect()
}

/// Whether all of so many notes are there, each with one vector, and no vector twice.
fn is_complete(vectors: &BTreeMap<String, usize>, n_notes: usize) -> bool {
    (0..n_notes).all(|n| vectors.get(&name(n)) == Some(&1)) && vectors.len() == n_notes
}

/// How often the endpoint was asked for the text of a note.
fn n_asked(asked: &BTreeMap<String, usize>, name: &str) -> usize {
    asked.iter().filter(|(text, _)| text.contains(name)).map(|(_, n)| n).sum()
}
