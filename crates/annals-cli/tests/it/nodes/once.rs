//! What is to be done now and then is done by one node, and by another when that one has lost its turn.

use annals_testkit::{PATIENCE, Provider, until};
use serde_json::{Value, json};

use super::Nodes;
use crate::serve::client::Client;
use crate::serve::running::Running;

const HEADERS: &str = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
/// Who has the turn to embed, as the server knows it.
const HOLDER: &str = "FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' \
    AND mode = 'ExclusiveLock' AND granted AND objid = 1095650885 AND datname = current_database()";

fn call(client: &mut Client, tool: &str, arguments: &Value) -> Value {
    let call =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
    let (status, answer) = client.ask("POST", "/mcp", HEADERS, &call.to_string()).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert!(status == 200 && answer["result"]["isError"] == false, "{tool}: {answer}");
    answer["result"]["structuredContent"].clone()
}

/// Has the nodes keep some notes, each of another node, and waits until all of them have vectors.
fn embedded(servers: &[Running], first: usize, n_notes: usize) {
    let mut clients: Vec<Client> = servers.iter().map(|server| Client::new(server.address)).collect();
    for n in first..first + n_notes {
        let note = json!({"source": "s", "tags": [], "description": format!("note-{n:03}-")});
        call(&mut clients[n % servers.len()], "remember", &note);
    }
    until("no entry waits", 3 * PATIENCE, || {
        call(&mut clients[0], "get_stats", &json!({}))["embeddings"]["pending"] == 0
    });
}

#[test]
fn each_entry_is_embedded_by_one_node_also_after_it_has_lost_its_turn() {
    let (nodes, provider) = (Nodes::sharing(2), Provider::start());
    let url = provider.url();
    let servers = nodes.start(&[
        ("ANNALS_EMBEDDING_PROVIDER", "openai"),
        ("ANNALS_EMBEDDING_URL", url.as_str()),
        ("ANNALS_EMBEDDING_MODEL", "m"),
    ]);
    let holder = || nodes.database().sql(&format!("SELECT pid {HOLDER}"));
    embedded(&servers, 0, 60);
    let mut n_notes = 60;
    for _ in 0..3 {
        let before = holder();
        assert_eq!(nodes.database().sql(&format!("SELECT bool_and(pg_terminate_backend(pid)) {HOLDER}")), "t");
        until("a node has the turn again", PATIENCE, || !holder().is_empty() && holder() != before);
        embedded(&servers, n_notes, 40);
        n_notes += 40;
    }
    let answered = provider.answered();
    let n_of =
        |n: usize| answered.iter().filter(|(text, _)| text.contains(&format!("note-{n:03}-"))).map(|(_, n)| n).sum();
    let counts: Vec<usize> = (0..n_notes).map(n_of).collect();
    assert!(counts.iter().all(|n| *n == 1), "{counts:?}");
    let n_vectors = nodes.database().sql("SELECT count(DISTINCT n) || ' ' || count(*) FROM entry_vector");
    assert_eq!(n_vectors, format!("{n_notes} {n_notes}"));
}
