//! Which words are a hook's, and what is a mistake among them.

use std::ffi::OsString;

use super::{HookWords, hook_words};

fn read(words: &str) -> Option<HookWords> {
    let words: Vec<OsString> = std::iter::once("annals").chain(words.split(' ')).map(OsString::from).collect();
    hook_words(&words)
}

#[test]
fn a_hook_is_known_wherever_the_options_stand() {
    for words in [
        "hook claude-code --data D --fail-closed",
        "--data D hook --fail-closed claude-code",
        "--json --data=D --fail-closed hook claude-code",
    ] {
        let hook = read(words).unwrap_or_else(|| panic!("`{words}` is no hook"));
        assert_eq!(
            (hook.client.as_deref(), hook.fail_closed, hook.problem.as_deref()),
            (Some("claude-code"), true, None)
        );
        assert_eq!(hook.common.data.as_deref(), Some("D"));
    }
    let hook = read("hook --set capture=full --set=audit_max_details=4096 --format csv").unwrap();
    assert_eq!(hook.common.set, ["capture=full", "audit_max_details=4096"]);
    assert_eq!(hook.client, None);
}

#[test]
fn other_commands_and_calls_for_help_are_none() {
    for words in [
        "record --type hook",
        "query hook",
        "--data hook query",
        "help hook",
        "hook --help",
        "hook claude-code -h",
        "--data",
        "",
    ] {
        assert!(read(words).is_none(), "{words}");
    }
}

#[test]
fn a_mistake_makes_no_other_command_of_it() {
    for words in [
        "hook claude-code --loud",
        "--loud hook claude-code",
        "hook claude-code cursor",
        "hook claude-code --data",
        "hook --fail-closed=yes",
    ] {
        let hook = read(words).unwrap_or_else(|| panic!("`{words}` is no hook"));
        assert!(hook.problem.is_some(), "{words}");
    }
}
