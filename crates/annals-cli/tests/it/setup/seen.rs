//! What `annals health` says of the clients that were set up.

use std::fs;

use super::{all_four, home, text};
use crate::bed::Bed;

fn health(bed: &Bed) -> (serde_json::Value, String) {
    let ran = bed.good(&["health"]);
    (ran.rows().remove(0), ran.err)
}

#[track_caller]
fn assert_degraded(bed: &Bed, client: &str, problem: &str) {
    let (row, err) = health(bed);
    assert_eq!(row["state"], "degraded", "{row}");
    let clients = row["clients"].as_array().unwrap();
    let found = clients.iter().find(|found| found["client"] == client && found["state"] == "degraded").unwrap();
    assert!(found["problem"].as_str().unwrap().contains(problem), "{found}");
    assert!(err.contains(client) && err.contains(&format!("hint: `annals setup {client}`")), "{err}");
}

#[test]
fn health_is_good_before_the_first_event() {
    let bed = all_four();
    bed.good(&["setup", "--yes"]);
    let (row, err) = health(&bed);
    assert_eq!((&row["state"], row["clients"].as_array().unwrap().len(), err.as_str()), (&"ok".into(), 4, ""));
    let hint = "a client that was running must be started again";
    assert_eq!(row["missing"], format!("Nothing was recorded here yet (hint: {hint})."));
}

#[test]
fn health_names_a_client_that_is_not_recorded_any_more() {
    let bed = all_four();
    bed.good(&["record", "--type", "tool.invoked"]);
    assert_eq!(health(&bed).0["clients"], serde_json::json!([]));
    bed.good(&["setup", "--yes"]);
    let (row, err) = health(&bed);
    assert_eq!((&row["state"], row["clients"].as_array().unwrap().len(), err.as_str()), (&"ok".into(), 4, ""));

    let cursor = home(&bed).join(".cursor/mcp.json");
    let set_up = text(&bed, ".cursor/mcp.json");
    fs::write(&cursor, set_up.replace("\"wrap\"", "\"other\"")).unwrap();
    assert_degraded(&bed, "cursor", "no wrapper of ours any more");
    fs::write(&cursor, set_up.replacen("\"wrap\"", "\"other\"", 1)).unwrap();
    assert_degraded(&bed, "cursor", "1 of 2 lack our wrapper, such as `files`");
    fs::write(&cursor, set_up.replace(env!("CARGO_BIN_EXE_annals"), "/gone/annals")).unwrap();
    assert_degraded(&bed, "cursor", "`/gone/annals` is gone");
    if cfg!(unix) {
        let program = home(&bed).join("annals");
        fs::write(&program, "").unwrap();
        fs::write(&cursor, set_up.replace(env!("CARGO_BIN_EXE_annals"), program.to_str().unwrap())).unwrap();
        assert_degraded(&bed, "cursor", "can't be run");
    }
    fs::write(&cursor, set_up.replace("/trail\"", "/elsewhere\"")).unwrap();
    assert_degraded(&bed, "cursor", "another data directory");
    fs::write(&cursor, "{").unwrap();
    assert_degraded(&bed, "cursor", "line 1, column");
    fs::remove_file(&cursor).unwrap();
    assert_degraded(&bed, "cursor", "gone");
    fs::write(&cursor, &set_up).unwrap();

    let claude = home(&bed).join(".claude/settings.json");
    let set_up = text(&bed, ".claude/settings.json");
    fs::write(&claude, set_up.replacen('{', "{\"disableAllHooks\": true,", 1)).unwrap();
    assert_degraded(&bed, "claude-code", "switched off");
    fs::write(&claude, set_up).unwrap();
    assert_eq!(health(&bed).0["state"], "ok");
    bed.good(&["setup", "--undo", "--yes"]);
    assert_eq!(health(&bed).0["clients"], serde_json::json!([]));
}
