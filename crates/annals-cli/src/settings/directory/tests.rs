//! The rules of the XDG base directory specification, as a table.

use std::path::PathBuf;

#[track_caller]
fn check(variables: &[(&str, &str)], expected: Option<&str>) {
    let found = super::platform(|name| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| value.into()));
    assert_eq!(found, expected.map(PathBuf::from), "{variables:?}");
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn the_directory_follows_the_specification() {
    check(&[("HOME", "/home/ada")], Some("/home/ada/.local/share/annals"));
    check(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "/data")], Some("/data/annals"));
    check(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "data")], Some("/home/ada/.local/share/annals"));
    check(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "")], Some("/home/ada/.local/share/annals"));
    check(&[("XDG_DATA_HOME", "/data")], Some("/data/annals"));
    check(&[("HOME", "")], None);
    check(&[], None);
}
