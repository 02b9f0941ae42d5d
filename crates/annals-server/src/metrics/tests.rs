//! The text that Prometheus reads: its conventions, and that its size is ours to say.

use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::{FOLD_EVERY, Metrics};

#[test]
fn two_servers_in_one_process_count_apart() {
    let (one, other) = (Metrics::new(), Metrics::new());
    one.events_accepted.increment(3);
    other.events_accepted.increment(1);
    assert!(one.registry.handle.render().contains("annals_events_accepted_total 3\n"));
    assert!(other.registry.handle.render().contains("annals_events_accepted_total 1\n"));
}

#[test]
fn every_metric_has_a_type_a_description_and_a_name_of_ours() {
    let metrics = Metrics::new();
    metrics.answered("/v1/events", &Method::POST, StatusCode::ACCEPTED, Duration::from_millis(3));
    let closed = annals::Audit::open("nowhere").unwrap();
    closed.close().unwrap();
    assert!(metrics.took(closed.record(annals::Event::new("tool.invoked"))).is_err());
    super::process::look(&metrics.registry);
    let text = metrics.registry.handle.render();
    let about = |kind: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(kind));
        lines.filter_map(|line| line.split_once(' ')).collect::<std::collections::BTreeMap<_, _>>()
    };
    let (types, helps) = (about("# TYPE "), about("# HELP "));
    assert!(15 < types.len(), "{text}");
    for (name, kind) in types {
        assert!(name.starts_with("annals_") || name.starts_with("process_"), "{name}");
        assert!(helps.contains_key(name), "{name} says nothing of itself");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert!(!name.ends_with("_ms") && !name.contains("kib"), "{name} is in no base unit");
    }
}

#[test]
fn a_request_is_in_the_bucket_of_its_time_by_route_and_not_by_path() {
    let metrics = Metrics::new();
    metrics.answered("/v1/events/{id}", &Method::GET, StatusCode::OK, Duration::from_millis(3));
    metrics.answered("/v1/events/{id}", &Method::GET, StatusCode::IM_A_TEAPOT, Duration::from_mins(1));
    let text = metrics.registry.handle.render();
    let bucket = |labels: &str| {
        format!("annals_http_request_duration_seconds_bucket{{route=\"/v1/events/{{id}}\",method=\"GET\",{labels}}}")
    };
    for (labels, n) in [
        (r#"status="2xx",le="0.0025""#, 0),
        (r#"status="2xx",le="0.005""#, 1),
        (r#"status="4xx",le="10""#, 0),
        (r#"status="4xx",le="+Inf""#, 1),
    ] {
        assert!(text.contains(&format!("{} {n}\n", bucket(labels))), "{labels}:\n{text}");
    }
}

#[test]
fn no_client_makes_the_list_of_metrics_grow_for_ever() {
    let metrics = Metrics::new();
    for n in 0..5_000 {
        let method = Method::from_bytes(format!("M{n}").as_bytes()).unwrap();
        // A route is a template of ours; this is what would happen if one were not.
        metrics.answered(&format!("/{n}"), &method, StatusCode::OK, Duration::ZERO);
    }
    let counts = |text: &str| text.lines().filter(|line| line.contains("_seconds_count{")).count();
    let text = metrics.registry.handle.render();
    assert!(counts(&text) <= super::requests::MAX_KINDS + 1, "{}", counts(&text));
    assert!(text.contains(r#"route="other",method="other",status="2xx""#));
}

#[test]
fn what_nobody_fetches_is_folded_and_none_of_it_lost() {
    let metrics = Metrics::new();
    let n = 3 * FOLD_EVERY + 5;
    for _ in 0..n {
        metrics.answered("/", &Method::GET, StatusCode::OK, Duration::from_micros(10));
    }
    let text = metrics.registry.handle.render();
    assert!(text.contains(&format!(r#"seconds_count{{route="/",method="GET",status="2xx"}} {n}"#)), "{text}");
}

#[test]
fn a_request_that_is_given_up_is_no_longer_under_way() {
    let metrics = Metrics::new();
    let is = |n: u32| metrics.registry.handle.render().contains(&format!("annals_http_requests_in_flight {n}\n"));
    let under_way = metrics.request();
    assert!(is(1));
    drop(under_way);
    assert!(is(0));
}
