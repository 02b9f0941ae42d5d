//! What a query may say, and what it means.

use annals_event::{Column, Outcome};
use annals_store::{Cursor, Order, TypePattern};
use jiff::Zoned;

use super::Question;

fn now() -> Zoned {
    "2026-11-20T01:30:00+02:00[+02:00]".parse().unwrap()
}

fn read<'a>(pairs: &[(&'a str, &'a str)]) -> Result<Question, annals_event::Invalid> {
    Question::read(pairs.iter().copied(), &now())
}

#[track_caller]
fn check_refused(pair: (&str, &str), field: &str, hint: &str) {
    let invalid = read(&[pair]).expect_err("refused");
    assert_eq!(invalid.field(), field, "{invalid}");
    assert!(invalid.to_string().contains(hint), "{invalid}");
}

#[test]
fn short_and_whole_names_lists_and_repetitions() {
    let asked = read(&[
        ("type", "tool.*,auth_failure"),
        ("event_type", "plan_applied"),
        ("outcome", "failure,denied"),
        ("session", "s-1"),
    ])
    .unwrap();
    let patterns = ["tool.*", "auth_failure", "plan_applied"].map(TypePattern::parse);
    assert_eq!(asked.filter.event_types, patterns);
    assert_eq!(asked.filter.outcomes, [Outcome::Failure, Outcome::Denied]);
    assert_eq!(asked.filter.equals, [(Column::SessionId, "s-1".to_owned())]);
    assert_eq!(asked.filter.space, None);
}

#[test]
fn what_a_form_leaves_empty_asks_nothing() {
    let asked = read(&[("type", ""), ("tool", " "), ("since", "")]).unwrap();
    assert_eq!(asked, Question::default());
}

#[test]
fn a_cursor_knows_its_order() {
    let cursor = Cursor::after(Order::Oldest, 7).to_string();
    assert_eq!(read(&[("cursor", &cursor)]).unwrap().page.order, Order::Oldest);
    assert_eq!(read(&[("cursor", &cursor), ("order", "newest")]).unwrap_err().field(), "cursor");
}

#[test]
fn what_is_wrong_is_named_with_what_would_be_right() {
    check_refused(("tol", "x"), "tol", "did you mean `tool`?");
    check_refused(("space", "other"), "space", "parameter");
    check_refused(("since", "soon"), "since", "hint: give 2h");
    check_refused(("limit", "0"), "limit", "1 to 1000");
    check_refused(("cursor", "x"), "cursor", "as it stood in an answer");
    check_refused(("order", "random"), "order", "`newest` or `oldest`");
    check_refused(("outcome", "failed"), "outcome", "failure");
}

#[test]
fn a_link_asks_the_same_with_a_change() {
    let asked =
        read(&[("tool", "a b&c"), ("since", "2h"), ("cursor", &Cursor::after(Order::Newest, 7).to_string())]).unwrap();
    let query = asked.query_with(&[("cursor", None), ("order", Some("oldest"))]);
    assert_eq!(query, "tool=a%20b%26c&since=2h&order=oldest");
}
