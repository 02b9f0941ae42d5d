//! Line by line where nothing may go on unrecorded.

use std::thread;

use super::*;
use crate::commands::wrap::pump::doors;

/// What goes on of these chunks when the recorder judges so, and what it was asked.
fn pass(chunks: &[&[u8]], judge: fn(&[u8]) -> Verdict) -> (Vec<u8>, Vec<Vec<u8>>) {
    let queue = Queue::new();
    let heard = Arc::clone(&queue);
    let recorder = thread::spawn(move || {
        let mut asked = Vec::new();
        while let Some(item) = heard.next() {
            if let Item::Ask { line: Line::Whole(line), verdict, .. } = item {
                verdict.send(judge(&line)).unwrap();
                asked.push(line);
            }
            heard.done();
        }
        asked
    });
    let (outdoors, _indoors) = doors().unwrap();
    let mut gate = Gate::new(OnLoss::Refuse, Arc::clone(&queue), outdoors);
    let mut out = Vec::new();
    let mut write = |bytes: &[u8]| {
        out.extend_from_slice(bytes);
        Ok(())
    };
    for chunk in chunks {
        gate.pass(chunk, &mut write).unwrap();
    }
    gate.finish(&mut write).unwrap();
    queue.settle();
    queue.close();
    (out, recorder.join().unwrap())
}

#[test]
fn a_line_goes_on_as_it_is_once_it_is_recorded() {
    let (out, asked) = pass(&[b"{\"a\":", b"1}\r\n\n {}\n{\"la", b"st\":1}"], |_| Verdict::PassOn);
    assert_eq!(out, b"{\"a\":1}\r\n\n {}\n{\"last\":1}");
    assert_eq!(asked, [&b"{\"a\":1}\r"[..], b" {}", b"{\"last\":1}"]);
}

#[test]
fn a_line_that_is_refused_leaves_the_others() {
    let judge = |line: &[u8]| if line.contains(&b'2') { Verdict::Refuse } else { Verdict::PassOn };
    let (out, _) = pass(&[b"{1}\n{2}\n{3", b"}\nno json\n{4}\n"], judge);
    assert_eq!(out, b"{1}\n{3}\n{4}\n");
}

#[test]
fn a_line_that_is_too_long_to_be_known_is_refused_and_not_held() {
    let long = vec![b'{'; MAX_LINE_BYTES / 2 + 1];
    let (out, asked) = pass(&[&long, &long, &long, b"\n{}\n"], |_| Verdict::PassOn);
    assert_eq!((out.as_slice(), asked.len()), (&b"{}\n"[..], 1));
}

#[test]
fn without_a_recorder_nothing_goes_on() {
    let (outdoors, _indoors) = doors().unwrap();
    let mut gate = Gate::new(OnLoss::Refuse, Queue::closed(), outdoors);
    gate.pass(b"{}\n", |_| panic!("nobody has recorded it")).unwrap();
}
