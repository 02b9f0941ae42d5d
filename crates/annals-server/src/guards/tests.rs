//! Names and origins, each by itself.

use super::{Authority, Names, SocketAddr};

#[track_caller]
fn check(at: &str, host: &str, origin: Option<&str>, expected: bool) {
    let at: SocketAddr = at.parse().unwrap();
    let hosts = ["annals.example".to_owned(), "proxy.example:443".to_owned()];
    let origins = ["https://desk.example".to_owned()];
    let names = Names { hosts: &hosts, origins: &origins, at: Some(at) };
    let authority: Authority = host.parse().unwrap();
    let passes =
        names.has_host(authority.host()) && origin.is_none_or(|origin| names.has_origin(origin, Some(&authority)));
    assert_eq!(passes, expected, "{host} {origin:?} at {at}");
}

const HERE: &str = "127.0.0.1:8420";

#[test]
fn a_host_is_a_name_of_the_server() {
    for host in [
        "127.0.0.1:8420",
        "localhost:8420",
        "LOCALHOST",
        "[::1]:8420",
        "127.0.0.9",
        "annals.example:9",
        "Proxy.example",
    ] {
        check(HERE, host, None, true);
    }
    for host in [
        "evil.example",
        "evil.example:8420",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.7",
        "annals.example.evil",
        "0.0.0.0:8420",
    ] {
        check(HERE, host, None, false);
    }
    check("10.0.0.7:8420", "10.0.0.7:8420", None, true);
    check("[::ffff:10.0.0.7]:8420", "10.0.0.7:8420", None, true);
    check("10.0.0.7:8420", "10.0.0.8:8420", None, false);
}

#[test]
fn an_origin_is_the_servers_own_or_listed() {
    for (host, origin) in [
        ("127.0.0.1:8420", "http://127.0.0.1:8420"),
        ("127.0.0.1:8420", "http://localhost:8420"),
        ("localhost:9000", "http://localhost:9000"),
        ("annals.example", "https://annals.example"),
        ("annals.example:443", "https://annals.example"),
        ("127.0.0.1:8420", "https://desk.example"),
    ] {
        check(HERE, host, Some(origin), true);
    }
    for (host, origin) in [
        ("127.0.0.1:8420", "http://evil.example"),
        ("127.0.0.1:8420", "http://evil.example:8420"),
        ("127.0.0.1:8420", "null"),
        ("127.0.0.1:8420", ""),
        ("127.0.0.1:8420", "http://localhost:3000"),
        ("127.0.0.1:8420", "http://localhost"),
        ("127.0.0.1:8420", "file://"),
        ("127.0.0.1:8420", "ftp://127.0.0.1:8420"),
        ("127.0.0.1:8420", "https://desk.example.evil"),
        ("annals.example", "https://annals.example:8443"),
    ] {
        check(HERE, host, Some(origin), false);
    }
}
