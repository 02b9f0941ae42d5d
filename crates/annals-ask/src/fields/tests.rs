//! What is quoted and how.

use super::csv_line as line;

#[test]
fn values_are_quoted_where_they_must_be() {
    assert_eq!(line(["a", "", "b c"]), "a,,b c");
    assert_eq!(line(["a,b", "say \"no\"", "two\nlines"]), "\"a,b\",\"say \"\"no\"\"\",\"two\nlines\"");
}
