//! One payload a hook event, and the event that it becomes at each level.
//!
//! The payloads have the fields that the client's documentation names; their values are ours.

use std::fmt::Write as _;
use std::path::Path;

use annals_event::Capture;

use super::*;

fn shown(event: &Event) -> String {
    let mut shown = format!("event_type: {}\nphase: {}\n", event.event_type(), event.phase_value());
    if let Some(outcome) = event.outcome_value() {
        writeln!(shown, "outcome: {outcome}").unwrap();
    }
    if let Some(millis) = event.duration_ms_value() {
        writeln!(shown, "duration_ms: {millis}").unwrap();
    }
    for column in Column::ALL {
        if let Some(text) = event.get(*column) {
            writeln!(shown, "{}: {text}", column.name()).unwrap();
        }
    }
    let details = event.details_value().expect("every event has details");
    writeln!(shown, "details: {}", serde_json::to_string_pretty(details).unwrap()).unwrap();
    shown
}

#[test]
fn every_hook_event_has_its_golden_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/claude_code/golden");
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the folder of golden files") {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let payload: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        seen.push(payload["hook_event_name"].as_str().unwrap().to_owned());
        let levels = [Capture::Metadata, Capture::Arguments, Capture::Full];
        let all: Vec<String> =
            levels.iter().map(|level| format!("# {level}\n{}", shown(&event_of(&payload, *level)))).collect();
        insta::with_settings!({ snapshot_path => &folder, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, all.join("\n"));
        });
    }
    for (hook, _) in HOOKS {
        assert!(seen.iter().any(|seen| seen == hook), "no golden file for `{hook}`");
    }
}
