//! The end of the server is the end of the wrapper: codes, signals, and what could not be run.

use std::os::unix::process::ExitStatusExt;

use super::*;

#[test]
fn the_exit_is_the_servers_own() {
    let bed = Bed::new();
    for script in [
        "exit 0",
        "exit 3",
        "exit 255",
        "kill -TERM $$",
        "kill -KILL $$",
        "kill -SEGV $$",
        "kill -HUP $$",
        "kill -ABRT $$",
    ] {
        let bare = start(&bed, Way::Bare, &[], script).finished();
        let through = start(&bed, Way::Wrapped, &[], script).finished();
        assert_eq!((through.0.code(), through.0.signal()), (bare.0.code(), bare.0.signal()), "{script}");
        assert_eq!((&through.1, &through.2), (&bare.1, &bare.2), "{script}");
    }
    let rows = trail(&bed);
    let last = rows.iter().rfind(|row| row["event_type"] == "session.ended").unwrap();
    assert_eq!((&last["details"]["signal"], &last["outcome"]), (&"SIGABRT".into(), &"failure".into()));
}

#[test]
fn what_can_not_be_run_ends_as_in_a_shell() {
    let bed = Bed::new();
    let plain = bed.file("plain", "#!/bin/sh\n");
    bed.run(&["wrap", "--", "no-such-server"]).refused(127, &["no-such-server", "not found"]);
    bed.run(&["wrap", "--", plain.to_str().unwrap()]).refused(126, &["plain"]);
    bed.run(&["wrap"]).refused(2, &["COMMAND"]);
    bed.run(&["wrap", "--unknown", "--", "true"]).refused(2, &["--unknown"]);
    let rows = trail(&bed);
    assert_eq!(brief(&rows), ["session.created", "session.ended failure", "session.created", "session.ended failure"]);
    assert!(rows[1]["details"]["error"].as_str().unwrap().contains("not found"));
}

#[test]
fn a_script_without_an_interpreter_is_the_shells() {
    use std::os::unix::fs::PermissionsExt;

    let bed = Bed::new();
    let script = bed.file("a script", "echo \"$0 $# $2\"; read -r line; echo \"$line\"; exit 7\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut running = run(&mut bed.command(&["wrap", "--", script.to_str().unwrap(), "a", "b  c"]));
    running.say("heard");
    let (status, out, err) = running.finished();
    let expected = format!("{} 2 b  c\nheard\n", script.display());
    assert_eq!((status.code(), String::from_utf8(out).unwrap(), err), (Some(7), expected, String::new()));
}

#[test]
fn options_after_the_dashes_are_the_servers() {
    let bed = Bed::new();
    let ran = bed.run(&["wrap", "--", "echo", "--help", "--fail-closed", "--", "-h"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "--help --fail-closed -- -h\n", ""));
    assert_eq!(trail(&bed)[0]["details"]["arguments"]["command"], "echo --help --fail-closed -- -h");
}

#[test]
fn a_server_that_ends_is_not_waited_for_because_of_the_client() {
    let bed = Bed::new();
    let mut running = wrapped(&bed, "exit 4");
    // Its input is open until after its end.
    assert_eq!(running.ended().code(), Some(4));
    drop(running.stdin.take());
}

#[test]
fn what_a_server_said_before_its_end_arrives() {
    let bed = Bed::new();
    for way in [Way::Bare, Way::Wrapped] {
        // More than two pipes hold, and a client that reads late.
        let mut running = start(&bed, way, &[], "head -c 1000000 /dev/zero; exit 5");
        let stdout = running.stdout.take().unwrap();
        thread::park_timeout(Duration::from_millis(50));
        let n_bytes = in_time("the rest", move || std::io::copy(&mut { stdout }, &mut std::io::sink()).unwrap());
        assert_eq!((n_bytes, running.ended().code()), (1_000_000, Some(5)), "{way:?}");
    }
}
