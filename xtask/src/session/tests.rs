//! A session read out of a document, and written back into it.

use super::{Shown, Typing, blocks, replay};

/// Answers each command with its own words.
struct Echo(Vec<String>);

impl Typing for Echo {
    fn type_in(&mut self, command: &str) -> anyhow::Result<Vec<String>> {
        self.0.push(command.to_owned());
        Ok(vec![format!("real {command}"), String::new()])
    }
}

const DOCUMENT: &str = "# A

```console
$ cargo run --release -p annals-cli -- record
stale
$ cargo xtask test
kept
```

```text
$ annals no
```

```console
$ annals query
```
";

#[test]
fn real_output_takes_the_place_of_what_was_shown() {
    let mut terminal = Echo(Vec::new());
    let real = replay(DOCUMENT, &mut terminal).unwrap();
    assert_eq!(terminal.0, ["annals record", "annals query"]);
    let expected = DOCUMENT
        .replace("stale\n", "real annals record\n\n")
        .replace("$ annals query\n", "$ annals query\nreal annals query\n\n");
    assert_eq!(real, expected);
    assert_eq!(replay(&real, &mut terminal).unwrap(), real, "written again it stays the same");
}

#[test]
fn what_says_the_same_stays() {
    let document =
        DOCUMENT.replace("stale\n", "…\n").replace("$ annals query\n", "$ annals query\nreal annals query\n…\n");
    assert_eq!(replay(&document, &mut Echo(Vec::new())).unwrap(), document);
}

#[test]
fn a_block_is_commands_with_what_stands_under_them() {
    let shown = |command: &str, output: &[&str]| Shown {
        command: command.to_owned(),
        output: output.iter().map(ToString::to_string).collect(),
    };
    let expected = vec![
        vec![shown("cargo run --release -p annals-cli -- record", &["stale"]), shown("cargo xtask test", &["kept"])],
        vec![shown("annals query", &[])],
    ];
    assert_eq!(blocks(DOCUMENT), expected);
}
