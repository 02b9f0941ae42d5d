//! Which files of tokens are taken, and what is told of one that isn't.

use std::fs;

use axum::http::{HeaderMap, Method};

use super::Access;

const ALICE: &str = "alice-0123456789abcdef";

fn asked(access: &Access, authorization: &[&str]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for value in authorization {
        headers.append("authorization", value.parse().unwrap());
    }
    access.caller(&Method::GET, &headers).ok().map(|(caller, _)| caller.credential().to_owned())
}

#[test]
fn with_neither_everybody_is_the_user_of_the_system() {
    let access = Access::new(None, None).unwrap();
    assert!(!access.asks());
    assert_eq!(asked(&access, &[]), Some(annals::system_user()));
}

#[test]
fn a_file_that_is_read_again_takes_the_place_of_the_old_one_and_a_bad_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, format!("{ALICE} alice team\n")).unwrap();
    let access = Access::new(Some(&file), None).unwrap();
    let bearer = format!("Bearer {ALICE}");
    assert!(access.asks());
    assert_eq!(asked(&access, &[&bearer]), Some("alice".to_owned()));
    assert_eq!(asked(&access, &[]), None);
    assert_eq!(asked(&access, &[&format!("Basic {ALICE}")]), None);
    assert_eq!(asked(&access, &[&bearer, &bearer]), None);

    fs::write(&file, format!("{ALICE} alice\n")).unwrap();
    let told = access.reload().unwrap_err().to_string();
    assert!(told.contains("line 1") && !told.contains(ALICE), "{told}");
    assert_eq!(asked(&access, &[&bearer]), Some("alice".to_owned()), "the old file is in force");

    fs::write(&file, "another-0123456789abcdef bob team\n").unwrap();
    access.reload().unwrap();
    assert_eq!(asked(&access, &[&bearer]), None);
}

#[test]
fn what_is_wrong_with_a_credential_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    assert!(Access::new(Some(&file), None).unwrap_err().to_string().contains("cannot be read"));
    fs::write(&file, "# nobody yet\n").unwrap();
    assert!(Access::new(Some(&file), None).unwrap_err().to_string().contains("has no token"));
    assert!(Access::new(None, Some("short")).unwrap_err().to_string().contains("`ANNALS_JWT_SECRET` is too short"));
    #[cfg(unix)]
    {
        fs::write(&file, format!("{ALICE} alice team\n")).unwrap();
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        assert!(Access::new(Some(&file), None).unwrap_err().to_string().contains("chmod 600"));
    }
}
