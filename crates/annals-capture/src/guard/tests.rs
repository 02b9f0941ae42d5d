//! Which names are guarded, and which are not.

use super::mention::in_text;
use super::name::{first_in, is_guarded};

#[test]
fn names_of_guarded_files() {
    for name in [
        ".env",
        ".env.local",
        ".ENVRC",
        "a/b/.env",
        "a\\b\\.Env",
        "./x.pem",
        "X.KEY",
        "/home/a/.ssh/id_rsa",
        "~/.ssh",
        ".ssh/config",
        "c:\\u\\.SSH\\k",
        "file:///a/%2Eenv",
        "file:///a/%252eenv",
        "file:///a/.env?raw=1",
        "https://h/a/server.key#x",
        ".env/",
        ".env.",
        "server.key ",
        "\".env\"",
        "a/.env::$DATA",
        "**/.env*",
        "*.pem",
        "**/*.{crt,key}",
        ".e[n]v",
        "*.k?y",
        "*env*",
        ".s*h/id",
        ".env\0",
    ] {
        assert!(is_guarded(name), "{name:?}");
    }
}

#[test]
fn names_of_other_files() {
    for name in [
        "",
        ".",
        "/",
        "env",
        "src/env.rs",
        "process.env.HOME",
        "a.environment",
        ".en",
        "key",
        "a.keys",
        "monkey",
        "pem",
        "a.pem.rs",
        "ssh/config",
        ".sshx/a",
        "*",
        "*.*",
        "**/*",
        "*.rs",
        "src/*",
        "100%",
        "%zz.rs",
        ".git/config",
        "{a,b}",
        "[",
        "*.[",
        "a?b",
    ] {
        assert!(!is_guarded(name), "{name:?}");
    }
}

#[test]
fn names_within_a_text() {
    assert_eq!(first_in("a,b .env;c").as_deref(), Some(".env"));
    assert_eq!(first_in("--file=x/.env").as_deref(), Some("x/.env"));
    assert_eq!(first_in("user@host:.ssh/id").as_deref(), Some(".ssh/id"));
    assert_eq!(first_in("cat .{git,env}").as_deref(), Some(".env"));
    assert_eq!(first_in("jq .key a.json"), None);
    assert_eq!(first_in("process.env.HOME"), None);
}

#[test]
fn results_that_name_one() {
    for text in [
        ".env",
        "x\n./a/.env:1:K=V",
        ".env.local-12-x",
        "server.key:1:x",
        "a server.pem",
        "  12\tserver.key",
        "see ~/.ssh/config",
        "{\"path\":\"a.key\"}",
        "x%2eenv /%2eenv",
    ] {
        assert!(in_text(text), "{text:?}");
    }
    for text in
        ["", "x = item.key;", "item.key = 1", "item.key,", "on(e => e.key)", "process.env.X", "a environment", "keys"]
    {
        assert!(!in_text(text), "{text:?}");
    }
}
