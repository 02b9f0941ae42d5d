//! No secret in a diff, and the change in it.

use super::diff;

#[test]
fn secrets_are_hidden_on_both_sides() {
    let old = r#"{"mcpServers": {"a": {
  "command": "npx",
  "args": ["--api-key", "hunter2-a", "--token=hunter2-b", "GITHUB_TOKEN=hunter2-c", "-e", "MINE=hunter2-i", "--env=MINE=hunter2-j", "--header", "X-Mine: hunter2-k", "postgres://ada:hunter2-d@host/db"],
  "env": {"ANYTHING": "hunter2-e", "NUMBER": 918273},
  "headers": {"X-Mine": ["hunter2-f"]},
  "password": "hunter2-g", "secrets": ["hunter2-h"]
}}}"#;
    let new = old.replace("npx", "/usr/bin/annals");
    for (old, new) in
        [(old.to_owned(), new.clone()), (old.replace('\n', &" ".repeat(200)), new.replace('\n', &" ".repeat(200)))]
    {
        let shown = diff("f", Some(old.as_bytes()), Some(new.as_bytes()), false).join("\n");
        assert!(!shown.contains("hunter2") && !shown.contains("918273"), "{shown}");
        assert!(
            shown.lines().any(|line| line.starts_with('-') && line.contains("\"npx\""))
                && shown.lines().any(|line| line.starts_with('+') && line.contains("\"/usr/bin/annals\"")),
            "{shown}"
        );
    }
}
