//! Bytes through a pump are those that went in, and the check for it finds a pump that is broken.

use std::io::{Read, Write};
use std::thread;

use proptest::prelude::*;

use super::*;
use crate::commands::wrap::recorder::OnLoss;

/// What comes out of a pump when these chunks go in.
fn through(chunks: &[Vec<u8>], pump: impl FnOnce(PipeReader, PipeWriter) + Send + 'static) -> Vec<u8> {
    let (source, mut sink) = io::pipe().unwrap();
    let (mut out, target) = io::pipe().unwrap();
    let chunks = chunks.to_vec();
    let writer = thread::spawn(move || chunks.iter().all(|chunk| sink.write_all(chunk).is_ok()));
    let pump = thread::spawn(move || pump(source, target));
    let mut bytes = Vec::new();
    out.read_to_end(&mut bytes).unwrap();
    writer.join().unwrap();
    pump.join().unwrap();
    bytes
}

/// Passes on and drops the last byte of a chunk that ends a line: the smallest fault there is.
fn broken(source: &PipeReader, target: &PipeWriter) {
    let mut buffer = vec![0; CHUNK];
    while let Ok(n_bytes @ 1..) = read(source, &mut buffer) {
        let said = &buffer[..n_bytes];
        write_all(target, said.strip_suffix(b"\n").unwrap_or(said)).unwrap();
    }
}

fn client_pump(on_loss: OnLoss) -> impl FnOnce(PipeReader, PipeWriter) + Send + 'static {
    move |source, target| {
        let (doors, _indoors) = doors().unwrap();
        let gate = Gate::new(on_loss, Queue::closed(), doors.clone());
        from_client(&source, target, gate, &doors);
        assert!(doors.client_has_left());
    }
}

fn server_copy(source: &PipeReader, target: &PipeWriter) {
    // The pump would close this process's own standard output at the end, so that its parts are driven here.
    let mut outlet = Outlet { is_between_lines: true, answers: Vec::new() };
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; CHUNK];
    while let Ok(n_bytes @ 1..) = read(source, &mut buffer) {
        splitter.feed(&buffer[..n_bytes], drop);
        outlet.write(&buffer[..n_bytes], |bytes| write_all(target, bytes)).unwrap();
    }
    outlet.finish(|bytes| write_all(target, bytes)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn bytes_are_passed_on_as_they_are(
        chunks in prop::collection::vec(prop::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(b'\n'), 1 => Just(b'{')], 0..300), 0..20)
    ) {
        let whole = chunks.concat();
        prop_assert_eq!(&through(&chunks, client_pump(OnLoss::GoOn)), &whole);
        prop_assert_eq!(&through(&chunks, |source, target| server_copy(&source, &target)), &whole);
        // The control: the same check finds a pump that loses a byte.
        let is_found = through(&chunks, |source, target| broken(&source, &target)) != whole;
        prop_assert_eq!(is_found, whole.ends_with(b"\n") || is_found);
    }
}

#[test]
fn the_check_finds_a_pump_that_loses_a_byte() {
    let chunks = [b"{}\n".to_vec()];
    assert_eq!(through(&chunks, client_pump(OnLoss::GoOn)), b"{}\n");
    assert_ne!(through(&chunks, |source, target| broken(&source, &target)), b"{}\n");
}

#[test]
fn a_partial_line_goes_on_at_once() {
    let (source, mut sink) = io::pipe().unwrap();
    let (mut out, target) = io::pipe().unwrap();
    let pump = thread::spawn(move || client_pump(OnLoss::GoOn)(source, target));
    let mut piece = [0; 4];
    for said in [b"{\"a\"", b":\xc3\xa9 ", b"}\r\n{"] {
        sink.write_all(said).unwrap();
        out.read_exact(&mut piece).unwrap();
        assert_eq!(&piece, said);
    }
    drop(sink);
    assert_eq!(out.read(&mut piece).unwrap(), 0);
    pump.join().unwrap();
}

#[test]
fn an_answer_of_ours_stands_between_two_lines() {
    let check = |before: &str, said: &[&str], expected: &str| {
        let mut outlet = Outlet { is_between_lines: true, answers: Vec::new() };
        let mut out = Vec::new();
        let mut write = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            Ok(())
        };
        outlet.write(before.as_bytes(), &mut write).unwrap();
        outlet.answers = vec![b"A\n".to_vec(), b"B\n".to_vec()];
        for part in said {
            outlet.write(part.as_bytes(), &mut write).unwrap();
        }
        outlet.finish(&mut write).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    };
    check("", &[""], "A\nB\n");
    check("1\n", &["2\n"], "1\n2\nA\nB\n");
    check("1", &["", "2", "3\n4", "\n"], "123\nA\nB\n4\n");
    check("1", &[], "1\nA\nB\n");
}
