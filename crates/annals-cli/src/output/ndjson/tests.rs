//! Escapes mean what they replace.

use super::harmless;

#[test]
fn a_terminal_gets_escapes_that_mean_the_same() {
    let line = "{\"a\":\"\u{9b}31m\u{202e}\u{e0041}ä日\"}";
    let shown = harmless(line);
    assert_eq!(shown, "{\"a\":\"\\u009b31m\\u202e\\udb40\\udc41ä日\"}");
    let (before, after): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(line).unwrap(), serde_json::from_str(&shown).unwrap());
    assert_eq!(before, after);
}
