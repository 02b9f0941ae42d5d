//! Each rule is shown to find what it is for, and to leave good code alone.

use super::{arrows, manifests, sources, text, threats};

/// The number of findings that a source gives at `path`.
#[track_caller]
fn check_source(path: &str, content: &str, n_findings: usize) {
    let findings = sources::check(path, content);
    assert_eq!(findings.len(), n_findings, "{path}: {findings:?}");
}

/// The number of findings in one line of text.
#[track_caller]
fn check_line(line: &str, n_findings: usize) {
    let findings = text::check("a.md", &format!("{line}\n"), "/srv/checkout");
    assert_eq!(findings.len(), n_findings, "{line}: {findings:?}");
}

#[test]
fn a_file_opens_with_prose() {
    check_source("a.rs", "//! Prose.\nfn f() {}\n", 0);
    check_source("a.rs", "\n//! Prose.\n", 0);
    check_source("a.rs", "//!\n//! Late.\n", 1);
    check_source("a.rs", "// No prose.\n", 1);
    check_source("a.rs", "", 1);
}

#[test]
fn a_module_is_never_mod_rs() {
    check_source("crates/a/src/b/mod.rs", "//! Prose.\n", 1);
    check_source("crates/a/src/b/mods.rs", "//! Prose.\n", 0);
}

#[test]
fn a_file_has_at_most_600_lines() {
    let long = "//! Prose.\n".repeat(600);
    check_source("a.rs", &long, 0);
    check_source("a.rs", &format!("{long}\n"), 1);
}

#[test]
fn attributes_that_hide_something_stay_out() {
    for attribute in ["ignore]", "ignore = \"slow\"]", "allow(dead_code)]"] {
        check_source("a.rs", &format!("//! Prose.\n    #[{attribute}\n"), 1);
    }
    check_source("a.rs", "//! Prose.\n#![allow(dead_code)]\n", 1);
    check_source("a.rs", "//! Prose.\n#[expect(dead_code, reason = \"none\")]\n// #[ignored]\n", 0);
}

#[test]
fn unfinished_code_stays_out() {
    for name in ["todo", "unimplemented", "dbg"] {
        check_source("a.rs", &format!("//! Prose.\nfn f() {{ {name}!() }}\n"), 1);
        check_source("a.rs", &format!("//! Prose.\n// {name}!() is a word.\n"), 0);
    }
}

#[test]
fn lib_holds_prose_and_re_exports() {
    let good = "//! Prose.\n#![cfg_attr(\n    docsrs,\n    feature(doc_cfg)\n)]\n\n#[cfg(test)]\nmod a;\npub mod b;\n\n// Why.\npub use a::{\n    A,\n    B,\n};\npub use c::C; // Why.\n/// D.\npub mod d {\n    pub use e::{\n        F,\n    };\n}\n";
    check_source("src/lib.rs", good, 0);
    for bad in ["fn f() {}", "mod a {\nfn f() {}\n}", "pub struct A;", "pub const A: u8 = 1;", "macro_rules! a {"] {
        check_source("src/lib.rs", &format!("//! Prose.\nmod a;\n{bad}\n"), 1);
        check_source("src/other.rs", &format!("//! Prose.\nmod a;\n{bad}\n"), 0);
    }
}

#[test]
fn lines_end_without_white_space_and_files_with_one_newline() {
    check_line("word", 0);
    check_line("word ", 1);
    check_line("word\t", 1);
    assert_eq!(text::check("a.md", "word", "/srv/checkout").len(), 1);
    assert_eq!(text::check("a.md", "word\n\n", "/srv/checkout").len(), 1);
    assert_eq!(text::check("a.md", "word\r\n", "/srv/checkout").len(), 1);
}

#[test]
fn no_file_names_a_machine() {
    check_line("in `/srv/checkout/target`", 1);
    check_line("see https://example.org/srv/checkout", 0);
    for home in ["home", "Users", "root"] {
        check_line(&format!("open(\"/{home}/builder/x\")"), 1);
        check_line(&format!("open(\"/{home}/ada/x\")"), 0);
        check_line(&format!("docs/{home}/bob"), 0);
    }
    check_line("under `/home/`, people", 0);
}

#[test]
fn versions_stand_in_the_workspace() {
    let good = "[package]\nversion = \"1\"\n[dependencies]\na.workspace = true\nb = { workspace = true, features = [\"c\"] }\n\n[lints]\nx = 1\n";
    assert!(manifests::versions("a/Cargo.toml", good).is_empty());
    for bad in [
        "[dependencies]\na = \"1\"\n",
        "[dev-dependencies]\na = { path = \"x\" }\n",
        "[target.'cfg(unix)'.dependencies]\na = \"1\"\n",
    ] {
        assert_eq!(manifests::versions("a/Cargo.toml", bad).len(), 1, "{bad}");
    }
}

#[test]
fn each_third_party_has_its_reason() {
    let manifest = "[workspace.dependencies]\nours = { path = \"x\" }\nanyhow = \"1\"\nserde_json = \"1\"\n[profile.dev]\ndebug = false\n";
    assert!(manifests::undecided(manifest, "- `anyhow`: x.\n- `serde_json`: y.\n").is_empty());
    assert_eq!(manifests::undecided(manifest, "- `anyhow`: x.\n").len(), 1);
}

#[test]
fn arrows_are_those_of_the_document() {
    let rows = arrows::rows(
        "# A\n\n| `x` | `y` |\n\n## Arrows\n\n| crate | may use |\n| --- | --- |\n| `a` | `b`, `c` |\n| `b` | – |\n\n## After\n\n| `c` | `a` |\n",
    );
    assert_eq!(rows.len(), 2);
    assert!(arrows::judge(&rows, "a", &["b", "c"]).is_empty());
    assert_eq!(arrows::judge(&rows, "b", &["a"]).len(), 1, "upwards");
    assert_eq!(arrows::judge(&rows, "c", &[]).len(), 1, "not in the table");
}

#[test]
fn each_threat_names_what_shows_it() {
    let sources = [
        ("xtask/tamper/src/attack.rs".to_owned(), "attack(\"cut-tail\", x); format!(\"edit-{column}\")".to_owned()),
        ("crates/a/tests/it/a.rs".to_owned(), concat!("#[", "test]\nfn it_holds() {}\nfn no_test() {}\n").to_owned()),
    ];
    let n_findings = |shown_by: &str| {
        let page = format!("# A\n\n| attacker | shown by |\n| --- | --- |\n| cuts | {shown_by} |\n");
        threats::check(&page, &sources).len()
    };
    for fine in ["`tamper cut-tail`", "`tamper edit-*`, `it_holds`", "`a::it_holds`"] {
        assert_eq!(n_findings(fine), 0, "{fine}");
    }
    for bad in ["–", "`tamper cut-head`", "`it_held`", "`no_test`", "`cut-tail`", "`it_holds`, `tamper tail`"] {
        assert_eq!(n_findings(bad), 1, "{bad}");
    }
    assert_eq!(threats::check("# A\n", &sources).len(), 1, "no table");
}
