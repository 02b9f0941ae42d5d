//! The disk fills, empties and turns read-only; a failure inside it fails the test, and so does a test that was not found.

use std::fs;
use std::io::ErrorKind;

use super::SmallDisk;

const ONE_MIB: u64 = 1 << 20;

#[test]
fn a_small_disk_fills_and_empties() {
    SmallDisk::run("small_disk::tests::a_small_disk_fills_and_empties", ONE_MIB, |disk| {
        let big = disk.path().join("big");
        assert_eq!(fs::write(&big, vec![1; 2 << 20]).unwrap_err().kind(), ErrorKind::StorageFull);
        fs::remove_file(&big).unwrap();
        let filling = disk.fill();
        assert_eq!(fs::write(&big, [1; 5_000]).unwrap_err().kind(), ErrorKind::StorageFull);
        drop(filling);
        fs::write(&big, [1; 5_000]).unwrap();
        disk.make_read_only();
        assert_eq!(fs::write(&big, [1; 5_000]).unwrap_err().kind(), ErrorKind::ReadOnlyFilesystem);
        disk.make_writable();
        fs::write(&big, [1; 5_000]).unwrap();
    });
}

#[test]
#[should_panic(expected = "failed on its small disk")]
fn a_failure_on_the_disk_fails_the_test() {
    // Not `#[should_panic]`'s own child: there the panic is expected, and the child would pass.
    SmallDisk::run("small_disk::tests::fails_on_its_disk", ONE_MIB, |_| ());
}

/// Fails in the child that the test above starts, and only there.
#[test]
fn fails_on_its_disk() {
    assert!(std::env::var_os(super::DISK).is_none(), "as told");
}

#[test]
#[should_panic(expected = "there is no test of that name")]
fn a_test_that_is_not_found_is_no_success() {
    SmallDisk::run("small_disk::tests::nobody", ONE_MIB, |_| ());
}
