//! One table: pattern, what fits, what does not.

use super::Glob;

#[track_caller]
fn check(pattern: &str, fitting: &[&str], other: &[&str]) {
    let glob = Glob::parse(pattern).unwrap();
    for resource in fitting {
        assert!(glob.is_match(resource), "`{pattern}` should fit `{resource}`");
    }
    for resource in other {
        assert!(!glob.is_match(resource), "`{pattern}` should not fit `{resource}`");
    }
}

#[test]
fn patterns() {
    check(
        "src/auth.rs",
        &["src/auth.rs", "/home/a/src/auth.rs", "x/src/auth.rs"],
        &["src/auth.rs2", "mysrc/auth.rs", "src/x/auth.rs"],
    );
    check("/src/auth.rs", &["/src/auth.rs"], &["/a/src/auth.rs", "src/auth.rs"]);
    check("*.rs", &["a.rs", ".rs"], &["src/a.rs", "a.rsx"]);
    check("src/*.rs", &["src/a.rs", "/p/src/b.rs"], &["src/a/b.rs"]);
    check("**/.env*", &[".env", ".env.local", "/a/.env", "a/b/.env.x"], &["a.env", "/a/.env/x"]);
    check("src/**/mod.rs", &["src/a/mod.rs", "src/a/b/mod.rs"], &["src/a/mod.rsx"]);
    check("**", &["", "a/b"], &[]);
    check("a?c", &["abc", "x/a-c"], &["a/c", "ac"]);
    check("https://x.org/*", &["https://x.org/a"], &["https://x.org/a/b", "y/https://x.org/a"]);
    check("**/*a*b", &["/x/zazb", "ab"], &["/x/ab/c"]);
    check("*??", &["ab", "漢字", "aé", "漢字漢"], &["漢", "é", "a"]);
    check("größe/*", &["größe/ü"], &["grosse/u"]);
}

#[test]
fn a_hostile_pattern_ends_quickly() {
    let glob = Glob::parse(&"*a".repeat(500)).unwrap();
    assert!(!glob.is_match(&"a".repeat(8_000).replace("aaaaaaaaaa", "aaaaaaaaa/")));
    let deep = Glob::parse(&"**a".repeat(300)).unwrap();
    assert!(!deep.is_match(&"b".repeat(8_000)));
}

#[test]
fn an_empty_or_endless_pattern_is_refused() {
    assert!(Glob::parse("").is_err());
    assert!(Glob::parse(&"a".repeat(2_000)).is_err());
}

#[test]
fn a_glob_is_a_regular_expression_too() {
    let regex = |text: &str| Glob::parse(text).unwrap().regex();
    assert_eq!(regex("/src/*.rs"), r"^(?:\/src\/[^/]*\.rs)$");
    assert_eq!(regex("**/größe?"), r"^(?:.*\/größe[^/]|größe[^/])$");
    assert_eq!(regex("a(b"), r"^(?:a\(b|.*\/a\(b)$");
}
