//! A file is seen while it is open, and a deleted one too.

use std::fs::{self, File};

use super::open_files_under;

#[test]
fn a_file_is_listed_from_its_opening_to_its_closing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(open_files_under(folder.path()).is_empty());
    let path = folder.path().join("kept");
    let file = File::create(&path).unwrap();
    assert_eq!(open_files_under(folder.path()), [fs::canonicalize(&path).unwrap()]);
    fs::remove_file(&path).unwrap();
    assert_eq!(open_files_under(folder.path()).len(), 1, "a deleted file is still held");
    drop(file);
    assert!(open_files_under(folder.path()).is_empty());
}
