//! Signals reach the server, once.

use std::os::unix::process::ExitStatusExt;

use rustix::process::{Pid, Signal, kill_process};

use super::*;

fn send(running: &Running, signal: Signal) {
    kill_process(Pid::from_child(&running.child), signal).unwrap();
}

#[test]
fn a_signal_is_handed_down() {
    let bed = Bed::new();
    for (name, signal) in [
        ("TERM", Signal::TERM),
        ("INT", Signal::INT),
        ("HUP", Signal::HUP),
        ("QUIT", Signal::QUIT),
        ("USR1", Signal::USR1),
    ] {
        for way in [Way::Bare, Way::Wrapped] {
            let script = format!("trap 'echo got; exit 9' {name}; echo ready; while :; do sleep 0.02; done");
            let mut running = start(&bed, way, &[], &script);
            assert_eq!(running.hear(), "ready\n");
            send(&running, signal);
            assert_eq!(running.hear(), "got\n", "{way:?} {name}");
            assert_eq!(running.ended().code(), Some(9), "{way:?} {name}");
        }
    }
}

#[test]
fn a_server_that_dies_of_a_signal_leaves_a_wrapper_that_did() {
    let bed = Bed::new();
    let mut running = wrapped(&bed, "echo ready; exec sleep 300");
    assert_eq!(running.hear(), "ready\n");
    send(&running, Signal::TERM);
    assert_eq!(running.ended().signal(), Some(15));
    let rows = trail(&bed);
    assert_eq!(brief(&rows), ["session.created", "session.notified", "session.ended cancelled"]);
    assert_eq!(rows[2]["details"]["ended_by"], "client");
}

#[test]
fn a_server_that_pays_no_heed_keeps_its_wrapper() {
    let bed = Bed::new();
    let mut running = wrapped(&bed, "trap '' TERM; echo ready; read -r line; exit 2");
    assert_eq!(running.hear(), "ready\n");
    send(&running, Signal::TERM);
    running.say("go");
    assert_eq!(running.ended().code(), Some(2));
}

#[test]
fn what_was_ignored_stays_ignored() {
    let bed = Bed::new();
    let binary = env!("CARGO_BIN_EXE_annals");
    let script = format!("trap '' HUP; exec {binary} wrap -- sh -c 'echo ready; kill -HUP $$; read -r line; exit 3'");
    let mut running = start(&bed, Way::Bare, &[], &script);
    assert_eq!(running.hear(), "ready\n");
    send(&running, Signal::HUP);
    running.say("go");
    assert_eq!(running.ended().code(), Some(3));
}

#[test]
fn what_a_terminal_sends_to_all_is_not_sent_twice() {
    let bed = Bed::new();
    let binary = env!("CARGO_BIN_EXE_annals");
    // Counts the interrupts that come, and tells on the fifth tick without one how many there were.
    let server = "n=0; t=0; trap 'n=$((n+1))' INT; echo ready; while [ $t -lt 25 ]; do sleep 0.02; [ $n -gt 0 ] && t=$((t+1)); done; echo count=$n";
    let file = bed.file("server", server);
    let command = format!("{binary} wrap -- sh {}", file.display());
    let mut terminal = bed.command::<&str>(&[]);
    assert!(
        std::path::Path::new("/usr/bin/script").exists(),
        "`script` is missing (hint: install bsdutils or util-linux)"
    );
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).env_clear();
    script.envs(terminal.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", "/usr/bin:/bin");
    terminal = script;
    let mut running = run(&mut terminal);
    assert_eq!(running.hear().trim_end(), "ready");
    running.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    let mut line = running.hear();
    // A terminal shows what is typed.
    if !line.starts_with("count") {
        line = line.trim_start_matches("^C").to_owned();
    }
    assert_eq!(line.trim(), "count=1");
    running.ended();
}

#[test]
fn a_hang_up_that_only_the_leader_of_the_session_is_told_reaches_the_server() {
    let bed = Bed::new();
    let told = bed.file("told", "");
    // It ends by itself in some time, so that a failing test leaves nobody.
    let server = format!(
        "trap 'echo hup >>{}; exit' HUP; echo ready; n=0; while [ $n -lt 1000 ]; do n=$((n+1)); sleep 0.02; done",
        told.display()
    );
    let file = bed.file("server", &server);
    let command = format!("exec {} wrap -- sh {}", env!("CARGO_BIN_EXE_annals"), file.display());
    let surroundings = bed.command::<&str>(&[]);
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &command, "/dev/null"]).env_clear().env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh");
    terminal.envs(surroundings.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut running = run(&mut terminal);
    assert_eq!(running.hear().trim_end(), "ready");
    // The terminal is gone with whoever holds its other end.
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let began = Instant::now();
    while std::fs::read_to_string(&told).unwrap().is_empty() {
        assert!(began.elapsed() < DEADLINE, "the server is not told");
        thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn a_signal_after_the_servers_end_ends_the_wait_for_a_client_that_does_not_read() {
    let bed = Bed::new();
    // More than the pipes hold, written by a child that outlives the server.
    let mut running = wrapped(&bed, "head -c 1000000 /dev/zero & exit 3");
    let began = Instant::now();
    while running.child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < DEADLINE);
        send(&running, Signal::TERM);
        thread::park_timeout(Duration::from_millis(5));
    }
    // The end is the server's, whether the signal came before it or after.
    let status = running.ended();
    assert!(status.code() == Some(3) || status.signal() == Some(15), "{status}");
}
