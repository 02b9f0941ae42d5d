//! The endpoint counts what it is asked, keeps answers back and goes down.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::Provider;
use crate::Threads;

fn ask(url: &str, text: &str) -> String {
    let address = url.trim_start_matches("http://").trim_end_matches("/v1");
    let mut socket = TcpStream::connect(address).unwrap();
    let body = format!(r#"{{"model":"m","input":["{text}"]}}"#);
    let head =
        format!("POST /v1/embeddings HTTP/1.1\r\nAuthorization: Bearer k\r\nContent-Length: {}\r\n\r\n", body.len());
    socket.write_all((head + &body).as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer);
    answer
}

#[test]
fn it_answers_and_counts_and_holds_and_is_down() {
    let provider = Provider::start();
    assert!(ask(&provider.url(), "car").contains(r#""embedding":["#));
    provider.break_down();
    assert_eq!(ask(&provider.url(), "car"), "");
    provider.mend();
    assert_eq!((provider.asked()["car"], provider.n_turned_away(), provider.keys().len()), (1, 1, 1));
    provider.hold_after(1);
    assert!(ask(&provider.url(), "car").contains("200 OK"));
    let mut threads = Threads::new();
    let url = provider.url();
    threads.spawn("held", move || ask(&url, "boat"));
    provider.wait_until_held(1);
    assert_eq!((provider.asked()["boat"], provider.answered().get("boat")), (1, None));
    provider.release();
    assert!(threads.join()[0].contains("200 OK"));
    assert_eq!((provider.answered()["car"], provider.answered()["boat"]), (2, 1));
}
