//! Which traces are believed, and which event gets one.

use annals::{Column, Event};
use axum::http::{HeaderMap, HeaderValue};

use super::{TRACEPARENT, TraceContext};

const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn of(texts: &[&str]) -> TraceContext {
    let mut headers = HeaderMap::new();
    for text in texts {
        headers.append(TRACEPARENT, HeaderValue::from_bytes(text.as_bytes()).unwrap());
    }
    TraceContext::of(&headers)
}

#[test]
fn a_well_formed_one_is_taken_and_nothing_else() {
    assert_eq!(of(&[GOOD]).text(), Some(GOOD));
    let later = format!("cc-{}-what-comes-later", &GOOD[3..]);
    assert_eq!(of(&[&later]).text(), Some(later.as_str()));
    for bad in [
        "",
        "00",
        "<script>",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "\u{e9}0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        assert_eq!(of(&[bad]).text(), None, "{bad}");
    }
    assert_eq!(of(&[GOOD, OTHER]).text(), None, "nobody can say which");
    assert_eq!(of(&[]).text(), None);
}

#[test]
fn an_event_that_says_of_its_trace_itself_keeps_that() {
    let event = || Event::new("tool.invoked").tool("t");
    assert_eq!(of(&[GOOD]).onto(event()).get(Column::Traceparent), Some(GOOD));
    assert_eq!(of(&[GOOD]).onto(event().traceparent(OTHER)).get(Column::Traceparent), Some(OTHER));
    assert_eq!(of(&[]).onto(event()).get(Column::Traceparent), None);
}
