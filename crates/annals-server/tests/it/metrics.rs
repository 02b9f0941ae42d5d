//! `/metrics` of a server that did something, and the names that the operations page promises.

use std::collections::BTreeSet;

use annals_testkit::{PATIENCE, until};

use crate::client::Client;
use crate::server::Server;

/// The value of a metric without labels, or with just these.
fn value(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn what_was_posted_and_how_the_log_is_can_be_fetched() {
    let server = Server::start();
    for _ in 0..3 {
        let (status, answer) = server.ask("POST", "/v1/events", r#"{"event_type":"tool.invoked","tool":"write_file"}"#);
        assert_eq!(status, 202, "{answer}");
    }
    let (status, _) = server.ask("POST", "/v1/events", r#"{"event_type":"no.such.type"}"#);
    assert_eq!(status, 400);
    server.audit.flush().unwrap();
    until("the log is sealed", PATIENCE, || server.audit.health().sealed_size.is_some());
    let (status, text) = server.ask("GET", "/metrics", "");
    assert_eq!(status, 200, "{text}");
    let number = |name: &str| value(&text, name).unwrap_or_else(|| panic!("no `{name}` in\n{text}"));
    let n_events = number("annals_log_events");
    assert!(3.0 <= n_events, "{n_events}");
    for (name, expected) in [
        ("annals_queue_events", 0.0),
        ("annals_queue_oldest_age_seconds", 0.0),
        ("annals_store_openings_total", 1.0),
        ("annals_health_state{state=\"ok\"}", 1.0),
        ("annals_health_state{state=\"failing\"}", 0.0),
        ("annals_log_readable", 1.0),
        ("annals_dead_letters", 0.0),
        ("annals_gaps", 0.0),
        ("annals_sealing_stopped", 0.0),
        ("annals_rolled_back", 0.0),
        ("annals_last_error", 0.0),
        ("annals_journals{state=\"dead\"}", 0.0),
        ("annals_connections_open", 1.0),
        ("annals_connections_accepted_total", 5.0),
        ("annals_connections_refused_total", 0.0),
        ("annals_streams_open", 0.0),
        ("annals_http_request_duration_seconds_count{route=\"/v1/events\",method=\"POST\",status=\"2xx\"}", 3.0),
        ("annals_http_request_duration_seconds_count{route=\"/v1/events\",method=\"POST\",status=\"4xx\"}", 1.0),
    ] {
        assert!((number(name) - expected).abs() < 0.5, "{name} is {}", number(name));
    }
    assert!((number("annals_durable_seq") - (n_events - 1.0)).abs() < 0.5);
    assert!(3.0 <= number("annals_events_durable_total") && 3.0 <= number("annals_events_accepted_total"));
    assert!(0.0 < number("annals_last_checkpoint_timestamp_seconds"));
    #[cfg(target_os = "linux")]
    {
        assert!(1e6 < number("process_resident_memory_bytes"));
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
        let age = now - number("process_start_time_seconds");
        assert!((-2.0..3_600.0).contains(&age), "the process says it is {age} s old");
    }
}

#[test]
fn no_path_and_no_value_of_a_client_is_in_a_label() {
    let server = Server::start();
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    for path in [&*format!("/v1/events/{id}"), "/secret-path-of-somebody", "/v1/events?tool=secret-tool"] {
        server.ask("GET", path, "");
    }
    let (_, text) = server.ask("GET", "/metrics", "");
    assert!(text.contains("route=\"none\""), "what has no route is counted as that:\n{text}");
    for word in ["secret", id] {
        assert!(!text.contains(word), "{word}:\n{text}");
    }
}

/// The names of metrics in a text: `annals_…` and `process_…`, whatever stands around them.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("annals_") || word.starts_with("process_")).collect()
}

#[test]
fn every_metric_that_the_operations_page_names_is_there() {
    let page = include_str!("../../../../docs/operations.md");
    // Before that it names roles and functions of a database.
    let page = &page[page.find("\n## Metrics\n").unwrap()..];
    let server = Server::start();
    server.ask("POST", "/v1/events", r#"{"event_type":"tool.invoked"}"#);
    server.ask("POST", "/v1/events", r#"{"event_type":"no.such.type"}"#);
    server.audit.flush().unwrap();
    until("the log is sealed", PATIENCE, || server.audit.health().sealed_size.is_some());
    let (_, text) = server.ask("GET", "/metrics", "");
    let there = names(&text);
    let missing: Vec<_> = names(page).into_iter().filter(|name| !there.contains(name)).collect();
    assert!(missing.is_empty(), "docs/operations.md names {missing:?}, which `/metrics` does not have");
    // The other way: whoever adds a metric says what it is for.
    let undocumented: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .filter(|name| !names(page).iter().any(|known| known.starts_with(name)))
        .collect();
    assert!(undocumented.is_empty(), "docs/operations.md says nothing of {undocumented:?}");
    // The control: the test can fail.
    assert!(!there.contains("annals_no_such_metric_total"));
}

#[test]
fn each_alert_says_what_to_do() {
    let page = include_str!("../../../../docs/operations.md");
    let alerts: Vec<_> = page.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(15 < alerts.len(), "{alerts:?}");
    for alert in alerts {
        let has_section = page
            .lines()
            .any(|line| line.strip_prefix("### ").is_some_and(|names| names.split(", ").any(|name| name == alert)));
        assert!(has_section, "nothing is said of what to do about `{alert}`");
    }
}

#[test]
fn the_trace_of_a_request_is_that_of_its_event() {
    let server = Server::start();
    let of_header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let of_event = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let post = |body: &str, trace: &str| {
        let mut client = Client::connect(server.address);
        let headers = [("content-type", "application/json"), ("traceparent", trace)];
        let answer = client.ask("POST", "/v1/events", &headers, body.as_bytes());
        assert_eq!(answer.status, 202, "{}", answer.text());
    };
    post(r#"{"event_type":"tool.invoked","tool":"a"}"#, of_header);
    post(&format!(r#"{{"event_type":"tool.invoked","tool":"b","traceparent":"{of_event}"}}"#), of_header);
    post(r#"{"event_type":"tool.invoked","tool":"c"}"#, "00-<script>-1");
    server.audit.flush().unwrap();
    for (tool, expected) in [("a", Some(of_header)), ("b", Some(of_event)), ("c", None)] {
        let (status, page) = server.ask("GET", &format!("/v1/events?tool={tool}"), "");
        assert_eq!(status, 200, "{page}");
        let page: serde_json::Value = serde_json::from_str(&page).unwrap();
        assert_eq!(page["events"][0]["traceparent"].as_str(), expected, "{tool}");
    }
}
