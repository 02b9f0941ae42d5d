//! Names and pages from which a request may come: `Host` and `Origin`, each wrong by itself, on every path.

use crate::client::Client;
use crate::server::Server;

/// Paths of every kind: with a caller and without, known and unknown.
const PATHS: [&str; 5] = ["/v1/events", "/healthz", "/readyz", "/mcp", "/nowhere"];

/// The status of a request with these headers and no others.
fn status(server: &Server, path: &str, headers: &str) -> u16 {
    let mut client = Client::connect(server.address);
    client.write(format!("GET {path} HTTP/1.1\r\n{headers}\r\n").as_bytes());
    client.answer("GET").status
}

#[test]
fn an_origin_that_is_not_ours_is_refused_by_itself() {
    let server = Server::start();
    for path in PATHS {
        for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost.evil.example"] {
            let headers = format!("Host: {}\r\nOrigin: {origin}\r\n", server.address);
            assert_eq!(status(&server, path, &headers), 403, "{path} {origin}");
        }
        let own = format!("Host: {0}\r\nOrigin: http://{0}\r\n", server.address);
        assert_ne!(status(&server, path, &own), 403, "{path}");
    }
}

#[test]
fn a_host_that_is_not_ours_is_refused_by_itself() {
    let server = Server::start();
    for path in PATHS {
        for host in ["evil.example", &format!("evil.example:{}", server.address.port()), "10.1.2.3"] {
            assert_eq!(status(&server, path, &format!("Host: {host}\r\n")), 403, "{path} {host}");
        }
        assert_ne!(status(&server, path, "Host: localhost\r\n"), 403, "{path}");
    }
    // As the target, where it counts for more than the header.
    assert_eq!(status(&server, "http://evil.example/v1/events", "Host: localhost\r\n"), 403);
    assert_eq!(status(&server, "/v1/events", ""), 400);
    assert_eq!(status(&server, "/v1/events", "Host: localhost\r\nHost: evil.example\r\n"), 400);
}

#[test]
fn a_request_that_can_be_read_in_two_ways_is_refused_and_its_connection_ends() {
    let server = Server::start();
    let event = r#"{"event_type":"tool.invoked","tool":"smuggled"}"#;
    let chunked = format!("{:x}\r\n{event}\r\n0\r\n\r\n", event.len());
    let json = "Host: localhost\r\nContent-Type: application/json\r\n";
    let length = format!("Content-Length: {}\r\n", event.len());
    for (headers, body, status) in [
        (format!("{json}Transfer-Encoding: gzip, chunked\r\n"), &*chunked, 400),
        (format!("{json}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), &chunked, 400),
        (format!("{json}{length}Content-Type: text/plain\r\n"), event, 400),
        (format!("{json}{length}Content-Encoding: gzip\r\n"), event, 415),
        (format!("Host: evil.example@localhost\r\nContent-Type: application/json\r\n{length}"), event, 400),
    ] {
        let mut client = Client::connect(server.address);
        client.write(format!("POST /v1/events HTTP/1.1\r\n{headers}\r\n{body}").as_bytes());
        let answer = client.answer("POST");
        assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{headers}");
        assert!(answer.json()["code"].is_string());
    }
    server.audit.flush().unwrap();
    assert_eq!(server.audit.head().unwrap().n_events, 0);
    // Pieces and a length: the length says nothing, and nothing that follows is read as a request.
    let mut client = Client::connect(server.address);
    let head = format!("POST /v1/events HTTP/1.1\r\n{json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.write(format!("{head}{chunked}{head}{chunked}").as_bytes());
    let answer = client.answer("POST");
    assert_eq!((answer.status, answer.header("connection")), (202, Some("close")));
    server.audit.flush().unwrap();
    assert_eq!(server.audit.head().unwrap().n_events, 1);
    // The control: one way to read it.
    for headers in [format!("{json}{length}Content-Encoding: identity\r\n"), format!("{json}{length}")] {
        let mut client = Client::connect(server.address);
        client.write(format!("POST /v1/events HTTP/1.1\r\n{headers}\r\n{event}").as_bytes());
        assert_eq!(client.answer("POST").status, 202, "{headers}");
    }
}

#[test]
fn what_the_configuration_allows_may_call() {
    let mut config = annals_server::Config::default();
    config.allowed_hosts = vec!["annals.example".to_owned()];
    config.allowed_origins = vec!["https://desk.example".to_owned()];
    let server = Server::start_with(config);
    assert_eq!(status(&server, "/v1/events", "Host: annals.example\r\n"), 200);
    assert_eq!(status(&server, "/v1/events", "Host: annals.example\r\nOrigin: https://annals.example\r\n"), 200);
    assert_eq!(status(&server, "/v1/events", "Host: annals.example\r\nOrigin: https://desk.example\r\n"), 200);
    assert_eq!(status(&server, "/v1/events", "Host: annals.example\r\nOrigin: https://other.example\r\n"), 403);
    assert_eq!(status(&server, "/v1/events", "Host: other.example\r\nOrigin: https://desk.example\r\n"), 403);
}

#[test]
fn an_older_client_without_a_host_is_served() {
    let server = Server::start();
    let mut client = Client::connect(server.address);
    client.write(b"GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!(client.answer("GET").status, 200);
}
