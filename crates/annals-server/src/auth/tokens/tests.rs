//! Which files are read, and who is behind a token.

use super::Tokens;

const ALICE: &str = "alice-0123456789abcdef";
const BOB: &str = "bob-0123456789abcdef";

#[test]
fn each_token_names_its_caller() {
    let text = format!("# the team\n\n{ALICE} alice team\n  {BOB}\tbob   other  \n");
    let tokens = Tokens::read(&text).unwrap();
    assert_eq!(tokens.len(), 2);
    let alice = tokens.caller(ALICE).unwrap();
    assert_eq!((alice.credential(), alice.space()), ("alice", "team"));
    assert_eq!(tokens.caller(BOB).unwrap().space(), "other");
    for wrong in ["", "alice", &ALICE[1..], &format!("{ALICE}x"), &ALICE.to_uppercase()] {
        assert_eq!(tokens.caller(wrong), None, "{wrong}");
    }
}

#[test]
fn a_bad_line_is_told_by_its_number_and_without_its_token() {
    for (text, n_line, problem) in [
        (format!("{ALICE} alice"), 1, "2 words"),
        (format!("{ALICE} alice team\n{BOB} bob team more"), 2, "4 words"),
        ("short bob team".to_owned(), 1, "5 bytes"),
        (format!("{ALICE} alice team\n{ALICE} bob team"), 2, "earlier line"),
        (format!("{ALICE} alice te\u{202e}am"), 1, "`space`"),
        (format!("{ALICE}\u{e9} alice team"), 1, "no header"),
    ] {
        let bad = Tokens::read(&text).unwrap_err();
        assert_eq!(bad.n_line, n_line, "{bad:?}");
        assert!(bad.problem.contains(problem), "{bad:?}");
        assert!(!bad.problem.contains(ALICE) && !bad.problem.contains(BOB), "{bad:?}");
    }
}

#[test]
fn nothing_of_a_token_is_shown() {
    let shown = format!("{:?}", Tokens::read(&format!("{ALICE} alice team")).unwrap());
    assert_eq!(shown, "Tokens { n_known: 1, .. }");
}
