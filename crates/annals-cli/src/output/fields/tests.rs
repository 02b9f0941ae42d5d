//! The JSON of small answers.

use super::{Field, object};

#[test]
fn absent_values_are_left_out() {
    let fields = [
        ("a", Field::Number(7)),
        ("b", Field::Absent),
        ("c", Field::text(Some("say \"no\""))),
        ("d", Field::List(vec!["{}".to_owned(), "1".to_owned()])),
    ];
    assert_eq!(object(&fields), "{\"a\":7,\"c\":\"say \\\"no\\\"\",\"d\":[{},1]}");
    assert_eq!(object(&[]), "{}");
}
