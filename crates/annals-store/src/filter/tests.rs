//! What each condition means, on one event.

use annals_event::{Column, Decision, EventId, Outcome, Phase, ProducerId, StoredEvent, Texts, Timestamp};

use super::{Filter, SeqRange, TypePattern};
use crate::Glob;

fn event() -> StoredEvent {
    let texts = [
        (Column::Tool, "write_file"),
        (Column::Resource, "/srv/src/auth.rs"),
        (Column::ActorName, "bot"),
        (Column::Decision, "deny"),
    ];
    StoredEvent {
        seq: 7,
        id: EventId::from_bytes([1; 16]),
        event_type: "tool.invoked".into(),
        created_at: Timestamp::from_nanos(900),
        recorded_at: Timestamp::from_nanos(1_000),
        occurred_at: None,
        space: "default".into(),
        credential: Some("uid:1".into()),
        producer: ProducerId::from_bytes([2; 16]),
        pseq: 3,
        phase: Phase::Single,
        outcome: Some(Outcome::Denied),
        duration_ms: None,
        n_redacted: 0,
        texts: texts.into_iter().collect::<Texts>(),
        details: Some(r#"{"path":"größe"}"#.into()),
        erased_by: None,
    }
}

#[track_caller]
fn check(fits: bool, filter: &Filter) {
    assert_eq!(filter.fits(&event()), fits, "{filter:?}");
}

const fn at(nanos: i64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

#[test]
fn no_condition_fits_everything() {
    check(true, &Filter::new());
}

#[test]
fn a_type_or_a_family_or_any_of_several() {
    check(true, &Filter::new().event_type("tool.invoked"));
    check(true, &Filter::new().event_type("tool.*"));
    check(true, &Filter::new().event_type("plan.*").event_type("tool.invoked"));
    check(false, &Filter::new().event_type("tool.completed"));
    check(false, &Filter::new().event_type("too.*"));
    check(false, &Filter::new().event_type("tool"));
    assert_eq!(TypePattern::parse("tool*"), TypePattern::Exact("tool*".into()), "a family ends with a dot");
}

#[test]
fn columns_are_equal_or_not() {
    check(true, &Filter::new().equals(Column::Tool, "write_file").equals(Column::ActorName, "bot"));
    check(false, &Filter::new().equals(Column::Tool, "write_file").equals(Column::ActorName, "Bot"));
    check(false, &Filter::new().equals(Column::Tool, "write_file").equals(Column::Tool, "read_file"));
    check(false, &Filter::new().equals(Column::SessionId, ""));
}

#[test]
fn the_resource_fits_a_glob() {
    check(true, &Filter::new().resource(Glob::parse("src/*.rs").unwrap()));
    check(false, &Filter::new().resource(Glob::parse("*.rs").unwrap()));
    let mut without = event();
    without.texts.set(Column::Resource, None::<&str>);
    assert!(!Filter::new().resource(Glob::parse("**").unwrap()).fits(&without), "no resource fits no glob");
}

#[test]
fn words_are_any_of_those_given() {
    check(true, &Filter::new().outcome(Outcome::Failure).outcome(Outcome::Denied));
    check(false, &Filter::new().outcome(Outcome::Success));
    check(true, &Filter::new().decision(Decision::Ask).decision(Decision::Deny));
    check(false, &Filter::new().decision(Decision::Allow));
    let without = StoredEvent { outcome: None, ..event() };
    assert!(!Filter::new().outcome(Outcome::Unknown).fits(&without), "no outcome is no unknown one");
}

#[test]
fn spans_begin_with_their_first_moment_and_end_before_their_last() {
    check(true, &Filter { since: Some(at(1_000)), until: Some(at(1_001)), ..Filter::new() });
    check(false, &Filter { until: Some(at(1_000)), ..Filter::new() });
    check(false, &Filter { since: Some(at(1_001)), ..Filter::new() });
    check(true, &Filter { created_since: Some(at(900)), created_until: Some(at(901)), ..Filter::new() });
    check(false, &Filter { created_until: Some(at(900)), ..Filter::new() });
    check(true, &Filter { seqs: Some(SeqRange { start: 7, end: 8 }), ..Filter::new() });
    check(false, &Filter { seqs: Some(SeqRange { start: 0, end: 7 }), ..Filter::new() });
    check(true, &Filter { seqs: Some(SeqRange::ALL), ..Filter::new() });
}

#[test]
fn the_rest() {
    check(true, &Filter { space: Some("default".into()), ..Filter::new() });
    check(false, &Filter { space: Some("team".into()), ..Filter::new() });
    check(true, &Filter { text: Some("größe".into()), ..Filter::new() });
    check(false, &Filter { text: Some("GRÖSSE".into()), ..Filter::new() });
    assert!(!Filter { text: Some(String::new()), ..Filter::new() }.fits(&StoredEvent { details: None, ..event() }));
}
