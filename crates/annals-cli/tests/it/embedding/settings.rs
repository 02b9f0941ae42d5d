//! Settings of embedding that make no sense are refused by their name, and the key is said nowhere.

use annals_testkit::Provider;
use serde_json::json;

use super::{KEY, call, drain, served};
use crate::bed::{Bed, bytes_below, finish, spawn};
use crate::serve::client::Client;

/// Variables, and what the refusal names.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

/// Starts a program that serves, with these variables and the key.
fn run(bed: &Bed, words: &[&str], variables: &[(&str, &str)]) -> crate::bed::Ran {
    finish(spawn(bed.command(words).envs(variables.iter().copied()).env("ANNALS_EMBEDDING_KEY", KEY)))
}

#[test]
fn what_nothing_can_be_done_with_is_refused_by_its_name() {
    let nowhere = Bed::new().data();
    let nowhere = nowhere.to_str().unwrap();
    let cases: [Case; 4] = [
        (&[("ANNALS_EMBEDDING_PROVIDER", "openai"), ("ANNALS_EMBEDDING_MODEL", "m")], &["embedding_url"]),
        (
            &[("ANNALS_EMBEDDING_PROVIDER", "openai"), ("ANNALS_EMBEDDING_URL", "http://127.0.0.1:9/v1")],
            &["embedding_model", "hint:"],
        ),
        (&[("ANNALS_EMBEDDING_PROVIDER", "azure")], &["ANNALS_EMBEDDING_PROVIDER", "`openai`", "`local`"]),
        (&[("ANNALS_EMBEDDING_PROVIDER", "local"), ("ANNALS_EMBEDDING_MODEL", nowhere)], &["embedding_model", nowhere]),
    ];
    for (variables, parts) in cases {
        for words in [&["serve", "--listen", "127.0.0.1:0"][..], &["mcp"]] {
            let bed = Bed::new();
            let ran = run(&bed, words, variables);
            assert!(!ran.err.contains(KEY) && ran.out.is_empty(), "{words:?} {ran:?}");
            ran.refused(2, parts);
        }
    }
}

#[test]
fn the_key_is_shown_to_the_endpoint_and_to_nobody_else() {
    let bed = Bed::new();
    let provider = Provider::start();
    let mut server = served(&bed, &provider);
    let mut client = Client::new(server.address);
    call(&mut client, "remember", &json!({"source": "s", "tags": [], "description": "the car has rust"}));
    drain(server.address);
    provider.break_down();
    let page = call(&mut client, "search", &json!({"query": "automobile"}));
    let (_, figures) = client.ask("GET", "/metrics", "", "").unwrap();
    let (_, ready) = client.ask("GET", "/readyz", "", "").unwrap();
    assert!(server.stop().success());
    let log: String = server.log.iter().collect();
    assert!(log.contains("no vectors from the provider"), "the failure is in the log: {log}");
    let config = run(&bed, &["config"], &[]);
    assert!(config.code == Some(0) && config.out.contains("[set]"), "{config:?}");
    let data = String::from_utf8_lossy(&bytes_below(&bed.data())).into_owned();
    for said in [page.to_string(), figures, ready, log, config.out, config.err, data] {
        assert!(!said.contains(KEY), "{said}");
    }
    // The control: it was there to be said.
    assert!(provider.keys().iter().all(|key| key == KEY) && !provider.keys().is_empty());
}
