//! Far more leftovers than a process may have open files. The limit is set by the shell that starts the child.

use std::{path::Path, process::Command};

use annals_journal::{Found, Target, adopt, leave};

const TARGET: Target = Target { address: [1; 32], log: None };
const INSIDE: &str = "ANNALS_JOURNAL_FEW_FILES";
const N_LEFT: usize = 1500;

/// Takes over everything, and says how many there were.
fn adopt_everything(dir: &Path) -> usize {
    let mut adoption = adopt(dir, 1).unwrap();
    let mut n_adopted = 0;
    while let Some(orphan) = adoption.next_orphan(&|target| *target == TARGET) {
        let mut orphan = orphan.unwrap();
        let found: Vec<Found> = orphan.read().map(Result::unwrap).collect();
        assert_eq!(found, [Found::Record { pseq: 0, payload: b"left".to_vec() }]);
        orphan.remove().unwrap();
        n_adopted += 1;
    }
    n_adopted
}

#[test]
fn a_thousand_leftovers_need_few_open_files() {
    if let Some(dir) = std::env::var_os(INSIDE) {
        assert_eq!(adopt_everything(Path::new(&dir)), N_LEFT);
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..N_LEFT {
        leave(dir.path(), &TARGET, 1, b"left").unwrap();
    }
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$1\" --exact many::a_thousand_leftovers_need_few_open_files", "sh"])
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, dir.path())
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "failed inside:\n{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "the test did not run inside:\n{stdout}\n{stderr}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
