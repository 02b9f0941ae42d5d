//! A second opinion from an endpoint.

use std::sync::Arc;

use annals_embed::{FailureKind, Key, Reranker, RerankerSettings, open_reranker};
use annals_testkit::PATIENCE;
use serde_json::json;

use crate::server::{Answer, Server};

fn reranker(url: &str) -> Arc<dyn Reranker> {
    let settings =
        RerankerSettings { url: Some(url.to_owned()), model: Some("judge".to_owned()), key: Some(Key::new("secret")) };
    open_reranker(&settings).unwrap().unwrap()
}

#[test]
fn nobody_is_asked_where_no_url_is_set() {
    assert!(open_reranker(&RerankerSettings::default()).unwrap().is_none());
}

#[test]
fn scores_come_in_the_order_of_the_texts() {
    let answer = json!({ "results": [
        { "index": 2, "relevance_score": 0.9 },
        { "index": 0, "relevance_score": -3.5, "document": { "text": "a" } },
        { "index": 1, "relevance_score": 0 },
    ] });
    let server = Server::that_gives(vec![Answer::json(&answer)]);
    assert_eq!(reranker(&server.url).rerank("why", &["a", "b", "c"], PATIENCE), Ok(vec![-3.5, 0.0, 0.9]));
    let request = server.request();
    assert_eq!(request.head[0], "POST /v1/rerank HTTP/1.1");
    assert_eq!(request.header("authorization"), Some("Bearer secret"));
    assert_eq!(request.body, json!({ "model": "judge", "query": "why", "documents": ["a", "b", "c"], "top_n": 3 }));
}

#[test]
fn no_texts_have_no_scores() {
    // Nobody listens there.
    assert_eq!(reranker("http://127.0.0.1:1").rerank("why", &[], PATIENCE), Ok(Vec::new()));
}

#[test]
fn an_answer_that_is_none_is_malformed() {
    let cases = [
        r#"{"results":[{"index":0,"relevance_score":1}]}"#,
        r#"{"results":[{"index":0,"relevance_score":1},{"index":0,"relevance_score":1}]}"#,
        r#"{"results":[{"index":0,"relevance_score":1},{"index":1}]}"#,
        r#"{"results":[{"index":0,"relevance_score":1},{"index":1,"relevance_score":null}]}"#,
        r#"{"results":[{"index":0,"relevance_score":1},{"index":1,"relevance_score":NaN}]}"#,
        r#"{"results":[{"index":0,"relevance_score":1},{"index":1,"relevance_score":1e999}]}"#,
        "[]",
    ];
    for body in cases {
        let server = Server::that_gives(vec![Answer::Whole(200, "", body.to_owned())]);
        let failure = reranker(&server.url).rerank("why", &["a", "b"], PATIENCE).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Malformed, "{body}");
    }
}

#[test]
fn failures_are_those_of_an_embedder() {
    for (status, kind) in
        [(401, FailureKind::Misconfigured), (422, FailureKind::Refused), (500, FailureKind::Unavailable)]
    {
        let server = Server::that_gives(vec![Answer::status(status)]);
        let failure = reranker(&server.url).rerank("why", &["a", "b"], PATIENCE).unwrap_err();
        assert_eq!(failure.kind, kind);
        assert!(!failure.message.contains("secret"), "{failure}");
    }
}
