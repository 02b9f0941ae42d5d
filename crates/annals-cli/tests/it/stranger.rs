//! What Annals gives away, checked by somebody who knows nothing of Annals: a Python script written from the published formats alone (`tests/stranger/check.py`).
//!
//! The script runs on a Python of its own, which `cargo xtask test --only python` installs; without it these tests fail. What it must believe is made by the binary from a real log;
//! what it must not is the same with one thing changed, so that each test is the other's control.

mod change;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bed::{Bed, Ran, finish, spawn};
use change::{Random, files, without_leaf};

/// A log of three tiles, with what a stranger gets of it.
struct Given {
    bed: Bed,
    key: String,
}

impl Given {
    fn new() -> Self {
        let bed = Bed::new();
        let line = |n: usize| {
            let event_type = if n.is_multiple_of(3) { "resource_modified" } else { "tool.invoked" };
            format!(
                "{{\"event_type\":\"{event_type}\",\"resource\":\"file-{n}\",\"user_identity\":\"ada-{n}\",\"tool\":\"b\\u00fcro \\\"{n}\\\"\",\"duration_ms\":{n},\"details\":{{\"n\":{n},\"of\":[\"x\",null,{{}}]}}}}\n"
            )
        };
        // Two runs, so that there is a moment in between.
        for part in [0..600, 600..700] {
            assert_eq!(bed.feed(&["record", "--ndjson"], part.map(line).collect::<String>()).code, Some(0));
        }
        let given = Self { bed, key: String::new() };
        given.bundle("first", &[]);
        let key = std::fs::read_to_string(given.path("first").join("key")).unwrap().trim_end().to_owned();
        Self { key, ..given }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.bed.data().parent().unwrap().join(name)
    }

    fn bundle(&self, name: &str, filter: &[&str]) -> PathBuf {
        let path = self.path(name);
        let mut arguments = vec!["export", "--bundle", path.to_str().unwrap()];
        arguments.extend(filter);
        self.bed.good(&arguments);
        path
    }

    /// A proof of the event at this place.
    fn proof(&self, seq: usize, disclose: &str) -> PathBuf {
        let seqs = format!("{seq}..{}", seq + 1);
        let id = self.bed.good(&["query", "--seq", &seqs]).rows()[0]["id"].as_str().unwrap().to_owned();
        let text = self.bed.good(&["prove", &id, "--disclose", disclose]).out;
        self.bed.file(&format!("{seq}.tlog-proof"), text)
    }

    /// What the script says; `what` may name the first and the last leaf that a bundle must cover.
    fn check(&self, what: &str, path: &Path) -> Ran {
        let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python/bin/python");
        assert!(python.exists(), "`{}` is missing (hint: `cargo xtask test --only python`)", python.display());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stranger/check.py");
        let (what, span) = what.split_once(' ').unwrap_or((what, ""));
        finish(spawn(Command::new(python).arg(script).arg(what).arg(path).arg(&self.key).args(span.split_whitespace())))
    }

    #[track_caller]
    fn believed(&self, what: &str, path: &Path) {
        let ran = self.check(what, path);
        assert!(ran.code == Some(0) && ran.out.starts_with("good: "), "{ran:?}");
    }

    #[track_caller]
    fn refused(&self, what: &str, path: &Path, changed: &str) {
        let ran = self.check(what, path);
        assert!(ran.code == Some(1) && ran.err.starts_with("bad: "), "{changed}: {ran:?}");
    }
}

/// One line each.
fn text(lines: &[serde_json::Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

#[test]
fn a_stranger_believes_what_is_true() {
    let given = Given::new();
    let whole = given.path("first");
    given.believed("checkpoint", &whole.join("checkpoint"));
    given.believed("bundle", &whole);
    given.believed("bundle", &given.bundle("some", &["--type", "tool.invoked", "--seq", "300..400"]));
    given.believed("bundle", &given.bundle("one", &["--resource", "file-512"]));
    for (seq, disclose) in [(0, "who,context,details"), (255, "details"), (699, "who")] {
        given.believed("proof", &given.proof(seq, disclose));
    }
}

#[test]
fn a_stranger_notices_a_leaf_that_is_left_out() {
    let given = Given::new();
    let bundle = given.bundle("some", &["--seq", "200..600"]);
    let path = bundle.join("tile/entries/001");
    let sound = std::fs::read(&path).unwrap();
    for leaf in [0, 1, 100, 255] {
        std::fs::write(&path, without_leaf(&sound, leaf, false)).unwrap();
        given.refused("bundle", &bundle, "a leaf less");
        std::fs::write(&path, without_leaf(&sound, leaf, true)).unwrap();
        given.refused("bundle", &bundle, "an empty leaf");
    }
    std::fs::write(&path, sound).unwrap();
    given.believed("bundle", &bundle);
}

#[test]
fn a_stranger_notices_one_byte() {
    let given = Given::new();
    let bundle = given.bundle("some", &["--type", "tool.invoked", "--seq", "250..300"]);
    // What people read is no part of what is proved.
    let checked: Vec<_> =
        files(&bundle).into_iter().filter(|path| path.extension().is_none_or(|it| it != "md")).collect();
    let proof = given.proof(345, "who,details");
    let n_rounds = if std::env::var_os("ANNALS_FULL").is_some() { 1_000 } else { 40 };
    let mut random = Random::new();
    for round in 0..n_rounds {
        let (what, root, path) = match checked.get(round % (checked.len() + 2)) {
            Some(path) => ("bundle", &bundle, path),
            None => ("proof", &proof, &proof),
        };
        let sound = std::fs::read(path).unwrap();
        if sound.is_empty() {
            continue;
        }
        let (at, bytes) = random.changed(&sound);
        std::fs::write(path, bytes).unwrap();
        given.refused(what, root, &format!("byte {at} of `{}`, {random:?}", path.display()));
        std::fs::write(path, sound).unwrap();
    }
    given.believed("bundle", &bundle);
    given.believed("proof", &proof);
}

#[test]
fn a_stranger_notices_a_group_of_another_event() {
    let given = Given::new();
    let bundle = given.bundle("some", &["--seq", "10..20"]);
    let path = bundle.join("disclosures.ndjson");
    let sound = std::fs::read_to_string(&path).unwrap();
    for group in ["who", "context", "details"] {
        let mut lines: Vec<serde_json::Value> = sound.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (left, right) = lines.split_at_mut(5);
        std::mem::swap(&mut left[2]["disclosed"][group], &mut right[3]["disclosed"][group]);
        std::fs::write(&path, text(&lines)).unwrap();
        given.refused("bundle", &bundle, group);
    }
    // Written anew without the swap it is believed, so that it is the swap that is not.
    let lines: Vec<_> = sound.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    std::fs::write(&path, text(&lines)).unwrap();
    given.believed("bundle", &bundle);
}

#[test]
fn what_was_erased_since_leaves_older_proofs_and_bundles_as_good_as_they_were() {
    let given = Given::new();
    let (older, proof) = (given.path("first"), given.proof(10, "who,details"));
    let seqs = given.bed.good(&["query", "--seq", "10..11"]).rows();
    let id = seqs[0]["id"].as_str().unwrap();
    given.bed.good(&["erase", "--event", id, "--reason", "asked for", "--yes"]);
    given.believed("bundle", &older);
    given.believed("proof", &proof);
    let newer = given.bundle("newer", &["--seq", "0..20"]);
    given.believed("bundle", &newer);
    let report = std::fs::read_to_string(newer.join("REPORT.md")).unwrap();
    assert!(report.contains("`asked for`") && report.contains("emptied of a group or more: 1\n"), "{report}");
    given.bed.run(&["prove", id, "--disclose", "who"]).refused(2, &["`who` of event 10 was erased by event 700"]);
    given.bed.good(&["prove", id]);
}

#[test]
fn rows_that_were_pruned_whole_are_covered_by_what_the_log_declares() {
    let given = Given::new();
    let (older, proof) = (given.path("first"), given.proof(10, "who,details"));
    let before = given.bed.good(&["query", "--seq", "600..601"]).rows()[0]["recorded_at"].as_str().unwrap().to_owned();
    given.bed.good(&["prune", "--before", &before, "--rows", "--reason", "kept long enough", "--yes"]);
    given.believed("bundle", &older);
    given.believed("proof", &proof);
    let newer = given.bundle("newer", &["--seq", "0.."]);
    given.believed("bundle", &newer);
    let report = std::fs::read_to_string(newer.join("REPORT.md")).unwrap();
    assert!(
        report.contains("`kept long enough`")
            && !report.contains("deleted whole, so that their hashes alone are there: 0\n"),
        "{report}"
    );
    // The control: without the event that declares it, a leaf that is not there is one that was left out.
    std::fs::write(newer.join("declared.ndjson"), "").unwrap();
    given.refused("bundle 0 700", &newer, "no pruning declared");
}
