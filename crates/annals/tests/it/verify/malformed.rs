//! Tiles that make no tree: the log is broken, and what can be read beside them is looked at all the same.

use annals::verify::{Options, Verdict, verify};

use super::support::{assert_verdict, changed, database, record_more, recorded, report, report_with};

/// What was done to the tiles; each leaves some that no tree has.
const MALFORMED: [&str; 5] = [
    "UPDATE tile SET hashes = substr(hashes, 1, length(hashes) - 1) WHERE level = 0 AND n = 1",
    "UPDATE tile SET hashes = x'' WHERE level = 0 AND n = 1",
    "UPDATE tile SET hashes = zeroblob(1000000) WHERE level = 0 AND n = 1",
    "DELETE FROM tile WHERE level = 1",
    "UPDATE tile SET hashes = substr(hashes, 1, 31) WHERE level = 1",
];

#[test]
fn tiles_that_make_no_tree_are_a_finding() {
    let data = recorded(300);
    for statement in MALFORMED {
        let report = report(changed(data.path(), statement).path());
        assert_verdict(&report, Verdict::Edited);
        assert_eq!((report.n_events, report.n_checked), (300, 300), "{statement}");
        if !statement.contains("zeroblob") {
            assert_eq!(
                report.sealed_size, 300,
                "where the tree has no leaves, the rows' own are held against the checkpoints: {statement}"
            );
        }
    }
}

#[test]
fn a_cut_tail_under_tiles_that_make_no_tree_is_truncated() {
    let data = recorded(300);
    let statement = format!("{}; DELETE FROM event WHERE seq >= 290", MALFORMED[0]);
    assert_verdict(&report(changed(data.path(), &statement).path()), Verdict::Truncated);
}

#[test]
fn a_row_far_away_under_tiles_that_make_no_tree_makes_the_log_no_longer() {
    let data = recorded(300);
    let far = "UPDATE event SET seq = 9223372036854775807 WHERE seq = 299";
    let folder = changed(data.path(), &format!("{}; {far}", MALFORMED[0]));
    let report = verify(&database(folder.path()), &Options::default(), &mut |_| ()).unwrap();
    assert!(report.verdict().is_some() && report.n_events <= 300, "{report:#?}");
}

#[test]
fn an_incremental_verification_finds_tiles_that_make_no_tree() {
    let data = recorded(300);
    let checkpoint = report(data.path()).checkpoint.unwrap();
    record_more(data.path(), 300..400);
    for statement in MALFORMED {
        let folder = changed(data.path(), statement);
        let options = Options::default().from_checkpoint(checkpoint.clone()).incremental();
        assert_verdict(&report_with(folder.path(), &options), Verdict::Edited);
    }
}
