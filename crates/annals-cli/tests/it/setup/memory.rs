//! `annals setup --memory`: the server that agents remember with, in each client's list of servers.

use super::{CLAUDE_CODE, CLAUDE_DESKTOP, CURSOR, VSCODE, backups, put, said, text};
use crate::bed::Bed;

/// Claude Code keeps its servers among much else.
const CLAUDE_SERVERS: &str = "{\n  \"numStartups\": 7,\n  \"projects\": { \"/x\": { \"allowedTools\": [] } },\n  \"oauthAccount\": { \"token\": \"hunter2-oauth\" }\n}";

const SERVERS: [(&str, &str); 4] = [
    (".claude.json", CLAUDE_SERVERS),
    (".cursor/mcp.json", CURSOR),
    (".config/Code/User/mcp.json", VSCODE),
    (".config/Claude/claude_desktop_config.json", CLAUDE_DESKTOP),
];

fn all_four() -> Bed {
    let bed = Bed::new();
    put(&bed, ".claude/settings.json", CLAUDE_CODE);
    for (file, content) in SERVERS {
        put(&bed, file, content);
    }
    bed
}

#[test]
fn every_client_gets_the_server_and_gives_it_back_byte_for_byte() {
    let bed = all_four();
    let shown = bed.good(&["setup", "--memory", "--print"]);
    insta::assert_snapshot!("setup-memory", said(&bed, &shown));
    assert!(!bed.data().exists(), "showing writes nothing");
    let ran = bed.good(&["setup", "--memory", "--yes"]);
    assert!(ran.out.starts_with(&shown.out), "what is shown is what is done");
    assert!(ran.out.contains("get_briefing") && ran.out.contains("annals setup --undo"), "{}", ran.out);
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    assert_eq!(text(&bed, ".claude/settings.json"), CLAUDE_CODE, "hooks were not asked for");
    let first = SERVERS.map(|(file, _)| text(&bed, file));
    for text in &first {
        assert_eq!(text.matches("\"mcp\"").count(), 1, "{text}");
        assert!(!text.contains("\"wrap\""), "{text}");
    }
    let again = bed.good(&["setup", "--memory", "--yes"]);
    assert!(again.out.contains("it has the server already") && !again.out.contains("@@"), "{again:?}");
    assert_eq!(SERVERS.map(|(file, _)| text(&bed, file)), first, "twice is once");
    bed.good(&["setup", "--undo", "--yes"]);
    assert_eq!(SERVERS.map(|(file, _)| text(&bed, file)), SERVERS.map(|(_, content)| content.to_owned()));
    assert!(backups(&bed).is_empty());
}

#[test]
fn it_goes_beside_what_records_and_is_not_wrapped() {
    let bed = all_four();
    bed.good(&["setup", "--memory", "--yes"]);
    bed.good(&["setup", "--yes"]);
    let cursor = text(&bed, ".cursor/mcp.json");
    assert_eq!((cursor.matches("\"wrap\"").count(), cursor.matches("\"mcp\"").count()), (2, 1), "{cursor}");
    bed.good(&["record", "--type", "tool.invoked"]);
    bed.good(&["health", "--check"]);
    bed.good(&["setup", "--undo", "--yes"]);
    assert_eq!(SERVERS.map(|(file, _)| text(&bed, file)), SERVERS.map(|(_, content)| content.to_owned()));
    assert_eq!(text(&bed, ".claude/settings.json"), CLAUDE_CODE);
}

#[test]
fn a_file_that_was_changed_since_loses_our_server_alone() {
    let bed = all_four();
    bed.good(&["setup", "cursor", "--memory", "--yes"]);
    let changed = text(&bed, ".cursor/mcp.json").replace("ISSUES_KEY", "OTHER_KEY");
    put(&bed, ".cursor/mcp.json", &changed);
    bed.good(&["setup", "--undo", "--yes"]);
    let left: serde_json::Value = serde_json::from_str(&text(&bed, ".cursor/mcp.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&CURSOR.replace("ISSUES_KEY", "OTHER_KEY")).unwrap();
    assert_eq!(left, expected);
}

#[test]
fn a_client_without_servers_gets_its_file_and_somebody_elses_server_stays() {
    let bed = Bed::new();
    put(&bed, ".cursor/other.json", "{}");
    put(&bed, ".config/Code/User/mcp.json", "{ \"servers\": { \"annals\": { \"command\": \"mine\" } } }");
    let ran = bed.run(&["setup", "--memory", "--yes"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("is there already, and is not ours"), "{ran:?}");
    assert!(text(&bed, ".cursor/mcp.json").contains("\"mcpServers\""));
    assert_eq!(text(&bed, ".config/Code/User/mcp.json"), "{ \"servers\": { \"annals\": { \"command\": \"mine\" } } }");
    bed.good(&["setup", "--undo", "--yes"]);
    assert!(!super::home(&bed).join(".cursor/mcp.json").exists());
    let bed = Bed::new();
    bed.run(&["setup", "--memory"]).refused(1, &["no client was found"]);
    bed.good(&["setup", "claude-code", "--memory", "--yes"]);
    assert!(text(&bed, ".claude.json").contains("\"type\": \"stdio\""));
    bed.good(&["setup", "--undo", "--yes"]);
    assert!(!super::home(&bed).join(".claude.json").exists());
    bed.run(&["setup", "--memory", "--undo"]).refused(2, &["--undo"]);
}
