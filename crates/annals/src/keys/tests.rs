//! One key a log, whoever makes it first, and a crash at any step leaves the pinned one findable.

use std::fs;
use std::path::Path;

use annals_store::{ErrorKind, LogId, origin_of};
use annals_testkit::{Child, Line, Threads, role, say};

use super::{Keys, parse, read};

const LOG: LogId = LogId::from_bytes([7; 16]);
const OTHER: LogId = LogId::from_bytes([8; 16]);

fn vkey_made_in(data: &Path) -> String {
    Keys::in_data(data).make(&origin_of(LOG)).unwrap().verifier().to_string()
}

fn names(data: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_key_is_made_once_and_is_its_owners_alone() {
    let data = tempfile::tempdir().unwrap();
    let vkey = vkey_made_in(data.path());
    assert_eq!(vkey_made_in(data.path()), vkey);
    assert!(vkey.starts_with(&format!("{}+", origin_of(LOG))), "{vkey}");
    assert_eq!(names(data.path()), ["log.key"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(data.path().join("log.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let text = fs::read_to_string(data.path().join("log.key")).unwrap();
    assert_eq!(parse(&text).unwrap().verifier().to_string(), vkey);
}

#[test]
fn processes_and_threads_that_make_it_at_once_get_one_key() {
    if role().is_some() {
        say(vkey_made_in(Path::new(&std::env::var("DATA").unwrap())));
        return;
    }
    let test = "keys::tests::processes_and_threads_that_make_it_at_once_get_one_key";
    // The second time a key of a log that was taken away lies in the way.
    for left_by in [None, Some(OTHER)] {
        let data = tempfile::tempdir().unwrap();
        let keys = Keys::in_data(data.path());
        let old = left_by.map(|log| keys.make(&origin_of(log)).unwrap().verifier().to_string());
        let mut children: Vec<Child> = (0..4).map(|_| Child::playing(test, "maker", [("DATA", data.path())])).collect();
        let mut threads = Threads::new();
        for thread in 0..4 {
            let data = data.path().to_path_buf();
            threads.spawn(format!("maker {thread}"), move || drop(vkey_made_in(&data)));
        }
        threads.join();
        let vkey = keys.current().unwrap().unwrap().verifier().to_string();
        for child in &mut children {
            assert_eq!(child.next_line(), Line::Text(vkey.clone()));
            assert!(child.wait().success());
        }
        if let Some(old) = old {
            let aside = read(&data.path().join(format!("log.key.{OTHER}"))).unwrap().unwrap();
            assert_eq!(aside.verifier().to_string(), old);
            assert_ne!(vkey, old);
        }
    }
}

#[test]
fn a_key_on_its_way_is_found_and_put_in_its_place() {
    let data = tempfile::tempdir().unwrap();
    let keys = Keys::in_data(data.path());
    let first = keys.make(&origin_of(LOG)).unwrap();
    // A rotation: while the old one is pinned it is the one, and once the new one is, that.
    let (next, _crashed) = keys.make_next(&origin_of(LOG)).unwrap();
    assert_eq!(keys.find(first.verifier()).unwrap().unwrap().verifier(), first.verifier());
    assert_eq!(keys.find(next.verifier()).unwrap().unwrap().verifier(), next.verifier());
    assert_eq!(names(data.path()), ["log.key"]);
    assert!(keys.find(first.verifier()).unwrap().is_none());
    // A new name: the old key stays beside it.
    let (other, _crashed) = keys.make_for(OTHER).unwrap();
    assert_eq!(keys.find(other.verifier()).unwrap().unwrap().verifier(), other.verifier());
    assert_eq!(names(data.path()), ["log.key".to_owned(), format!("log.key.{LOG}")]);
    assert_eq!(keys.current().unwrap().unwrap().verifier(), other.verifier());
    assert_eq!(keys.find_old(next.verifier()).unwrap().unwrap().verifier(), next.verifier());
    assert_eq!(keys.current().unwrap().unwrap().verifier(), other.verifier(), "looking for an old one moves nothing");
}

#[test]
fn a_damaged_key_is_told_and_kept() {
    let data = tempfile::tempdir().unwrap();
    let keys = Keys::in_data(data.path());
    let key = keys.make(&origin_of(LOG)).unwrap();
    let path = data.path().join("log.key");
    fs::write(&path, "PRIVATE+KEY+annals/nonsense").unwrap();
    let error = keys.make(&origin_of(LOG)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(!error.to_string().contains("nonsense") && error.to_string().contains("annals key import"), "{error}");
    keys.import(&key).unwrap();
    assert_eq!(keys.current().unwrap().unwrap().verifier(), key.verifier());
    assert_eq!(fs::read_to_string(data.path().join("log.key.damaged")).unwrap(), "PRIVATE+KEY+annals/nonsense");
}
