//! The stream of rendered rows.

use annals::{Event, EventId};

use crate::client::Client;
use crate::page::bench::record;
use crate::server::Server;

/// Reads on until the word was told.
fn until(client: &mut Client, word: &str) -> String {
    let mut told = String::new();
    while !told.contains(word) {
        told.push_str(std::str::from_utf8(&client.piece().expect("the stream goes on")).expect("text"));
    }
    told
}

fn row(server: &Server, tool: &str) -> EventId {
    record(server, "default", Event::new("tool.invoked").tool(tool))
}

#[test]
fn a_new_event_comes_as_the_row_that_the_page_shows() {
    let server = Server::start();
    row(&server, "before");
    let mut client = Client::connect(server.address);
    client.head("GET", "/live?from=1", &[("Accept", "text/event-stream")]);
    let head = client.answer_head();
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    let id = row(&server, "after <b>");
    let told = until(&mut client, &id.to_string());
    assert!(told.contains("event: row\nid: 1\ndata: <tr role=\"row\""), "{told}");
    assert!(told.contains("after &lt;b&gt;") && !told.contains("before"), "{told}");
    let page = Client::connect(server.address).ask("GET", "/", &[], b"").text().to_owned();
    let sent = told.split("data: ").find(|data| data.contains(&id.to_string())).and_then(|data| data.lines().next());
    assert!(page.contains(sent.expect("a row")), "the same row stands in the page");
}

#[test]
fn whoever_comes_back_misses_nothing_and_gets_nothing_twice() {
    let server = Server::start();
    for tool in ["a", "b", "c"] {
        row(&server, tool);
    }
    let mut client = Client::connect(server.address);
    client.head("GET", "/live?from=0", &[("Last-Event-ID", "1")]);
    client.answer_head();
    let told = until(&mut client, "id: 2\n");
    assert_eq!(told.matches("event: row").count(), 1, "{told}");
}

#[test]
fn of_many_that_came_at_once_the_newest_are_sent() {
    let server = Server::start();
    let caller = annals::Caller::new("default", "somebody").expect("set up");
    for _ in 0..250 {
        server.audit.accept(Event::new("tool.invoked"), &caller).expect("set up");
    }
    server.audit.flush().expect("set up");
    let mut client = Client::connect(server.address);
    client.head("GET", "/live?from=0", &[]);
    client.answer_head();
    let told = until(&mut client, "event: pulse");
    assert_eq!(told.matches("event: row").count(), 100);
    assert!(told.contains("id: 150\n") && told.contains("id: 249\n") && !told.contains("id: 149\n"));
}

#[test]
fn a_place_that_is_none_is_refused() {
    let server = Server::start();
    for from in ["x", "-1", "99999999999999999999"] {
        let answer = Client::connect(server.address).ask("GET", &format!("/live?from={from}"), &[], b"");
        assert_eq!(answer.status, 400, "{from}");
    }
}
