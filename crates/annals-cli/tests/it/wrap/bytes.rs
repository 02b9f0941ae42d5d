//! Bytes on both sides are those without the wrapper.

use std::io::{Read, Write};
use std::thread;

use super::*;

/// What a server makes of these chunks, each written by itself.
fn through(bed: &Bed, way: Way, script: &str, chunks: Vec<Vec<u8>>) -> Vec<u8> {
    let mut running = start(bed, way, &[], script);
    let mut stdin = running.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        for chunk in chunks {
            stdin.write_all(&chunk).unwrap();
        }
    });
    let (status, out, err) = running.finished();
    writer.join().unwrap();
    assert!(status.success() && err.is_empty(), "{way:?}: {status} {err}");
    out
}

/// A message as long as that, text and all.
fn long(n_bytes: usize) -> Vec<u8> {
    let body = "é".repeat(n_bytes / 2);
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"t","arguments":{{"content":"{body}"}}}}}}"#
    )
    .into_bytes()
}

/// Numbers that look random and are the same in every run.
fn noise(n_bytes: usize, mut seed: u64) -> Vec<u8> {
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    (0..n_bytes).map(|_| next()).collect()
}

fn in_pieces(bytes: &[u8], n_bytes: usize) -> Vec<Vec<u8>> {
    bytes.chunks(n_bytes).map(<[u8]>::to_vec).collect()
}

#[test]
fn both_streams_are_those_without_the_wrapper() {
    let bed = Bed::new();
    let said = [
        call(1).into_bytes(),
        b"\r\n\r\n".to_vec(),
        noise(300_000, 7),
        b"\n{\"half\":".to_vec(),
        "\u{1f600}é}\n".as_bytes().to_vec(),
        long(5 << 20),
        b"\n[]\n{}\nlast line without an end".to_vec(),
    ]
    .concat();
    for n_bytes in [1 << 20, 4_099, 65_536] {
        let chunks = in_pieces(&said, n_bytes);
        assert!(through(&bed, Way::Bare, "exec cat", chunks.clone()) == said);
        assert!(through(&bed, Way::Wrapped, "exec cat", chunks) == said, "in pieces of {n_bytes}");
    }
    // Byte by byte, UTF-8 cut in the middle.
    let short = "{\"a\":\"\u{1f600}\"}\r\nx".as_bytes();
    assert_eq!(through(&bed, Way::Wrapped, "exec cat", in_pieces(short, 1)), short);
    // The same check finds a server between that changes a byte.
    assert!(through(&bed, Way::Wrapped, "exec tr x y", in_pieces(&said, 65_536)) != said);
}

#[test]
fn a_partial_line_arrives_before_its_end() {
    let bed = Bed::new();
    let mut running = wrapped(&bed, "exec cat");
    let mut stdout = running.stdout.take().unwrap();
    for piece in ["{\"a", "\":", "1}\n", "{"] {
        running.stdin.as_mut().unwrap().write_all(piece.as_bytes()).unwrap();
        let mut heard = vec![0; piece.len()];
        (heard, stdout) = in_time("a piece", move || {
            stdout.read_exact(&mut heard).unwrap();
            (heard, stdout)
        });
        assert_eq!(heard, piece.as_bytes());
    }
    assert!(running.finished().0.success());
}

#[test]
fn standard_error_is_the_servers_own() {
    let bed = Bed::new();
    let (status, out, err) = start(&bed, Way::Wrapped, &[], "echo oops >&2; echo out").finished();
    assert!(status.success());
    assert_eq!((out.as_slice(), err.as_str()), (&b"out\n"[..], "oops\n"));
}

#[test]
fn a_flood_passes_through_and_leaves_few_events_and_little_memory() {
    let bed = Bed::new();
    // Lines of a log, lines without an end, and what looks like messages.
    let script = "yes 'a line of some log' | head -c 67000000; head -c 30000000 /dev/zero; echo; yes '{}' | head -c 3000000; read -r line";
    let mut running = wrapped(&bed, script);
    let mut stdout = running.stdout.take().unwrap();
    let n_bytes = in_time("the flood", move || {
        let mut buffer = vec![0; 1 << 16];
        let mut n_bytes = 0;
        while n_bytes < 100_000_001 {
            n_bytes += stdout.read(&mut buffer).unwrap();
        }
        n_bytes
    });
    assert_eq!(n_bytes, 100_000_001);
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 200_000, "{peak} kB");
    assert!(running.finished().0.code().is_some());
    let rows = trail(&bed);
    assert!(rows.len() < 20, "{:?}", brief(&rows));
    let told: u64 = rows.iter().filter_map(|row| row["details"]["bytes"].as_u64()).sum();
    // Everything but the ends of lines is accounted for.
    assert!((90_000_000..=100_000_000).contains(&told), "{told}");
}
