//! `query`, `get`, `count`, `sessions`, `stats` and `health`.

use crate::bed::{Bed, finish, ndjson, spawn};

/// A log with a few events of two sessions.
fn bed() -> Bed {
    let bed = Bed::new();
    for arguments in [
        &[
            "--type",
            "tool.invoked",
            "--actor",
            "ada",
            "--session",
            "S-1",
            "--tool",
            "bash",
            "--outcome",
            "success",
            "--duration-ms",
            "12",
            "--details",
            "{\"command\":\"cargo test\\ncargo fmt\"}",
        ][..],
        &[
            "--type",
            "tool.invoked",
            "--actor",
            "ada",
            "--session",
            "S-1",
            "--tool",
            "write_file",
            "--outcome",
            "failure",
            "--resource",
            "src/auth.rs",
        ],
        &[
            "--type",
            "guard.denied",
            "--actor",
            "bot",
            "--session",
            "S-2",
            "--tool",
            "bash",
            "--decision",
            "deny",
            "--details",
            "{\"command\":\"rm -rf /\"}",
        ],
        &["--type", "plan_applied", "--actor", "bot", "--session", "S-2", "--plan", "P-7"],
    ] {
        bed.good(&[&["record"], arguments].concat());
    }
    bed
}

/// The sequence numbers of an answer.
fn seqs(bed: &Bed, arguments: &[&str]) -> Vec<u64> {
    bed.good(&[&["query"], arguments].concat()).rows().iter().map(|row| row["seq"].as_u64().unwrap()).collect()
}

#[test]
fn filters_find_what_they_say() {
    let bed = bed();
    for (arguments, expected) in [
        (&[][..], &[3, 2, 1, 0][..]),
        (&["--order", "oldest"], &[0, 1, 2, 3]),
        (&["--type", "tool.*"], &[1, 0]),
        (&["--type", "tool.*,plan_applied"], &[3, 1, 0]),
        (&["--event-type", "guard.denied"], &[2]),
        (&["--tool", "bash"], &[2, 0]),
        (&["--actor", "ada", "--tool", "bash"], &[0]),
        (&["--actor-name", "ada"], &[1, 0]),
        (&["--resource", "src/**"], &[1]),
        (&["--outcome", "failure,denied"], &[1]),
        (&["--outcome", "failure", "--outcome", "success"], &[1, 0]),
        (&["--decision", "deny"], &[2]),
        (&["--text", "rm -rf"], &[2]),
        (&["--session", "S-2"], &[3, 2]),
        (&["--plan-id", "P-7"], &[3]),
        (&["--space", "default", "--seq", "1..3"], &[2, 1]),
        (&["--since", "today"], &[3, 2, 1, 0]),
        (&["--since", "1h", "--until", "now", "--created-since", "1h"], &[3, 2, 1, 0]),
        (&["--until", "yesterday"], &[]),
        (&["--type", "audit.*"], &[]),
        (&["--tool", "nobody"], &[]),
    ] {
        assert_eq!(seqs(&bed, arguments), expected, "{arguments:?}");
        let n_events = u64::try_from(expected.len()).unwrap();
        if !arguments.contains(&"--order") {
            let count = bed.good(&[&["count"], arguments].concat());
            assert_eq!(count.out, format!("{{\"count\":{n_events}}}\n"), "{arguments:?}");
        }
    }
    assert_eq!(bed.good(&["count", "--format", "table"]).out, "4\n");
    assert_eq!(bed.good(&["count", "--format", "csv"]).out, "count\n4\n");
}

#[test]
fn a_cursor_goes_on_where_the_page_ended() {
    let bed = bed();
    let rows = bed.good(&["query", "--limit", "3"]).rows();
    let cursor = rows[2]["cursor"].as_str().unwrap();
    assert_eq!(seqs(&bed, &["--limit", "3", "--cursor", cursor]), [0]);
    // The cursor of an oldest row knows its order.
    let rows = bed.good(&["query", "--limit", "1", "--order", "oldest"]).rows();
    assert_eq!(seqs(&bed, &["--cursor", rows[0]["cursor"].as_str().unwrap()]), [1, 2, 3]);
    let table = bed.good(&["query", "--limit", "3", "--format", "table"]);
    assert!(table.err.contains(&format!("--cursor {cursor}")), "{table:?}");
    assert_eq!(bed.good(&["query", "--limit", "4", "--format", "table"]).err, "");
    assert_eq!(bed.good(&["query", "--limit", "3"]).err, "");
}

#[test]
fn a_rare_match_is_found_however_many_rows_lie_before_it() {
    let bed = Bed::new();
    // One page examines 20 000 rows.
    let input = format!(
        "{{\"event_type\":\"tool.invoked\",\"tool\":\"rare\",\"details\":{{\"needle\":1}}}}\n{}",
        ndjson(20_500)
    );
    assert_eq!(bed.feed(&["record", "--ndjson"], input).code, Some(0));
    assert_eq!(seqs(&bed, &["--text", "needle"]), [0]);
    assert_eq!(seqs(&bed, &["--text", "needle", "--limit", "1"]), [0]);
}

#[test]
fn the_table_fits_eighty_columns() {
    let bed = bed();
    let long = "a/very/long/path/".repeat(20);
    bed.good(&[
        "record",
        "--type",
        "resource_modified",
        "--actor",
        &"agent".repeat(10),
        "--tool",
        &"tool".repeat(10),
        "--resource",
        &long,
    ]);
    bed.good(&[
        "record",
        "--type",
        "resource_modified",
        "--resource",
        "日本語のとても長いファイル名".repeat(5).as_str(),
    ]);
    let ran = bed.good(&["query", "--format", "table", "--order", "oldest"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines.iter().all(|line| console_width(line) <= 80), "{}", ran.out);
    assert!(lines[0].starts_with("time") && lines[0].ends_with("ms"), "{}", lines[0]);
    assert_eq!(lines.len(), 7);
    assert!(
        lines[1].contains("cargo test …") && lines[1].contains("success") && lines[1].ends_with("12"),
        "{}",
        lines[1]
    );
    assert!(lines[2].contains("src/auth.rs") && lines[2].contains("failure"), "{}", lines[2]);
    assert!(lines[3].contains("rm -rf /") && lines[3].contains("deny"), "{}", lines[3]);
    assert!(lines[5].contains('…') && lines[6].contains('…'), "{}", ran.out);
    // An answer without rows is an empty one.
    let empty = bed.good(&["query", "--format", "table", "--tool", "nobody"]);
    assert_eq!((empty.out.as_str(), empty.err.as_str()), ("", ""));
}

/// The columns of a line with characters of one and two columns.
fn console_width(line: &str) -> usize {
    line.chars()
        .map(|character| {
            if ('\u{1100}'..='\u{ffff}').contains(&character) && !matches!(character, '\u{2000}'..='\u{2fff}') {
                2
            } else {
                1
            }
        })
        .sum()
}

#[test]
fn hostile_text_is_shown_harmlessly() {
    let bed = Bed::new();
    let hostile = "{\"event_type\":\"tool.invoked\",\"session_id\":\"S\\u001b[2J\",\"tool\":\"\\u001b]0;owned\\u0007\",\"resource\":\"\\u202egpj.exe\",\"details\":{\"a\":\"\u{9b}31m\\u001b\"}}\n";
    assert_eq!(bed.feed(&["record", "--ndjson"], hostile).code, Some(0));
    let id = bed.good(&["query"]).rows()[0]["id"].as_str().unwrap().to_owned();
    for arguments in [&["query"][..], &["show", &id], &["show", "S"], &["sessions"], &["get", &id]] {
        let ran = bed.good(&[arguments, &["--format", "table"]].concat());
        let bad = ran
            .out
            .chars()
            .find(|character| (character.is_control() && *character != '\n') || *character == '\u{202e}');
        assert_eq!(bad, None, "{arguments:?}: {:?}", ran.out);
        assert!(ran.out.contains("\\u{1b}"), "{arguments:?}: {}", ran.out);
    }
    // A pipe gets what is on record.
    assert_eq!(bed.good(&["query"]).rows()[0]["resource"], "\u{202e}gpj.exe");
}

#[test]
fn csv_has_every_column() {
    let bed = bed();
    let ran = bed.good(&["query", "--format", "csv", "--order", "oldest"]);
    let mut lines = ran.out.lines();
    insta::assert_snapshot!(lines.next().unwrap(), @"seq,id,event_type,created_at,recorded_at,occurred_at,space,credential,producer,pseq,operation_id,phase,outcome,duration_ms,n_redacted,user_identity,on_behalf_of,actor_name,agent_version,model,client,project_name,plan_id,root_plan_id,session_id,correlation_id,parent_id,traceparent,tool,resource,policy,decision,approver,host,details,erased_by,cursor");
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("0,")
            && first.ends_with(",o0")
            && first.contains("\"{\"\"command\"\":\"\"cargo test\\ncargo fmt\"\"}\""),
        "{first}"
    );
    assert_eq!(lines.count(), 3);
    assert_eq!(bed.good(&["query", "--format", "csv", "--tool", "nobody"]).out.lines().count(), 1);
}

#[test]
fn sessions_are_listed() {
    let bed = bed();
    let rows = bed.good(&["sessions"]).rows();
    assert_eq!(
        (&rows[0]["session_id"], &rows[0]["n_events"], &rows[0]["n_failures"]),
        (&"S-2".into(), &2.into(), &1.into())
    );
    assert_eq!(
        (&rows[1]["session_id"], &rows[1]["n_calls"], &rows[1]["actor_name"]),
        (&"S-1".into(), &2.into(), &"ada".into())
    );
    let next = bed.good(&["sessions", "--limit", "1", "--cursor", rows[0]["cursor"].as_str().unwrap()]).rows();
    assert_eq!(next[0]["session_id"], "S-1");
    let table = bed.good(&["sessions", "--format", "table"]).out;
    assert!(
        table.starts_with("session") && table.contains("S-1") && table.lines().all(|line| line.len() <= 80),
        "{table}"
    );
}

#[test]
fn stats_are_a_chart_and_rows() {
    let bed = bed();
    let rows = bed.good(&["stats", "--bucket", "1w"]).rows();
    let sum = |name: &str| rows.iter().map(|row| row[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!(
        (sum("n_events"), sum("n_failed"), sum("n_denied"), rows[0]["width_s"].as_u64()),
        (4, 1, 1, Some(604_800))
    );
    let chart = bed.good(&["stats", "--format", "table"]).out;
    assert!(
        chart.starts_with("time") && chart.contains('█') && chart.lines().all(|line| line.chars().count() <= 80),
        "{chart}"
    );
    let csv = bed.good(&["stats", "--format", "csv", "--bucket", "1w"]).out;
    assert!(csv.starts_with("start,width_s,n_events,n_failed,n_denied\n"), "{csv}");
}

#[test]
fn what_is_not_there_has_its_exit_code() {
    let bed = bed();
    let id = "0192f0c1-2b3d-7e4f-8a5b-6c7d8e9f0a1b";
    bed.run(&["get", id]).refused(1, &[id]);
    bed.run(&["show", id]).refused(1, &[id]);
    bed.run(&["show", "nobody"]).refused(1, &["`nobody`"]);
    let known = bed.good(&["query"]).rows()[0]["id"].as_str().unwrap().to_owned();
    let ran = bed.run(&["get", id, &known]);
    assert_eq!((ran.code, ran.rows().len()), (Some(1), 1));
}

#[test]
fn without_a_database_the_path_and_a_hint_are_told() {
    let bed = Bed::new();
    for made in [false, true] {
        if made {
            std::fs::create_dir(bed.data()).unwrap();
        }
        for arguments in [
            &["query"][..],
            &["count"],
            &["sessions"],
            &["stats"],
            &["show", "x"],
            &["tail"],
            &["get", "0192f0c1-2b3d-7e4f-8a5b-6c7d8e9f0a1b"],
        ] {
            bed.run(arguments).refused(3, &[bed.data().to_str().unwrap(), "hint:"]);
        }
        let health = bed.run(&["health"]);
        if !made {
            health.refused(3, &[bed.data().to_str().unwrap(), "hint:"]);
        }
        assert_eq!(health.rows()[0]["state"], if made { "ok" } else { "failing" });
        let n_files = std::fs::read_dir(bed.data()).map_or(0, Iterator::count);
        assert_eq!(n_files, 0, "reading made something");
    }
}

#[test]
fn a_damaged_database_is_refused() {
    let bed = bed();
    std::fs::write(bed.data().join("annals.db"), "this is no database, whatever its name says".repeat(100)).unwrap();
    bed.run(&["query"]).refused(3, &["annals.db"]);
    bed.run(&["record", "--type", "tool.invoked"]).refused(3, &["annals.db"]);
}

#[test]
fn reading_writes_nothing() {
    let bed = bed();
    let names = || {
        let mut names: Vec<_> =
            std::fs::read_dir(bed.data()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (before, bytes) = (names(), std::fs::read(bed.data().join("annals.db")).unwrap());
    for arguments in [&["query"][..], &["count"], &["sessions"], &["stats"], &["show", "S-1"], &["health"], &["config"]]
    {
        bed.good(arguments);
    }
    assert_eq!(bytes, std::fs::read(bed.data().join("annals.db")).unwrap());
    let made: Vec<_> = names()
        .into_iter()
        .filter(|name| !before.contains(name))
        .filter(|name| !name.to_string_lossy().contains("annals.db-"))
        .collect();
    assert!(made.is_empty(), "{made:?}");
    assert_eq!(bed.count(), 4);
}

/// Rows that a damaged database or a clock gone mad may have: every command that reads ends, and soon.
#[test]
fn times_and_numbers_far_away_do_not_hang_a_reader() {
    for (column, value) in [
        ("recorded_at", i64::MAX),
        ("recorded_at", i64::MIN),
        ("recorded_at", 0),
        ("seq", i64::MAX - 1),
        ("seq", 1 << 50),
    ] {
        let bed = bed();
        let database = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
        let update = format!("UPDATE event SET {column} = ?1 WHERE seq = (SELECT max(seq) FROM event)");
        database.execute(&update, [value]).unwrap();
        drop(database);
        for filter in [&["--space", "default"][..], &["--outcome", "success"], &["--since", "2020-01-01"], &[]] {
            let commands: [&[&str]; 5] = [
                &["stats", "--format", "table"],
                &["stats", "--format", "table", "--bucket", "1s"],
                &["query", "--format", "table"],
                &["sessions", "--format", "table"],
                &["count"],
            ];
            for command in commands {
                let ran = bed.run(&[command, filter].concat());
                assert_eq!(ran.code, Some(0), "{column} {value} {command:?} {filter:?}: {ran:?}");
                assert!(ran.out.lines().count() <= 250, "{ran:?}");
            }
        }
    }
}

#[test]
fn a_screen_is_never_as_wide_as_a_slip_says() {
    let bed = bed();
    for columns in ["4000000000", "18446744073709551615"] {
        let ran = finish(spawn(bed.command(&["stats", "--format", "table"]).env("COLUMNS", columns)));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.len() < 1 << 16, "{} bytes", ran.out.len());
    }
}

#[test]
fn sessions_that_begin_alike_are_told_apart() {
    let bed = Bed::new();
    // Two of one millisecond, as a client makes them that starts several servers at once.
    let names = ["01a1fcb2-3581-7a08-87bd-ff367d0df2a8", "01a1fcb2-3581-7a08-97bd-ff367d0df2a8"];
    for name in names {
        let who = ["--actor", "an-agent-with-a-name", "--client", "a-client-with-a-name", "--project", "shop"];
        bed.good(&[&["record", "--type", "session.created", "--session", name], &who[..]].concat());
    }
    let table = bed.good(&["sessions", "--format", "table"]).out;
    for (name, line) in names.iter().rev().zip(table.lines().skip(1)) {
        let shown = line.split(' ').next().unwrap();
        assert!(name.starts_with(shown), "{table}");
        assert!(bed.good(&["show", shown, "--format", "table"]).out.contains(name));
    }
}
