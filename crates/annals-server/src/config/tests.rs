//! Settings by their names.

use super::{BadSetting, Config, table};

#[test]
fn what_is_printed_can_be_given_again() {
    let config = Config::default();
    for setting in config.list() {
        let mut other = Config::default();
        other.set(setting.name, &setting.value).unwrap();
        assert_eq!(other.list(), config.list(), "{}", setting.name);
    }
}

#[test]
fn a_variable_is_the_name_in_capitals() {
    for entry in table::ENTRIES {
        assert!(
            ["server_", "embedding_", "rerank_"].iter().any(|group| entry.name.starts_with(group)),
            "{}",
            entry.name
        );
        assert_eq!(entry.variable, format!("ANNALS_{}", entry.name.to_uppercase()));
    }
}

#[test]
fn a_text_is_taken_or_the_right_one_is_named() {
    let mut config = Config::default();
    for (name, text) in [
        ("server_listen", "[::1]:80"),
        ("server-max-body", "1MiB"),
        ("server_request_timeout", "1.5s"),
        ("server_allowed_hosts", "a.example, b.example"),
        ("server_allowed_origins", "https://a.example,http://b.example:8080"),
    ] {
        config.set(name, text).unwrap();
    }
    assert_eq!((config.listen.as_str(), config.max_body_bytes), ("[::1]:80", 1 << 20));
    assert_eq!(config.request_timeout.as_millis(), 1_500);
    assert_eq!(config.allowed_hosts, ["a.example", "b.example"]);
    for (name, text) in [
        ("server_listen", "8420"),
        ("server_listen", "::1"),
        ("server_max_body", "4MB"),
        ("server_max_body", "2GiB"),
        ("server_max_connections", "0"),
        ("server_request_timeout", "0s"),
        ("server_request_timeout", "30"),
        ("server_request_timeout", "NaNs"),
        ("server_blocking_threads", "513"),
        ("server_allowed_hosts", "http://annals.example/"),
        ("server_allowed_hosts", "*.example"),
        ("server_allowed_origins", "annals.example"),
        ("server_allowed_origins", "*"),
        ("server_allowed_origins", "https://annals.example/page"),
        ("embedding_provider", "ollama"),
        ("embedding_dimension", "20000"),
        ("embedding_patience", "0s"),
        ("embedding_workers", "0"),
    ] {
        assert!(matches!(config.set(name, text), Err(BadSetting::Wrong(_))), "{name} {text}");
    }
    assert_eq!(config.set("server_nothing", "1"), Err(BadSetting::Unknown));
}
