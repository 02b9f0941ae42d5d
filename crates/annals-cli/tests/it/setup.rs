//! `annals setup`: what becomes of settings files, and that they can be had back.

mod asked;
mod faults;
mod memory;
mod seen;

use std::fs;
use std::path::{Path, PathBuf};

use crate::bed::{Bed, Ran};

/// Claude Code's, as it writes them, with somebody's own hook and comment.
const CLAUDE_CODE: &str = include_str!("setup/fixtures/claude-code.json");
const CURSOR: &str = include_str!("setup/fixtures/cursor.json");
const VSCODE: &str = include_str!("setup/fixtures/vscode.json");
const CLAUDE_DESKTOP: &str = include_str!("setup/fixtures/claude-desktop.json");

/// Where the four clients keep their settings under a bed's home.
const FILES: [(&str, &str, &str); 4] = [
    ("claude-code", ".claude/settings.json", CLAUDE_CODE),
    ("cursor", ".cursor/mcp.json", CURSOR),
    ("vscode", ".config/Code/User/mcp.json", VSCODE),
    ("claude-desktop", ".config/Claude/claude_desktop_config.json", CLAUDE_DESKTOP),
];

fn home(bed: &Bed) -> PathBuf {
    bed.data().parent().unwrap().to_owned()
}

/// Puts a settings file into the home.
fn put(bed: &Bed, file: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = home(bed).join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path
}

fn all_four() -> Bed {
    let bed = Bed::new();
    for (_, file, content) in FILES {
        put(&bed, file, content);
    }
    bed
}

fn text(bed: &Bed, file: &str) -> String {
    String::from_utf8(fs::read(home(bed).join(file)).unwrap()).unwrap()
}

/// What a run said, without what differs from machine to machine.
fn said(bed: &Bed, ran: &Ran) -> String {
    let home = home(bed).to_string_lossy().into_owned();
    let text = format!("{}--- exit {}, and on standard error:\n{}", ran.out, ran.code.unwrap_or(-1), ran.err);
    let text = text.replace(&home, "~").replace(env!("CARGO_BIN_EXE_annals"), "/opt/annals");
    let hidden = |line: &str| match line.split_once("/setup/") {
        Some((before, _)) => format!("{before}/setup/[backup]"),
        None => line.to_owned(),
    };
    text.lines().map(hidden).collect::<Vec<_>>().join("\n")
}

fn backups(bed: &Bed) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(bed.data().join("setup")) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "backup")).collect()
}

#[test]
fn every_client_is_shown_changed_backed_up_and_put_back() {
    let bed = all_four();
    let shown = bed.good(&["setup", "--print"]);
    insta::assert_snapshot!("setup-print", said(&bed, &shown));
    assert!(!bed.data().exists(), "showing writes nothing");
    let ran = bed.good(&["setup", "--yes"]);
    assert!(ran.out.starts_with(&shown.out), "what is shown is what is done");
    insta::assert_snapshot!("setup-done", said(&bed, &Ran { out: ran.out.replacen(&shown.out, "", 1), ..ran }));
    let mut kept: Vec<Vec<u8>> = backups(&bed).iter().map(|path| fs::read(path).unwrap()).collect();
    let mut originals: Vec<Vec<u8>> = FILES.iter().map(|(_, _, content)| content.as_bytes().to_vec()).collect();
    kept.sort();
    originals.sort();
    assert_eq!(kept, originals, "the backups have the same bytes");
    let first = FILES.map(|(_, file, _)| text(&bed, file));
    let again = bed.good(&["setup", "--yes"]);
    assert!(again.out.contains("it is set up already") && !again.out.contains("@@"), "{again:?}");
    assert_eq!(FILES.map(|(_, file, _)| text(&bed, file)), first, "twice is once");
    let undone = bed.good(&["setup", "--undo", "--yes"]);
    assert_eq!(FILES.map(|(_, file, _)| text(&bed, file)), FILES.map(|(_, _, content)| content.to_owned()));
    assert!(undone.out.contains("without our entries"), "{undone:?}");
    assert!(backups(&bed).is_empty());
    assert!(bed.good(&["setup", "--undo", "--yes"]).out.contains("there is nothing of ours"));
}

#[test]
fn nothing_secret_is_shown() {
    let bed = all_four();
    let ran = bed.good(&["setup", "--yes"]);
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    // The control: the files do hold it.
    assert!(text(&bed, ".cursor/mcp.json").contains("hunter2"));
}

#[test]
fn one_client_is_meant_where_it_is_named() {
    let bed = all_four();
    bed.good(&["setup", "cursor", "--yes"]);
    assert!(text(&bed, ".cursor/mcp.json").contains("\"wrap\""));
    assert_eq!(text(&bed, ".claude/settings.json"), CLAUDE_CODE);
    let bed = Bed::new();
    bed.run(&["setup"]).refused(1, &["no client was found", "hint:"]);
    bed.run(&["setup", "vscode", "--yes"]).refused(1, &["vscode was not found", ".config/Code/User/mcp.json"]);
    bed.run(&["setup", "emacs"]).refused(2, &["emacs"]);
}

#[test]
fn a_file_that_was_not_there_is_made_and_taken_away() {
    let bed = Bed::new();
    bed.good(&["setup", "claude-code", "--yes"]);
    assert_eq!(text(&bed, ".claude/settings.json").matches("hook claude-code").count(), 18);
    bed.good(&["setup", "--undo", "--yes"]);
    assert!(!home(&bed).join(".claude/settings.json").exists());
    // With somebody's own word in it, it stays, and nothing of ours does.
    bed.good(&["setup", "claude-code", "--yes"]);
    let mine = text(&bed, ".claude/settings.json").replacen('{', "{ \"model\": \"opus\",", 1);
    put(&bed, ".claude/settings.json", mine);
    let ran = bed.good(&["setup", "--undo", "--yes"]);
    assert!(ran.err.contains("only our entries are taken out"), "{ran:?}");
    let value: serde_json::Value = serde_json::from_str(&text(&bed, ".claude/settings.json")).unwrap();
    assert_eq!(value, serde_json::json!({"model": "opus"}));
}

#[test]
fn any_way_of_writing_comes_back_byte_for_byte() {
    for content in [
        "",
        "\n",
        "{}",
        "{}\n",
        "// only a comment\n",
        "\u{feff}{\r\n\t\"model\": \"opus\",\r\n\t\"hooks\": {\r\n\t\t\"Stop\": [],\r\n\t},\r\n}\r\n",
        "{\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"x\"}]}]},\"a\":[1,2]}",
        "{\n    \"a\": 1 // last\n}",
    ] {
        let bed = Bed::new();
        let path = put(&bed, ".claude/settings.json", content);
        bed.good(&["setup", "--yes"]);
        let changed = fs::read_to_string(&path).unwrap();
        assert_eq!(changed.matches("hook claude-code").count(), 18, "{changed}");
        assert_eq!(changed.contains("\r\n"), content.contains("\r\n"));
        assert_eq!(changed.starts_with('\u{feff}'), content.starts_with('\u{feff}'));
        bed.good(&["setup", "--yes"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), changed);
        bed.good(&["setup", "--undo", "--yes"]);
        assert_eq!(fs::read(&path).unwrap(), content.as_bytes(), "{content:?}");
    }
}

#[test]
fn undo_after_a_foreign_change_takes_out_ours_alone() {
    let bed = all_four();
    bed.good(&["setup", "--yes"]);
    let path = home(&bed).join(".cursor/mcp.json");
    let mine = fs::read_to_string(&path).unwrap().replace("\"files\"", "\"renamed\"");
    fs::write(&path, &mine).unwrap();
    let ran = bed.good(&["setup", "--undo", "--yes"]);
    assert!(ran.err.contains("cursor: the file was changed since"), "{ran:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), CURSOR.replace("\"files\"", "\"renamed\""));
    assert_eq!(backups(&bed).len(), 1, "what was there is not thrown away");
}

#[test]
fn a_second_setup_after_a_change_can_be_undone_to_that_change() {
    let bed = all_four();
    bed.good(&["setup", "--yes"]);
    let path = home(&bed).join(".claude/settings.json");
    let mine = fs::read_to_string(&path).unwrap().replacen("\"model\"", "\"name\": 1, \"model\"", 1);
    let without = mine.find("\"Stop\"").unwrap();
    let mine = format!("{}{}", &mine[..without], mine[without..].replacen("\"Stop\"", "\"Mine\"", 1));
    fs::write(&path, &mine).unwrap();
    bed.good(&["setup", "--yes"]);
    bed.good(&["setup", "--undo", "--yes"]);
    let left = fs::read_to_string(&path).unwrap();
    assert_eq!(left, CLAUDE_CODE.replacen("\"model\"", "\"name\": 1, \"model\"", 1));
}

#[test]
fn a_line_of_the_settings_is_what_is_run() {
    let bed = all_four();
    bed.good(&["setup", "--yes"]);
    let claude: serde_json::Value = serde_json::from_str(&text(&bed, ".claude/settings.json")).unwrap();
    let hook = &claude["hooks"]["PostToolUse"][0]["hooks"][0];
    let program = env!("CARGO_BIN_EXE_annals");
    let expected = format!("{program} hook claude-code --data {}", bed.data().display());
    assert_eq!((hook["command"].as_str(), hook["timeout"].as_u64()), (Some(expected.as_str()), Some(10)));
    assert!(claude["hooks"]["Stop"][0].get("matcher").is_none());
    assert_eq!(claude["hooks"]["PreToolUse"].as_array().unwrap().len(), 2, "beside the one that was there");
    assert!(Path::new(program).is_absolute());
}
