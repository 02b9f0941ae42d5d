//! Cursors that nobody gave: each is refused in words or shows what its owner may see, and nothing else.

use serde_json::{Value, json};

use super::served::Served;
use crate::bed::Bed;

const ALICE: &str = "alice-token-0123456789";
const BOB: &str = "bob-token-0123456789ab";

#[test]
fn a_cursor_that_is_none_is_refused_on_every_wire() {
    let mut served = Served::start(&[]);
    served.answers();
    let long = "n".repeat(20_000);
    let huge = format!("n{}", "f".repeat(16));
    for bad in [
        "garbage",
        "n",
        "nZZ",
        "n5-",
        "n-1",
        "x5",
        "N5",
        "n5%00",
        "n%205",
        "n+5",
        "%F0%9F%92%A9",
        "'%20OR%201=1--",
        &huge,
        &long,
    ] {
        for path in ["/v1/events", "/v1/sessions", "/events", "/export.csv", "/export.ndjson"] {
            let answer = served.wire().get(&format!("{path}?cursor={bad}"));
            assert_eq!(answer.status, 400, "{path} {bad}: {answer:?}");
            assert!(answer.body.len() < 30_000, "{path}: {} bytes", answer.body.len());
        }
        let answer = served.call("query_events", &json!({ "cursor": bad }));
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["param"]),
            (&json!("invalid"), &json!("cursor")),
            "{answer}"
        );
    }
    // That of the other order.
    let answer = served.wire().get("/v1/events?cursor=n5&order=oldest");
    assert_eq!((answer.status, answer.json()["field"].as_str()), (400, Some("cursor")), "{answer:?}");
    // One that lies behind all that there is shows what there is, or nothing.
    let answer = served.wire().get("/v1/events?cursor=o7fffffffffffffff&order=oldest").json();
    assert_eq!(answer["events"], json!([]));
    let bad = ["99999999999999999999", "-1", "x", "1.5"];
    for id in bad {
        let answer = served.wire().ask("GET", "/v1/events/stream", &[("Last-Event-ID", id)], b"");
        assert_eq!(answer.status, 400, "{id}");
        assert_eq!(served.wire().get(&format!("/v1/events/stream?from={id}")).status, 400, "{id}");
    }
    served.end("bad cursors");
}

#[test]
fn a_cursor_of_another_filter_or_another_space_shows_what_one_may_see() {
    let bed = Bed::new();
    let tokens = bed.file("tokens", format!("{ALICE} alice red\n{BOB} bob blue\n"));
    std::fs::set_permissions(&tokens, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let tokens = tokens.to_str().unwrap().to_owned();
    let served = Served::on(bed, &[], &["--token-file", &tokens]);
    let ask = |token: &str, method: &str, path: &str, body: &str| -> Value {
        let authorization = format!("Bearer {token}");
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        served.wire().ask(method, path, &headers, body.as_bytes()).json()
    };
    for n in 0..40 {
        let (token, tool) = (if n % 2 == 0 { ALICE } else { BOB }, if n % 4 < 2 { "a" } else { "b" });
        let event = json!({"event_type": "tool.invoked", "tool": tool, "resource": format!("{token}/{n}")}).to_string();
        assert_eq!(ask(token, "POST", "/v1/events?wait=durable", &event)["state"], "durable");
    }
    // Every place that another one's cursor could name.
    let theirs = ask(ALICE, "GET", "/v1/events?tool=a&limit=3", "");
    let mut cursors = vec![theirs["cursor"].as_str().unwrap().to_owned()];
    cursors.extend((0..60).flat_map(|seq| [format!("n{seq:x}"), format!("o{seq:x}"), format!("n{seq:x}-{seq:x}")]));
    let mut n_seen = 0;
    for cursor in &cursors {
        let order = if cursor.starts_with('n') { "newest" } else { "oldest" };
        for filter in ["tool=b&", "type=tool.*&", ""] {
            let page = ask(BOB, "GET", &format!("/v1/events?{filter}order={order}&cursor={cursor}"), "");
            for event in page["events"].as_array().unwrap_or_else(|| panic!("{cursor}: {page}")) {
                n_seen += 1;
                assert_eq!(event["space"], "blue", "{cursor}: {event}");
                assert!(filter != "tool=b&" || event["tool"] == "b", "{cursor}: {event}");
            }
        }
    }
    assert!(100 < n_seen, "the control: they show something");
}
