//! The error object, member by member.

use super::*;

#[test]
fn an_error_says_no_more_than_it_knows() {
    let refusal = Refusal::new(Code::Unavailable, "no embedding provider");
    assert_eq!(
        refusal.to_json(),
        json!({ "status": "error", "error": { "code": "unavailable", "message": "no embedding provider", "retryable": true } })
    );
}

#[test]
fn a_wrong_word_is_answered_with_all_words_sorted_and_the_nearest() {
    let table = [
        ("warnin", Some("warning")),
        ("CRITICLE", Some("critical")),
        ("critical", Some("critical")),
        ("waring!", Some("warning")),
        ("fatal", None),
        ("", None),
    ];
    for (given, near) in table {
        let error = &Refusal::word("level", given, ["warning", "critical"]).to_json()["error"];
        assert_eq!(error["valid"], json!(["critical", "warning"]), "`{given}`");
        assert_eq!(error["suggestion"].as_str(), near, "`{given}`");
        assert_eq!(error["message"].as_str().is_some_and(|text| text.contains("Did you mean")), near.is_some());
        assert_eq!(error["retryable"], json!(false));
    }
}

#[test]
fn extras_stand_beside_the_rest_and_the_log_stays_inside() {
    let refusal = Refusal::new(Code::SchemaInUse, "in use").with("total_count", 3).with_log("row 7 of table `entry`");
    let json = refusal.to_json();
    assert_eq!(json["error"]["total_count"], 3);
    assert!(!json.to_string().contains("row 7"));
    assert_eq!(refusal.log(), Some("row 7 of table `entry`"));
}

#[test]
fn a_secret_that_was_given_is_not_repeated() {
    let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let json = Refusal::word("level", token, ["warning"]).to_json().to_string();
    assert!(!json.contains(token), "{json}");
}
