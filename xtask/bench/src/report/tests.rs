//! The report's two forms, from one set of figures.

use super::*;

fn report() -> Report {
    let mut part = Part::new("callers", json!({ "n_rounds": 200 }));
    let mut table = Table::new("one thread", &["p50_us", "n_calls"]);
    table.row("annals", vec![0.812_345, 1_600_000.0]);
    table.row("tracing", vec![f64::NAN, 1_600_000.0]);
    part.tables.push(table);
    part.goal("p50", 0.8, Bound::AtMost(1.0));
    part.goal("ratio", 0.59, Bound::AtLeast(0.6));
    Report { benchmark: "record", parts: vec![part] }
}

#[test]
fn programs_get_figures_and_goals() {
    let json = report().json();
    assert_eq!((&json["n_goals"], &json["n_met"]), (&json!(2), &json!(1)));
    let part = &json["parts"][0];
    assert_eq!(part["figures"]["one thread"][0], json!({ "what": "annals", "p50_us": 0.8123, "n_calls": 1_600_000 }));
    assert_eq!(part["figures"]["one thread"][1]["p50_us"], Value::Null);
    assert_eq!(part["goals"][1], json!({ "goal": "ratio", "value": 0.59, "at_least": 0.6, "met": false }));
}

#[test]
fn people_see_what_was_missed() {
    let text = report().text();
    assert!(text.contains("MISSED  ratio: 0.59 (≥ 0.6)"), "{text}");
    assert!(text.contains("1 of 2 goals met"), "{text}");
    assert!(text.lines().any(|line| line.split_whitespace().eq(["annals", "0.8123", "1600000"])), "{text}");
}

#[test]
fn a_bound_that_excludes_its_limit_does() {
    for (bound, holds) in [(Bound::AtMost(1.0), true), (Bound::AtLeast(1.0), true), (Bound::Below(1.0), false)] {
        assert_eq!(bound.holds(1.0), holds, "{bound:?}");
    }
    assert!(!Bound::AtMost(1.0).holds(f64::NAN), "what was not measured meets nothing");
}

#[test]
fn nothing_of_the_machine_but_its_shape_is_told() {
    let shape = report().json()["machine"].clone();
    let names: Vec<_> = shape.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(names, ["architecture", "cores", "memory_gib", "system"]);
}
