//! A disk of a few megabytes that can be filled, emptied and made read-only, for one test.
//!
//! The test is run again in a child whose mounts are private (`unshare`), with a `tmpfs` of the given size; the child's end takes the mount with it, so nothing is left
//! behind and no test sees another's disk. A full disk is a real one that way, which no faked error code replaces.
//! Where the machine allows no private mounts the test fails and says what to do.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Tells the child where its disk is.
const DISK: &str = "ANNALS_TESTKIT_DISK";
const HINT: &str = "install util-linux (`unshare`, `mount`) and run as root, or allow user namespaces: `sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0`; a container needs `--cap-add SYS_ADMIN`";

/// The small disk, inside the test that [`SmallDisk::run`] gave it to.
#[derive(Debug)]
pub struct SmallDisk {
    root: PathBuf,
}

impl SmallDisk {
    /// Runs the test on a disk of this size. `test` is the calling test's full name (`module::test`), by which the child finds it again.
    ///
    /// Call it as the whole of a test: in the parent it starts the child and passes its failure on, in the child it runs `work`.
    #[track_caller]
    pub fn run(test: &str, n_bytes: u64, work: impl FnOnce(&Self)) {
        if let Some(root) = env::var_os(DISK) {
            work(&Self { root: root.into() });
            return;
        }
        let mount_point = tempfile::tempdir().expect("a test has a temporary folder");
        let output = private_mounts()
            .args(["sh", "-c", "mount -t tmpfs -o size=\"$1\" tmpfs \"$2\" || exit 97; shift 2; exec \"$@\"", "sh"])
            .arg(n_bytes.to_string())
            .arg(mount_point.path())
            .arg(env::current_exe().expect("a test knows its own binary"))
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(DISK, mount_point.path())
            .output();
        check(test, output);
    }

    /// Where the disk is mounted.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Takes all space that is left, down to the last page. Giving it back is dropping the answer.
    #[track_caller]
    pub fn fill(&self) -> Filling {
        let path = self.root.join("filling");
        let mut file = File::create(&path).expect("a small disk is writable until it is full");
        let block = [0x55; 4_096];
        loop {
            match file.write(&block) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Filling { path },
                Err(error) => panic!("cannot fill `{}`: {error}", path.display()),
            }
        }
    }

    /// Lets nothing be written any more. The kernel refuses it while a file is open for writing.
    #[track_caller]
    pub fn make_read_only(&self) {
        self.remount("ro");
    }

    /// Lets things be written again.
    #[track_caller]
    pub fn make_writable(&self) {
        self.remount("rw");
    }

    #[track_caller]
    fn remount(&self, access: &str) {
        let output = Command::new("mount").args(["-o", &format!("remount,{access}")]).arg(&self.root).output();
        let output = output.unwrap_or_else(|error| panic!("cannot start `mount`: {error} (hint: {HINT})"));
        assert!(output.status.success(), "cannot remount `{}`: {}", self.root.display(), text(&output.stderr));
    }
}

/// The file that fills a disk; it goes when this is dropped.
#[derive(Debug)]
pub struct Filling {
    path: PathBuf,
}

impl Drop for Filling {
    fn drop(&mut self) {
        fs::remove_file(&self.path).expect("the filling was written here and nobody else removes it");
    }
}

/// `unshare` as root, or with a user namespace in which the test is root.
fn private_mounts() -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let mut command = Command::new("unshare");
    command.arg(if is_root { "-m" } else { "-Urm" });
    command
}

#[track_caller]
fn check(test: &str, output: io::Result<Output>) {
    let output = match output {
        Ok(output) => output,
        Err(error) => panic!("cannot start `unshare`: {error} (hint: {HINT})"),
    };
    let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let ran = told.contains("1 passed") || told.contains("1 failed");
    assert!(ran, "`{test}` did not run on a small disk: {told} (hint: {HINT}; or there is no test of that name)");
    assert!(output.status.success(), "`{test}` failed on its small disk:\n{told}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
