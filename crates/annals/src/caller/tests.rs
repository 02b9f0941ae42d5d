//! Which names are taken.

use super::Caller;

#[test]
fn names_that_can_be_seen_are_taken_and_others_are_told() {
    for name in ["default", "team", "ada@example.com", "auth0|12", "größe", &"x".repeat(256)] {
        let caller = Caller::new(name, name).expect("a visible name");
        assert_eq!((caller.space(), caller.credential()), (name, name));
    }
    for name in ["", " team", "team\n", "te\u{202e}am", "te\u{200b}am", &"x".repeat(257)] {
        let error = Caller::new(name, "ada").expect_err("no visible name").to_string();
        assert!(error.contains("`space`"), "{error}");
        assert!(Caller::new("team", name).expect_err("no visible name").to_string().contains("`credential`"));
    }
}
