//! One tampering of each kind, by SQL alone.

use std::fs;

use annals::verify::{Options, Verdict};

use super::support::{assert_verdict, changed, copied, database, record_more, recorded, report, report_with};

#[test]
fn an_edited_row_is_named() {
    let data = recorded(30);
    let report = report(changed(data.path(), "UPDATE event SET tool = 'read_file' WHERE seq = 12").path());
    assert_verdict(&report, Verdict::Edited);
    assert_eq!(report.findings[0].first_seq, Some(12));
    assert_eq!(report.n_sound, Some(12));
}

#[test]
fn a_missing_row_is_named() {
    let data = recorded(30);
    let report = report(changed(data.path(), "DELETE FROM event WHERE seq = 12").path());
    assert_verdict(&report, Verdict::Missing);
    assert_eq!(report.findings[0].first_seq, Some(12));
}

#[test]
fn a_row_behind_the_end_is_inserted() {
    let data = recorded(30);
    let statement = "INSERT INTO event (seq, id, event_type, created_at, recorded_at, space, producer, pseq, phase, n_redacted)
        SELECT 1000, randomblob(16), event_type, created_at, recorded_at, space, producer, pseq, phase, 0 FROM event WHERE seq = 3";
    assert_verdict(&report(changed(data.path(), statement).path()), Verdict::Inserted);
}

#[test]
fn swapped_rows_are_reordered() {
    let data = recorded(30);
    let statement = "UPDATE event SET seq = -1 WHERE seq = 5; UPDATE event SET seq = 5 WHERE seq = 9; UPDATE event SET seq = 9 WHERE seq = -1";
    let report = report(changed(data.path(), statement).path());
    assert_verdict(&report, Verdict::Reordered);
    assert_eq!(report.findings[0].first_seq, Some(5));
}

#[test]
fn a_cut_tail_is_truncated() {
    let data = recorded(30);
    let report = report(changed(data.path(), "DELETE FROM event WHERE seq >= 20").path());
    assert_verdict(&report, Verdict::Truncated);
    assert_eq!(report.n_sound, Some(20));
}

#[test]
fn an_older_copy_is_rolled_back() {
    let data = recorded(30);
    let older = copied(data.path());
    record_more(data.path(), 30..40);
    let latest = copied(data.path());
    for name in ["annals.db", "annals.db-wal", "annals.db-shm"] {
        let _ = fs::remove_file(latest.path().join(name));
    }
    fs::copy(database(older.path()), database(latest.path())).unwrap();
    assert_verdict(&report(latest.path()), Verdict::RolledBack);
}

#[test]
fn an_altered_checkpoint_is_a_bad_signature() {
    let data = recorded(30);
    let folder = changed(
        data.path(),
        "UPDATE checkpoint SET note = replace(note, char(10) || size || char(10), char(10) || (size + 1) || char(10))",
    );
    assert_verdict(&report(folder.path()), Verdict::BadSignature);
}

#[test]
fn another_key_is_unknown() {
    let data = recorded(30);
    let other = recorded(1);
    let signer = report(other.path()).signer.unwrap();
    let folder = changed(data.path(), &format!("UPDATE log_key SET vkey = '{signer}'"));
    assert_verdict(&report(folder.path()), Verdict::UnknownKey);
    assert_verdict(&report_with(data.path(), &Options::default().key(&*signer)), Verdict::UnknownKey);
}

#[test]
fn an_emptied_row_without_an_event_is_an_unrecorded_erasure() {
    let data = recorded(30);
    let statement = "UPDATE event SET salt = NULL, credential = NULL, actor_name = NULL, tool = NULL, resource = NULL, details = NULL WHERE seq = 12";
    let report = report(changed(data.path(), statement).path());
    assert_verdict(&report, Verdict::UnrecordedErasure);
}

#[test]
fn a_number_that_its_producer_skipped_is_an_undeclared_gap() {
    let data = recorded(30);
    let report = report(changed(data.path(), "UPDATE producer SET n_shed = n_shed + 3").path());
    assert_verdict(&report, Verdict::UndeclaredGap);
}
