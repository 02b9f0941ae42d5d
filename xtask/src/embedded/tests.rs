//! What is read out of README and out of cargo's tree.

use super::{crate_names, is_unwelcome, locked, program};

#[test]
fn the_first_rust_block_is_the_program() {
    let markdown =
        "# A\n\n```console\n$ ls\n```\n\n```rust,no_run\n# use x;\nfn main() {}\n```\n\n```rust\nsecond\n```\n";
    assert_eq!(program(markdown).unwrap(), "use x;\nfn main() {}\n");
    assert!(program("no program").is_err());
}

#[test]
fn a_crate_counts_once_and_the_root_not_at_all() {
    let tree = "embedded v0.0.0 (/x)\nannals v0.1.0 (/y)\nserde v1.0.0\nserde v1.0.0 (*)\nserde v0.9.0\nd v1.0.0 (proc-macro)\n";
    assert_eq!(
        crate_names(tree).into_iter().collect::<Vec<_>>(),
        ["annals v0.1.0", "d v1.0.0", "serde v0.9.0", "serde v1.0.0"]
    );
}

#[test]
fn runtimes_and_sockets_are_unwelcome_by_family() {
    for name in ["tokio v1.0.0", "tokio-util v0.7.0", "hyper v1.0.0", "rustls-webpki v0.1.0"] {
        assert!(is_unwelcome(name), "{name}");
    }
    for name in ["thiserror v2.0.0", "tokiometer v1.0.0", "h v1.0.0"] {
        assert!(!is_unwelcome(name), "{name}");
    }
}

#[test]
fn versions_are_read_from_the_lock_file() {
    let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\n \"a-b\",\n]\n\n[[package]]\nname = \"a-b\"\nversion = \"2.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"3.0.0\"\n";
    assert_eq!(locked(lock, "a"), ["1.0.0", "3.0.0"]);
    assert_eq!(locked(lock, "a-b"), ["2.0.0"]);
    assert!(locked(lock, "b").is_empty());
}
