//! A recorder that panics keeps nobody, and goes on.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, atomic};

use annals::{Filter, Settings};
use annals_capture::Surroundings;
use annals_capture::mcp::{Cause, Exit};

use super::*;

#[test]
fn a_panic_costs_a_line_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new(folder.path().join("trail"));
    let audit = Audit::with_settings(&settings).unwrap();
    let policy = Policy { level: settings.capture_level(), max_details: 1_000, redactor: settings.redactor() };
    let n_ids = atomic::AtomicU32::new(0);
    let fresh = move || {
        let n = n_ids.fetch_add(1, atomic::Ordering::Relaxed);
        assert_ne!(n, 0, "the panic of this test");
        format!("op-{n}")
    };
    let conversation = Conversation::new(policy, Surroundings::default(), "session".to_owned(), fresh);
    let mut work =
        Work { audit: audit.clone(), conversation, began: Instant::now(), on_loss: OnLoss::Refuse, is_remote: false };
    let queue = Queue::new();
    let worker = Arc::clone(&queue);
    let recorder = thread::spawn(move || work.until_the_end(&worker));
    let ask = |id: u32| {
        let line = format!(r#"{{"id":{id},"method":"tools/call","params":{{"name":"t"}}}}"#);
        let (verdict, answer) = sync_channel(1);
        queue.push(Item::Ask { line: Line::Whole(line.into_bytes()), at: Instant::now(), verdict });
        answer.recv().unwrap_or(Verdict::Refuse)
    };
    assert_eq!(ask(1), Verdict::Refuse);
    assert_eq!(ask(2), Verdict::PassOn);
    queue.push(Item::End { ending: Ending { exit: Exit::Code(0), cause: Cause::Client }, at: Instant::now() });
    recorder.join().unwrap();
    audit.flush().unwrap();
    let count = |event_type: &str| audit.count(&Filter::new().event_type(event_type)).unwrap();
    assert_eq!(count("tool.invoked"), 2);
    assert_eq!((count("session.notified"), count("session.ended")), (1, 1));
}
