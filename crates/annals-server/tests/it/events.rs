//! Events in by HTTP, and out again.

use crate::server::Server;

#[test]
fn an_event_that_was_posted_is_found() {
    let server = Server::start();
    let (status, answer) = server.ask("POST", "/v1/events", r#"{"event_type":"tool.invoked","tool":"write_file"}"#);
    assert_eq!(status, 202, "{answer}");
    server.audit.flush().unwrap();
    let (status, page) = server.ask("GET", "/v1/events?type=tool.*&since=1h", "");
    assert_eq!(status, 200, "{page}");
    assert!(page.contains(r#""tool":"write_file""#) && page.contains(r#""space":"default""#), "{page}");
    let (status, page) = server.ask("GET", "/v1/events?tool=other", "");
    assert_eq!((status, page.as_str()), (200, r#"{"events":[]}"#));
}

#[test]
fn what_is_wrong_is_a_problem_document() {
    let server = Server::start();
    let (status, problem) = server.ask("POST", "/v1/events", r#"{"event_type":"tool.invokd"}"#);
    assert_eq!(status, 400);
    assert!(problem.contains("did you mean `tool.invoked`"), "{problem}");
    let (status, problem) = server.ask("GET", "/v1/events?tol=x", "");
    assert_eq!(status, 400);
    assert!(problem.contains("did you mean `tool`"), "{problem}");
}
