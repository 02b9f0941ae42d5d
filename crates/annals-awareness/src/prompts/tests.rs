//! What each prompt is composed of.

use annals_event::Timestamp;
use annals_store::awareness::EntryId;
use serde_json::json;

use super::*;

/// 2026-11-21T12:00:00Z.
const NOON: Timestamp = Timestamp::from_nanos(1_795_262_400_000_000_000);

#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
fn entry(entry_type: EntryType, source: &str, data: Value) -> Entry {
    let mut entry = Entry::new(EntryId::v4([9; 16]), entry_type, source, NOON);
    entry.data = data.as_object().expect("data is an object").clone();
    entry
}

fn note(text: &str) -> Entry {
    entry(EntryType::Note, "me", json!({ "description": text }))
}

#[test]
fn instructions_are_sections_in_the_order_of_their_numbers() {
    let entries = [
        note("no number"),
        note("Awareness prompt Entry 10 (Last): end well"),
        note("Awareness prompt Entry 2 (First): begin: well"),
    ];
    assert_eq!(agent_instructions(&entries), "## First\n\nbegin: well\n\n## Last\n\nend well\n\nno number\n");
    assert!(agent_instructions(&[]).contains("memory-prompt"));
}

#[test]
fn a_project_shows_alerts_and_knowledge_by_type_and_cuts_long_texts() {
    let alert = entry(EntryType::Alert, "ci", json!({ "message": "red", "level": "critical" }));
    let knowledge = [
        note(&"é".repeat(300)),
        entry(EntryType::Preference, "global", json!({ "key": "editor", "value": "helix" })),
        entry(EntryType::Pattern, "ci", json!({ "description": "slow\non Mondays" })),
    ];
    let text = project_context("annals", &[alert], &knowledge);
    let expected = format!(
        "# Project: annals\n\n## Active alerts\n\n- [critical] ci: red\n\n## Patterns\n\n- slow on Mondays\n\n## Preferences\n\n- editor = helix\n\n## Notes\n\n- {}...\n",
        "é".repeat(200)
    );
    assert_eq!(text, expected);
    assert!(project_context("annals", &[], &[]).contains("Nothing is tagged"));
}

#[test]
fn a_status_shows_the_conditions_of_patterns() {
    let status = entry(EntryType::Status, "nas", json!({ "metrics": { "cpu": 0.5, "state": "fine" } }));
    let data = json!({ "description": "busy", "conditions": { "day_of_week": "Monday" }, "effect": "high load" });
    let text = system_status("nas", Some(&status), &[], &[entry(EntryType::Pattern, "nas", data)]);
    assert_eq!(
        text,
        "# Status: nas\n\nLast report: 2026-11-21T12:00:00.000000+00:00\n- cpu: 0.5\n- state: fine\n\n## Patterns\n\n- busy (when {\"day_of_week\":\"Monday\"}) -> high load\n"
    );
    assert!(system_status("nas", None, &[], &[]).contains("never reported"));
}

#[test]
fn the_guide_counts_what_there_is() {
    let mut stats = Stats { sources: vec!["a".to_owned(), "b".to_owned()], ..Stats::default() };
    stats.n_entries[6] = 3;
    let tags: Vec<(String, u64)> = (0..40).map(|n| (format!("tag{n}"), 1)).collect();
    let text = write_guide(&stats, &tags);
    assert!(text.contains("3 entries.\n- note: 3\n\nSources: a, b\n\nTags: tag0 (1)"), "{text}");
    assert!(text.contains("tag29") && !text.contains("tag30"));
    assert!(text.contains("`remember`"));
}

#[test]
fn catching_up_marks_what_is_new() {
    let mut changed = note("second");
    changed.n_changes = 1;
    let text = catchup(24, &[note("first"), changed, entry(EntryType::Alert, "ci", json!({ "message": "red" }))]);
    assert_eq!(
        text,
        "# The last 24 hours\n\n## ci\n\n- [new] alert: red\n\n## me\n\n- [new] note: first\n- [updated] note: second\n"
    );
    assert!(catchup(1, &[]).contains("Nothing changed"));
}

#[test]
fn a_users_prompt_has_an_argument_a_distinct_word() {
    let mut entry = entry(
        EntryType::Note,
        CUSTOM,
        json!({ "description": "d", "content": "Hi {{name}}, {{ odd }} {{{deep}} {{name}} and {{other_1}}{{" }),
    );
    entry.logical_key = Some("greet".to_owned());
    let prompt = Custom::of(&entry).expect("it is a prompt");
    assert_eq!((prompt.name.as_str(), prompt.description.as_str()), ("user/greet", "d"));
    assert_eq!(prompt.arguments, ["name", "deep", "other_1"]);
    let filled = prompt.fill(|word| match word {
        "name" => Some("{{other_1}}"),
        "deep" | "other_1" => Some("x"),
        _ => None,
    });
    assert_eq!(filled.as_deref(), Ok("Hi {{other_1}}, {{ odd }} {x {{other_1}} and x{{"));
    assert_eq!(prompt.fill(|_| None), Err("name".to_owned()));
    assert_eq!(Custom::of(&note("n")), None);
}
