//! Headers as clients send them.

use axum::http::HeaderValue;

use super::*;

const OFFERS: [(&str, u8); 3] = [("application/json", 0), ("application/x-ndjson", 1), ("text/event-stream", 2)];

fn chosen(said: &str) -> Option<u8> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_str(said).unwrap());
    choose(&headers, &OFFERS).ok()
}

#[test]
fn the_best_liked_kind_is_chosen() {
    assert_eq!(choose(&HeaderMap::new(), &OFFERS).ok(), Some(0));
    for (said, offer) in [
        ("*/*", Some(0)),
        ("", Some(0)),
        ("application/x-ndjson", Some(1)),
        ("Application/X-NDJSON; q=0.5, application/json;q=0.4", Some(1)),
        ("application/*;q=0.1, text/*", Some(2)),
        ("application/json;q=0, */*", Some(1)),
        ("text/html", None),
        ("*/*;q=0", None),
        ("application/json;q=0.0", None),
    ] {
        assert_eq!(chosen(said), offer, "{said}");
    }
}
