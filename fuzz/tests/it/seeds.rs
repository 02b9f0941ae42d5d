//! Each seed holds, each target has some, and the planted bug is one.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;

use annals_fuzz::{PLANTED, TARGETS, target};

fn seeds() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

#[test]
fn the_folders_of_seeds_are_the_targets() {
    let names = |name: std::ffi::OsString| name.into_string().expect("a target's name");
    let folders: BTreeSet<String> =
        fs::read_dir(seeds()).unwrap().map(|folder| names(folder.unwrap().file_name())).collect();
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(folders, targets);
}

#[test]
fn every_seed_holds() {
    for target in TARGETS {
        let mut n_seeds = 0;
        for seed in fs::read_dir(seeds().join(target.name)).unwrap() {
            let path = seed.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            assert!(bytes.len() <= 64 * 1024, "`{}` is no small seed", path.display());
            let outcome = catch_unwind(|| (target.run)(&bytes));
            assert!(outcome.is_ok(), "`{}` breaks the target `{}`", path.display(), target.name);
            n_seeds += 1;
        }
        assert!(n_seeds > 0, "`{}` has no seed", target.name);
    }
}

#[test]
fn the_planted_bug_is_one() {
    assert!(target(PLANTED.name).is_some());
    for harmless in ["", "cras", "Crash", "xcrash"] {
        (PLANTED.run)(harmless.as_bytes());
    }
    assert!(catch_unwind(|| (PLANTED.run)(b"crash and what follows")).is_err());
}
