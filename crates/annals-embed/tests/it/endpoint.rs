//! Vectors from an endpoint: what is asked, what is taken for an answer, and what each failure is.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use annals_embed::{Embedder, Failure, FailureKind, Key, Kind, Settings, open};
use annals_testkit::PATIENCE;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

const KEY: &str = "sk-a-word-that-nobody-else-says";
const TEXT: &str = "what the text says is nobody's business";

fn settings(url: &str) -> Settings {
    Settings {
        provider: Kind::OpenAi,
        url: Some(url.to_owned()),
        model: Some("small".to_owned()),
        key: Some(Key::new(KEY)),
        dimension: None,
    }
}

fn embedder(url: &str) -> Arc<dyn Embedder> {
    open(&settings(url)).unwrap().unwrap()
}

fn vectors(vectors: &[(usize, &[f32])]) -> Value {
    let item =
        |(index, vector): &(usize, &[f32])| json!({ "object": "embedding", "index": index, "embedding": vector });
    json!({ "object": "list", "data": vectors.iter().map(item).collect::<Vec<_>>(), "model": "small" })
}

/// What becomes of two texts for which a server has this answer.
#[track_caller]
fn failure(answer: Answer) -> Failure {
    let server = Server::that_gives(vec![answer]);
    let failure = embedder(&server.url).embed(&[TEXT, "b"], PATIENCE).unwrap_err();
    assert!(failure.message.contains(&server.url), "{}", failure.message);
    for secret in [KEY, TEXT] {
        assert!(!format!("{failure} {failure:?}").contains(secret), "{failure:?}");
    }
    failure
}

fn close(found: &[f32], expected: &[f32]) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6)
}

#[test]
fn vectors_come_in_the_order_of_the_texts_and_of_length_one() {
    let server = Server::that_gives(vec![Answer::json(&vectors(&[(1, &[0.0, 2.0]), (0, &[3.0, 4.0])]))]);
    let embedder = embedder(&server.url);
    assert_eq!((embedder.model(), embedder.dimension()), ("small", None));

    let found = embedder.embed(&["a", "b"], PATIENCE).unwrap();

    assert!(close(&found[0], &[0.6, 0.8]) && close(&found[1], &[0.0, 1.0]), "{found:?}");
    assert_eq!(embedder.dimension(), Some(2));
    let request = server.request();
    assert_eq!(request.head[0], "POST /v1/embeddings HTTP/1.1");
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.body, json!({ "model": "small", "input": ["a", "b"], "encoding_format": "float" }));
}

#[test]
fn a_dimension_is_asked_for_and_no_key_sends_none() {
    let server = Server::that_gives(vec![Answer::json(&vectors(&[(0, &[1.0, 0.0])]))]);
    // The slash at the end is one that people write.
    let settings = Settings { key: None, dimension: Some(2), ..settings(&format!("{}/", server.url)) };
    let embedder = open(&settings).unwrap().unwrap();
    assert_eq!(embedder.dimension(), Some(2));
    embedder.embed(&["a"], PATIENCE).unwrap();
    let request = server.request();
    assert_eq!(request.head[0], "POST /v1/embeddings HTTP/1.1");
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.body["dimensions"], 2);
}

#[test]
fn nothing_is_asked_for_no_texts_or_without_time() {
    let server = Server::that_gives(vec![Answer::status(500)]);
    let embedder = embedder(&server.url);
    assert_eq!(embedder.embed(&[], PATIENCE), Ok(Vec::new()));
    assert_eq!(embedder.embed(&["a"], Duration::ZERO).unwrap_err().kind, FailureKind::Unavailable);
    // The control: with time it is asked, and that is the first request that arrives.
    assert!(embedder.embed(&["asked"], PATIENCE).is_err());
    assert_eq!(server.request().body["input"], json!(["asked"]));
    assert_eq!(server.n_requests_left(), 0);
}

#[test]
fn an_answer_that_is_none_is_malformed() {
    let cases = [
        ("1 vectors for 2 texts", vectors(&[(0, &[1.0])]).to_string()),
        ("3 vectors", vectors(&[(0, &[1.0]), (1, &[1.0]), (2, &[1.0])]).to_string()),
        ("`index`", vectors(&[(0, &[1.0]), (0, &[1.0])]).to_string()),
        ("`index`", vectors(&[(1, &[1.0]), (2, &[1.0])]).to_string()),
        ("2 numbers instead of 1", vectors(&[(0, &[1.0]), (1, &[1.0, 2.0])]).to_string()),
        ("zeros", vectors(&[(0, &[1.0, 0.0]), (1, &[0.0, 0.0])]).to_string()),
        ("zeros", vectors(&[(0, &[]), (1, &[])]).to_string()),
        ("numbered vectors", r#"{"data":[{"index":0,"embedding":[NaN]},{"index":1,"embedding":[1]}]}"#.to_owned()),
        ("numbered vectors", r#"{"data":[{"index":0,"embedding":[null]},{"index":1,"embedding":[1]}]}"#.to_owned()),
        ("vector", r#"{"data":[{"index":0,"embedding":[1e300]},{"index":1,"embedding":[1]}]}"#.to_owned()),
        ("numbered vectors", r#"{"data":[{"index":0,"embedding":"AACAPw=="},{"index":1,"embedding":[1]}]}"#.to_owned()),
        ("numbered vectors", format!("{{\"data\":{TEXT:?}}}")),
        ("numbered vectors", "<html>please log in</html>".to_owned()),
        ("numbered vectors", String::new()),
    ];
    for (problem, body) in cases {
        let failure = failure(Answer::Whole(200, "", body.clone()));
        assert_eq!(failure.kind, FailureKind::Malformed, "{body}");
        assert!(failure.message.contains(problem), "{problem}: {}", failure.message);
    }
}

#[test]
fn a_later_answer_is_held_to_the_dimension_of_the_first() {
    let server = Server::that_gives(vec![
        Answer::json(&vectors(&[(0, &[1.0, 1.0])])),
        Answer::json(&vectors(&[(0, &[1.0, 1.0, 1.0])])),
        Answer::json(&vectors(&[(0, &[1.0, 2.0])])),
    ]);
    let embedder = embedder(&server.url);
    assert!(embedder.embed(&["a"], PATIENCE).is_ok());
    assert_eq!(embedder.embed(&["a"], PATIENCE).unwrap_err().kind, FailureKind::Malformed);
    assert!(embedder.embed(&["a"], PATIENCE).is_ok());
}

#[test]
fn the_dimension_of_an_answer_that_is_refused_is_forgotten() {
    let server = Server::that_gives(vec![
        Answer::json(&vectors(&[(0, &[0.0, 0.0, 0.0])])),
        Answer::json(&vectors(&[(0, &[1.0, 1.0])])),
    ]);
    let embedder = embedder(&server.url);
    assert!(embedder.embed(&["a"], PATIENCE).is_err());
    assert_eq!(embedder.dimension(), None);
    assert!(embedder.embed(&["a"], PATIENCE).is_ok());
}

#[test]
fn a_status_says_what_trying_again_would_be_good_for() {
    let cases = [
        (400, FailureKind::Refused),
        (413, FailureKind::Refused),
        (422, FailureKind::Refused),
        (401, FailureKind::Misconfigured),
        (403, FailureKind::Misconfigured),
        (404, FailureKind::Misconfigured),
        (405, FailureKind::Misconfigured),
        (408, FailureKind::Unavailable),
        (429, FailureKind::Busy { retry_after: None }),
        (500, FailureKind::Unavailable),
        (502, FailureKind::Unavailable),
        (503, FailureKind::Unavailable),
    ];
    for (status, kind) in cases {
        let failure = failure(Answer::status(status));
        assert_eq!(failure.kind, kind, "{status}");
        assert!(failure.message.contains(&status.to_string()), "{}", failure.message);
    }
}

#[test]
fn a_busy_endpoint_says_how_long_and_no_longer_than_an_hour() {
    for (header, retry_after) in [
        ("Retry-After: 7\r\n", Some(Duration::from_secs(7))),
        ("Retry-After: 99999999\r\n", Some(Duration::from_hours(1))),
        ("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", None),
    ] {
        let failure = failure(Answer::Whole(429, header, String::new()));
        assert_eq!(failure.kind, FailureKind::Busy { retry_after }, "{header}");
    }
}

#[test]
fn an_error_that_copies_the_text_and_the_key_is_not_repeated() {
    for code in [KEY, TEXT] {
        let body = json!({ "error": { "message": format!("bad {TEXT} by {KEY}"), "code": code, "type": code } });
        failure(Answer::Whole(400, "", body.to_string()));
        failure(Answer::Whole(200, "", body.to_string()));
    }
    // The control: a code that is known is.
    let body = json!({ "error": { "message": TEXT, "code": "model_not_found" } });
    assert!(failure(Answer::Whole(404, "", body.to_string())).message.contains("model_not_found"));
}

#[test]
fn a_redirection_is_not_followed() {
    let elsewhere = Server::that_gives(vec![Answer::status(500)]);
    let location: &'static str = format!("Location: {}/embeddings\r\n", elsewhere.url).leak();
    for status in [301, 307, 308] {
        assert_eq!(failure(Answer::Whole(status, location, String::new())).kind, FailureKind::Misconfigured);
    }
    // The control: who is asked is asked there, first.
    assert!(embedder(&elsewhere.url).embed(&["first"], PATIENCE).is_err());
    assert_eq!(elsewhere.request().body["input"], json!(["first"]));
}

#[test]
fn patience_ends_a_wait_for_what_never_comes() {
    for answer in [Answer::Nothing, Answer::Half] {
        let server = Server::that_gives(vec![answer]);
        let failure = embedder(&server.url).embed(&[TEXT], Duration::from_millis(200)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
        assert!(!failure.message.contains(KEY) && !failure.message.contains(TEXT));
        // The server had the whole request, has said no more, and saw the client go.
        server.request();
        server.wait_until_gone();
    }
}

#[test]
fn a_body_without_end_is_cut_off() {
    let server = Server::that_gives(vec![Answer::Endless]);
    let failure = embedder(&server.url).embed(&["a"], PATIENCE).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Malformed, "{failure}");
    assert!(failure.message.contains("more than 1310720 bytes"), "{failure}");
    server.wait_until_gone();
}

#[test]
fn who_is_not_there_or_hangs_up_is_unavailable() {
    assert_eq!(failure(Answer::Closed).kind, FailureKind::Unavailable);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", free.local_addr().unwrap());
    drop(free);
    let failure = embedder(&url).embed(&["a"], PATIENCE).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
}
