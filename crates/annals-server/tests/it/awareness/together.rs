//! Many agents at once: nothing of anybody's is lost.

use std::sync::Arc;

use annals_server::Config;
use annals_testkit::{Gate, Threads, keep_line, rounds};
use futures_together::all;
use serde_json::{Value, json};

use super::{call_with, done, note};
use crate::mcp::pipe::{Pipe, in_both_lives};
use crate::server::Server;

/// Waits for all of them, which run beside each other.
mod futures_together {
    use std::future::Future;

    /// The answers in the order of the questions.
    pub(super) async fn all<T: Send + 'static>(
        asked: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
    ) -> Vec<T> {
        let running: Vec<_> = asked.into_iter().map(tokio::spawn).collect();
        let mut answers = Vec::with_capacity(running.len());
        for one in running {
            answers.push(one.await.expect("no call panics"));
        }
        answers
    }
}

#[test]
fn five_calls_at_once_are_all_answered() {
    in_both_lives(&Config::default(), |pipe| async move {
        let pipe = Arc::new(pipe);
        let calls = [
            ("get_briefing", json!({})),
            ("get_knowledge", json!({})),
            ("get_stats", json!({})),
            ("remember", note("one of five")),
            ("search", json!({"query": "five"})),
        ];
        let asked = calls.into_iter().map(|(tool, arguments)| {
            let pipe = Arc::clone(&pipe);
            async move { pipe.call(tool, arguments).await }
        });
        for result in all(asked).await {
            assert_eq!(result.is_error, Some(false), "{result:?}");
        }
        drained(pipe).await;
    });
}

/// The pipe once nobody else has it, so that it closes here.
async fn drained(pipe: Arc<Pipe>) {
    let mut pipe = pipe;
    loop {
        match Arc::try_unwrap(pipe) {
            Ok(last) => return drop(last),
            Err(shared) => pipe = shared,
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn twenty_notes_of_one_client_at_once_are_twenty_notes() {
    in_both_lives(&Config::default(), |pipe| async move {
        let pipe = Arc::new(pipe);
        let asked = (0..20).map(|n| {
            let pipe = Arc::clone(&pipe);
            async move { pipe.good("remember", note(format!("note {n}"))).await["id"].clone() }
        });
        let mut ids: Vec<String> = all(asked).await.iter().map(Value::to_string).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 20);
        let page = pipe.good("get_knowledge", json!({"limit": 100})).await;
        assert_eq!(page["entries"].as_array().expect("as it should be").len(), 20);
        drained(pipe).await;
    });
}

/// What agents did to one entry: how many changes were made, and how many were refused as coming too late.
struct Struggle {
    server: Arc<Server>,
    id: Value,
    n_changed: usize,
    n_conflicts: usize,
}

/// So many agents change one entry so often each; every other one says what it believes to change.
fn struggle(n_agents: usize, n_updates: usize) -> Struggle {
    let server = Arc::new(Server::start());
    let id = done(&server, "remember", &note("from the beginning"))["id"].clone();
    let gate = Arc::new(Gate::new("agents", n_agents));
    let mut threads = Threads::new();
    for agent in 0..n_agents {
        let (server, gate, id) = (Arc::clone(&server), Arc::clone(&gate), id.clone());
        threads.spawn(format!("agent {agent}"), move || {
            gate.wait();
            let (mut n_changed, mut n_conflicts) = (0, 0);
            let mut expected = Value::Null;
            for update in 0..n_updates {
                let mut wanted = json!({"entry_id": id, "description": format!("agent {agent}, update {update}")});
                if agent % 2 == 1 && !expected.is_null() {
                    wanted["expected_updated"] = expected.clone();
                }
                let result = call_with(&server, &[], "update_entry", &wanted);
                let answer = &result["structuredContent"];
                if result["isError"] == false {
                    n_changed += 1;
                    expected = answer["updated"].clone();
                } else {
                    assert_eq!(answer["error"]["code"], "conflict", "{result}");
                    n_conflicts += 1;
                    expected = Value::Null;
                }
            }
            (n_changed, n_conflicts)
        });
    }
    let counts = threads.join();
    Struggle {
        server,
        id,
        n_changed: counts.iter().map(|(changed, _)| changed).sum(),
        n_conflicts: counts.iter().map(|(_, conflicts)| conflicts).sum(),
    }
}

/// What the entry was before, and is.
fn histories(struggle: &Struggle) -> Vec<String> {
    let page = done(&struggle.server, "get_knowledge", &json!({"include_history": "true"}));
    let entry = &page["entries"][0];
    assert_eq!(entry["id"], struggle.id);
    let changes = entry["data"]["changelog"].as_array().expect("as it should be");
    let before = changes.iter().map(|change| &change["changed"]["description"]);
    before
        .chain([&entry["data"]["description"]])
        .map(|text| text.as_str().expect("as it should be").to_owned())
        .collect()
}

#[test]
fn every_change_of_one_entry_is_in_its_history_or_was_refused() {
    let (n_agents, n_updates) = (rounds(8, 50), rounds(5, 20));
    let struggle = struggle(n_agents, n_updates);
    assert_eq!(struggle.n_changed + struggle.n_conflicts, n_agents * n_updates);
    let mut texts = histories(&struggle);
    assert_eq!(texts.len(), struggle.n_changed + 1);
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), struggle.n_changed + 1, "each text is there once");
    struggle.server.audit.flush().expect("as it should be");
    keep_line(&format!(
        "- {n_agents} agents changed one entry {n_updates} times each: {} changes are in its history, {} were refused as conflicts, none is missing.",
        struggle.n_changed, struggle.n_conflicts
    ));
}
