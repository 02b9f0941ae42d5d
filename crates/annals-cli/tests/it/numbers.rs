//! Numbers and times that cannot be meant.

use crate::bed::Bed;

#[test]
fn numbers_and_times_out_of_range_are_told() {
    let bed = Bed::new();
    for (arguments, parts) in [
        (
            &["record", "--type", "tool.invoked", "--duration-ms", "-1"][..],
            &["--duration-ms", "-1", "whole number", "hint:"][..],
        ),
        (&["record", "--type", "tool.invoked", "--duration-ms", "1.5"], &["--duration-ms", "1.5", "whole number"]),
        (&["query", "--limit", "-1"], &["--limit", "-1", "1 to 1000"]),
        (&["query", "--seq", "-1"], &["--seq", "-1", "10..20"]),
        (&["query", "--since", "0001-01-01"], &["--since", "outside", "1678 to 2261"]),
        (&["query", "--until", "9999-01-01"], &["--until", "outside", "1678 to 2261"]),
        (&["query", "--since", "99999999w"], &["--since", "outside", "1678 to 2261"]),
        (&["query", "--since", "1h30m"], &["--since", "is no time", "yesterday"]),
    ] {
        bed.run(arguments).refused(2, parts);
    }
}
