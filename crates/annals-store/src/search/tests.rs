//! Which words an event has, and what fits them.

use annals_words::Query;

use super::{EventWords, Search};

fn fits(query: &str, details: &str, labels: &[&str]) -> bool {
    let search = Search::new(&Query::parse(query, |_, _| false));
    search.fits_words(&EventWords::of_texts(Some(details), labels.iter().copied()))
}

#[test]
fn all_words_must_be_there_in_details_or_labels() {
    let details = r#"{"command":"cargo test\nrunning","deep":[{"exit_code":101}],"flag":true}"#;
    for query in
        ["cargo", "CARGO bash", "run", "runs test", "exit_code 101", "\"cargo test\"", "code", "true", "-other cargo"]
    {
        assert!(fits(query, details, &["tool.completed", "Bash"]), "{query}");
    }
    for query in [
        "cargo other",
        "\"test cargo\"",
        "cargo -bash",
        "nrunning",
        "-\"cargo test\"",
        "!!!",
        "\"completed bash cargo\"",
    ] {
        assert!(!fits(query, details, &["tool.completed", "Bash"]), "{query}");
    }
}

#[test]
fn a_path_is_its_parts_in_their_order() {
    for query in ["auth.rs", "src/auth.rs", "srcauthrs auth", "\"src/auth.rs\""] {
        assert!(fits(query, "{}", &["src/auth.rs"]), "{query}");
    }
    assert!(!fits("src/auth.rs", "{}", &["src/cart.rs", "tests/auth.rs"]));
    assert!(!fits("cart -auth.rs", r#"{"x":"cart"}"#, &["src/auth.rs"]));
}

#[test]
fn types_look_like_types() {
    for name in ["tool.*", "tool.invoked", "plan_applied", "x1"] {
        assert!(Search::is_type(name), "{name}");
    }
    for name in ["", "*", ".*", "tool*", "Tool.x", "a..b", "a b"] {
        assert!(!Search::is_type(name), "{name}");
    }
}
