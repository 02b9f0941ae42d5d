//! Folders as git lays them out, without git.

use std::fs;
use std::path::Path;

use super::{find, project};

fn repository(root: &Path) {
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
}

#[track_caller]
fn check(cwd: &Path, name: &str, root: &Path) {
    let found = project(cwd).unwrap_or_else(|| panic!("no project around {}", cwd.display()));
    assert_eq!((found.name.as_str(), Path::new(&found.root)), (name, root));
}

#[test]
fn a_project_is_the_work_tree_around_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    repository(&root);
    fs::create_dir_all(root.join("src/cart/.git")).unwrap();
    check(&root, "shop", &root);
    check(&root.join("src/cart"), "shop", &root);
    check(&root.join("removed/since"), "shop", &root);
    check(&root.join("src/../src/cart"), "shop", &fs::canonicalize(&root).unwrap());
    assert_eq!(project(folder.path()), None);
    // A repository within another is its own.
    repository(&root.join("vendor/tool"));
    check(&root.join("vendor/tool/lib"), "tool", &root.join("vendor/tool"));
}

#[test]
fn a_linked_work_tree_is_called_like_its_repository() {
    let folder = tempfile::tempdir().unwrap();
    let (main, linked) = (folder.path().join("shop"), folder.path().join("fix-17"));
    repository(&main);
    let within = main.join(".git/worktrees/fix-17");
    fs::create_dir_all(&within).unwrap();
    fs::write(within.join("commondir"), "../..\n").unwrap();
    fs::create_dir(&linked).unwrap();
    fs::write(linked.join(".git"), format!("gitdir: {}\n", within.display())).unwrap();
    check(&linked, "shop", &linked);
    // Of a bare one, whose folder is the repository itself.
    let bare = folder.path().join("store.git");
    fs::create_dir_all(bare.join("worktrees/one")).unwrap();
    fs::write(bare.join("worktrees/one/commondir"), "../..\n").unwrap();
    fs::write(linked.join(".git"), "gitdir: ../store.git/worktrees/one\n").unwrap();
    check(&linked, "store", &linked);
}

#[test]
fn a_submodule_is_its_own_project() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    repository(&root);
    fs::create_dir_all(root.join(".git/modules/fonts")).unwrap();
    fs::create_dir_all(root.join("fonts")).unwrap();
    fs::write(root.join("fonts/.git"), "gitdir: ../.git/modules/fonts\n").unwrap();
    check(&root.join("fonts"), "fonts", &root.join("fonts"));
}

#[test]
fn what_is_damaged_is_no_project_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    repository(&root);
    let long = vec![b'x'; 20_000];
    for content in [&b""[..], b"gitdir", b"\xff\xfe", &long] {
        fs::create_dir_all(root.join("within")).unwrap();
        fs::write(root.join("within/.git"), content).unwrap();
        check(&root.join("within"), "shop", &root);
    }
}

#[test]
fn user_and_machine_are_told_wherever_it_is() {
    let found = find(Path::new(""));
    assert!(found.user.is_some_and(|user| !user.is_empty()));
    assert!(found.host.is_some_and(|host| !host.is_empty()));
    assert_eq!(project(Path::new("/nowhere/at/all")), None);
}
