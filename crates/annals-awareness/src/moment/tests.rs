//! Times in and out, by a table.

use super::*;

#[test]
fn times_are_read_as_python_reads_them() {
    let table = [
        ("2026-11-21T14:03:05Z", "2026-11-21T14:03:05.000000+00:00"),
        ("2026-11-21T14:03:05.12Z", "2026-11-21T14:03:05.120000+00:00"),
        ("2026-11-21T14:03:05.1234567", "2026-11-21T14:03:05.123456+00:00"),
        ("2026-11-21 14:03", "2026-11-21T14:03:00.000000+00:00"),
        ("2026-11-21T14", "2026-11-21T14:00:00.000000+00:00"),
        ("2026-11-21", "2026-11-21T00:00:00.000000+00:00"),
        ("20261121", "2026-11-21T00:00:00.000000+00:00"),
        ("20261121T140305", "2026-11-21T14:03:05.000000+00:00"),
        ("2026-W47-6", "2026-11-21T00:00:00.000000+00:00"),
        ("2026W47", "2026-11-16T00:00:00.000000+00:00"),
        ("2026-11-21T14:03:05+01:00", "2026-11-21T13:03:05.000000+00:00"),
        ("2026-11-21T00:30:00+0100", "2026-11-20T23:30:00.000000+00:00"),
        ("2026-11-21T14:03:05-05:30", "2026-11-21T19:33:05.000000+00:00"),
        ("  2026-11-21T14:03:05Z ", "2026-11-21T14:03:05.000000+00:00"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999+00:00"),
    ];
    for (given, expected) in table {
        assert_eq!(read("since", given).map(written).as_deref(), Ok(expected), "`{given}`");
        // What is written is read as the same.
        assert_eq!(read("since", expected).map(written).as_deref(), Ok(expected), "`{expected}`");
    }
}

#[test]
fn what_is_no_time_is_refused_with_a_page_that_helps() {
    let wrong = [
        "",
        " ",
        "yesterday",
        "2026-13-01",
        "2026-02-30",
        "2026-11-21T",
        "2026-11-21T25:00",
        "2026-11-21T14:3",
        "2026-11-21T14:03:05+99:00",
        "2026-11-21T14:03:05.",
        "2026-11-21T14.5",
        "2026-11-21T14:03:05ZZ",
        "２０２６-11-21",
        "2026-11-21T14:03é",
        "9999999",
        "2026-W60-1",
        "9999-01-01",
    ];
    for given in wrong {
        let refusal = read("since", given).expect_err(given);
        let error = &refusal.to_json()["error"];
        assert_eq!(error["code"], "invalid_parameter", "`{given}`");
        assert_eq!(error["param"], "since");
        assert_eq!(error["help_url"], TIME_HELP);
    }
}

#[test]
fn a_time_is_kept_to_the_microsecond() {
    assert_eq!(kept(Timestamp::from_nanos(1_999)), Timestamp::from_nanos(1_000));
    assert_eq!(kept(Timestamp::from_nanos(-1)), Timestamp::from_nanos(-1_000));
}
