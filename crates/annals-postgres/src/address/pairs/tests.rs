//! Addresses, taken apart.

use super::{NoAddress, read};

#[track_caller]
fn check(address: &str, expected: &[(&str, &str)]) {
    let pairs = read(address).expect(address);
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(pairs, expected, "{address}");
}

#[test]
fn urls() {
    check("postgres://", &[]);
    check("postgresql://a", &[("host", "a")]);
    check("postgres://a/b", &[("dbname", "b"), ("host", "a")]);
    check("postgres://u@/b?host=/tmp", &[("user", "u"), ("dbname", "b"), ("host", "/tmp")]);
    check(
        "postgres://u:p%40%3a@a:1,b,[::1]:3/d?sslmode=require&application_name=x%20y",
        &[
            ("user", "u"),
            ("password", "p@:"),
            ("dbname", "d"),
            ("host", "a,b,::1"),
            ("port", "1,,3"),
            ("sslmode", "require"),
            ("application_name", "x y"),
        ],
    );
    check("postgres://%2Fvar%2Frun/d", &[("dbname", "d"), ("host", "/var/run")]);
}

#[test]
fn lists() {
    check("host=a port=1", &[("host", "a"), ("port", "1")]);
    check(r" password = 'a \'b\\ c'  user=u", &[("password", r"a 'b\ c"), ("user", "u")]);
    check("user='' host=b", &[("user", ""), ("host", "b")]);
}

#[test]
fn what_is_none() {
    for address in [
        "",
        "quince://a",
        "postgres://u:p@ss@a",
        "postgres://a?b",
        "postgres://%zz",
        "postgres://[::1",
        "postgres://[::1]2",
        "postgres://a/%00",
        "quince",
        "=a",
        "a='b",
        "a b=c",
        r"a=b\",
    ] {
        assert_eq!(read(address), Err(NoAddress), "{address}");
    }
}
