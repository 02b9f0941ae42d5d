//! Honest logs.

use std::sync::atomic::{AtomicBool, Ordering};

use annals::verify::{Options, Trust};
use annals::{Audit, Event, Mode, Outcome, Settings};

use super::support::{assert_sound, event, record_more, recorded, report, report_with};

#[test]
fn an_empty_log_is_sound() {
    let data = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(data.path()).mode(Mode::Synchronous)).unwrap();
    let receipt = audit.record(event(0)).unwrap();
    drop(receipt);
    audit.close().unwrap();
    let report = report(data.path());
    assert_sound(&report);
    assert_eq!(report.n_events, report.sealed_size, "closing seals");
}

#[test]
fn logs_of_all_lengths_about_a_tile_are_sound() {
    let data = recorded(250);
    for n in 250..262 {
        record_more(data.path(), n..n + 1);
        let report = report(data.path());
        assert_sound(&report);
        assert_eq!(report.sealed_size, report.n_events);
        assert_eq!(report.n_checked, report.n_events);
        assert_eq!(report.trust, Trust::Beside);
    }
}

#[test]
fn without_anything_from_outside_the_signer_is_not_checked() {
    let data = recorded(20);
    let report = report_with(data.path(), &Options::default().without_published());
    assert_sound(&report);
    assert_eq!(report.trust, Trust::Database);
    assert!(report.signer.is_some());
}

#[test]
fn the_key_of_the_log_is_followed_and_another_is_not() {
    let data = recorded(20);
    let signer = report(data.path()).signer.unwrap();
    let report = report_with(data.path(), &Options::default().key(&*signer));
    assert_sound(&report);
    assert_eq!(report.trust, Trust::Key);
}

#[test]
fn open_operations_are_listed_and_accuse_nobody() {
    let data = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(data.path()).mode(Mode::Synchronous)).unwrap();
    for n in 0..7 {
        let intent = Event::new("tool.invoked").operation(format!("op-{n}")).phase(annals::Phase::Intent);
        audit.record(intent).unwrap();
    }
    let end = Event::new("tool.invoked").operation("op-3").outcome(Outcome::Success).phase(annals::Phase::Outcome);
    audit.record(end).unwrap();
    audit.close().unwrap();
    let report = report(data.path());
    assert_sound(&report);
    assert_eq!(report.n_open, 6);
    assert_eq!(report.open.len(), 5);
    assert_eq!(report.open[0].operation_id, "op-0");
}

#[test]
fn a_log_that_is_written_meanwhile_is_sound() {
    let data = recorded(10);
    // Each event waits for the disk, so that the log grows no faster than it is read.
    let settings =
        Settings::new(data.path()).mode(Mode::Synchronous).checkpoint_interval(std::time::Duration::from_millis(1));
    let audit = Audit::with_settings(&settings).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                audit.record(event(n)).unwrap();
                n += 1;
            }
        });
        for _ in 0..12 {
            assert_sound(&report(data.path()));
        }
        done.store(true, Ordering::Relaxed);
    });
    audit.close().unwrap();
    assert_sound(&report(data.path()));
}

#[test]
fn an_incremental_verification_begins_where_the_last_one_ended() {
    let data = recorded(700);
    let first = report(data.path());
    record_more(data.path(), 700..900);
    let options = Options::default().from_checkpoint(first.checkpoint.unwrap()).incremental();
    let second = report_with(data.path(), &options);
    assert_sound(&second);
    assert_eq!(second.from_size, Some(first.n_events));
    assert!(second.n_sampled > 0);
    assert!(second.n_checked < second.n_events);
    assert_eq!(second.sealed_size, second.n_events);
    assert_eq!(second.trust, Trust::Checkpoint);
}
