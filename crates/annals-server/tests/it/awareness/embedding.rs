//! Threads that embed need the database as requests do: it is opened once for all of them, and whoever asks whether the server is ready is told what waits.

use std::sync::Arc;

use annals::store::EventStore;
use annals::{Audit, Settings};
use annals_awareness::{Awareness, Embedding, Pace};
use annals_server::Config;
use annals_sqlite::{OpenMode, SqliteStore};
use annals_testkit::{Count, Gate, PATIENCE, Provider, Threads, counted, until};
use serde_json::json;

use super::{call_with, done, note};
use crate::server::Server;

const N_REQUESTS: usize = 12;
const N_WORKERS: usize = 8;

/// Who embeds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Workers {
    /// The server's own threads.
    OfTheServer,
    /// Threads that have a service of their own over the same database, as a broken server's would.
    OfTheirOwn,
}

fn settings(provider: &Provider) -> annals_embed::Settings {
    annals_embed::Settings {
        provider: annals_embed::Kind::OpenAi,
        url: Some(provider.url()),
        model: Some("m".to_owned()),
        ..annals_embed::Settings::default()
    }
}

fn config(provider: &Provider) -> Config {
    let mut config = Config::default();
    config.embedding = settings(provider);
    config.pace.n_workers = N_WORKERS;
    config
}

/// Lets requests and workers race for a database that nobody has opened, and answers how often it was opened and how many requests failed.
fn race(workers: Workers) -> (u64, usize) {
    let provider = Provider::start();
    let folder = tempfile::tempdir().expect("set up");
    let data = folder.path().join("trail");
    std::fs::create_dir(&data).expect("set up");
    let database = data.join("annals.db");
    let (count, opener): (Count, _) = counted(move |_| -> Result<Arc<dyn EventStore>, annals::store::Error> {
        Ok(Arc::new(SqliteStore::open(&database, OpenMode::ReadWriteCreate)?))
    });
    let opener = Arc::new(opener);
    let audit = || {
        let opener = Arc::clone(&opener);
        Audit::with_opener(&Settings::new(&data), move || opener()).expect("set up")
    };
    let is_own = workers == Workers::OfTheirOwn;
    let config = if is_own { Config::default() } else { config(&provider) };
    let server = Arc::new(Server::start_over(audit(), folder, config));
    let gate = Arc::new(Gate::new("first requests", N_REQUESTS + usize::from(is_own)));
    let mut threads = Threads::new();
    for n in 0..N_REQUESTS {
        let (server, gate) = (Arc::clone(&server), Arc::clone(&gate));
        threads.spawn(format!("request {n}"), move || {
            gate.wait();
            let (tool, arguments) = match n % 3 {
                0 => ("remember", note(format!("note {n}"))),
                1 => ("search", json!({"query": "note"})),
                _ => ("get_stats", json!({})),
            };
            call_with(&server, &[], tool, &arguments)
        });
    }
    let mut own = Vec::new();
    let mut stopped = None;
    if is_own {
        let embedder = annals_embed::open(&settings(&provider)).expect("set up").expect("set up");
        let service = Awareness::new(audit()).with_embedding(Embedding::new(embedder, None, Pace::default()));
        gate.wait();
        own = service.embed(true).expect("set up");
        stopped = Some(service);
    }
    let answers = threads.join();
    until("every note has its vector", PATIENCE, || {
        provider.answered().keys().filter(|text| text.contains("note ")).count() == N_REQUESTS / 3
    });
    if let Some(service) = &stopped {
        service.embedding().expect("it embeds").stop();
        for worker in own {
            worker.join().expect("no worker panics");
        }
    }
    (count.n(), answers.iter().filter(|answer| answer["isError"] != false).count())
}

#[test]
fn workers_and_requests_open_it_once() {
    assert_eq!(race(Workers::OfTheServer), (1, 0));
}

/// The control: workers that open it for themselves are counted.
#[test]
fn workers_of_their_own_are_noticed() {
    assert_eq!(race(Workers::OfTheirOwn), (2, 0));
}

#[test]
fn who_asks_whether_it_is_ready_is_told_how_many_entries_wait() {
    let provider = Provider::start();
    let server = Server::start_with(config(&provider));
    let ready = || server.ask("GET", "/readyz", "");
    done(&server, "remember", &note("the first"));
    until("nothing waits", PATIENCE, || ready() == (200, "ready\nembeddings: 0 entries wait\n".to_owned()));
    provider.hold_after(0);
    for n in 0..5 {
        done(&server, "remember", &note(format!("note {n}")));
    }
    let (status, said) = ready();
    assert_eq!((status, said.as_str()), (200, "ready\nembeddings: 5 entries wait\n"));
    provider.release();
    until("nothing waits again", PATIENCE, || ready().1 == "ready\nembeddings: 0 entries wait\n");
    // The control: where nothing embeds, nothing is said of it.
    let plain = Server::start();
    done(&plain, "remember", &note("the first"));
    assert_eq!(plain.ask("GET", "/readyz", ""), (200, "ready\n".to_owned()));
}

#[test]
fn who_asks_is_told_that_the_provider_is_away_and_is_let_in_all_the_same() {
    let provider = Provider::start();
    provider.break_down();
    let server = Server::start_with(config(&provider));
    done(&server, "remember", &note("the first"));
    let said = "ready\nembeddings: the provider was not reached yet; the provider does not answer\n";
    until("it is told", PATIENCE, || server.ask("GET", "/readyz", "") == (200, said.to_owned()));
}
