//! A server's URL is taken or refused with what would be right, and the backlog of vectors is waited for.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use super::{Embedding, Home, address};
use crate::eval::fake::Fake;
use crate::eval::interrupt::Interrupt;

#[test]
fn a_url_names_a_host() {
    for (url, host) in [
        ("http://127.0.0.1:8420", "127.0.0.1:8420"),
        ("http://127.0.0.1:8420/", "127.0.0.1:8420"),
        ("http://127.0.0.1:8420/mcp", "127.0.0.1:8420"),
        ("http://[::1]:8420", "[::1]:8420"),
        ("http://127.0.0.1", "127.0.0.1"),
    ] {
        let (found, address) = address(url).unwrap();
        assert_eq!(found, host);
        assert_eq!(address.port(), if url.contains("8420") { 8_420 } else { 80 });
    }
}

#[test]
fn what_is_no_url_of_a_server_is_refused() {
    for url in
        ["https://annals.example", "127.0.0.1:8420", "http://", "http://127.0.0.1:1/other", "http://me@127.0.0.1:1"]
    {
        let error = address(url).unwrap_err().to_string();
        assert!(error.contains("`--server`") && error.contains("http://HOST:PORT"), "{error}");
    }
}

#[test]
fn an_embedding_is_the_settings_of_the_server() {
    let service = Embedding::Service { url: "http://there/v1".to_owned(), model: "small".to_owned() };
    let told: Vec<_> = service.variables().into_iter().map(|(name, value)| (name, value.to_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("ANNALS_EMBEDDING_PROVIDER", "openai"),
            ("ANNALS_EMBEDDING_URL", "http://there/v1"),
            ("ANNALS_EMBEDDING_MODEL", "small"),
        ]
    );
}

fn home(fake: &Fake, n: usize) -> Home {
    Home { server: None, scratch: None, peers: fake.peers(n) }
}

#[test]
fn a_backlog_is_waited_for_until_it_is_empty() {
    let n_pending = AtomicU64::new(3);
    let fake = Fake::start(move |_| {
        let pending = n_pending.load(Ordering::Relaxed);
        n_pending.store(pending.saturating_sub(1), Ordering::Relaxed);
        Ok(json!({ "total": 3, "embeddings": { "pending": pending } }))
    });
    assert!(home(&fake, 2).wait_for_vectors(&Interrupt::default(), &|_| ()).unwrap());
    // 3, 2, 1 and 0 of the first space, 0 of the second.
    assert_eq!(fake.calls().len(), 5);
    assert_eq!(fake.calls().last().unwrap().token, "token-1");
}

#[test]
fn a_server_without_vectors_is_not_waited_for() {
    let fake = Fake::start(|_| Ok(json!({ "total": 3 })));
    assert!(!home(&fake, 1).wait_for_vectors(&Interrupt::default(), &|_| ()).unwrap());
    assert_eq!(fake.calls().len(), 1);
}

#[test]
fn waiting_ends_when_it_is_interrupted() {
    let fake = Fake::start(|_| Ok(json!({ "total": 3, "embeddings": { "pending": 1 } })));
    let interrupt = Interrupt::default();
    interrupt.press();
    home(&fake, 1).wait_for_vectors(&interrupt, &|_| ()).unwrap_err();
}
