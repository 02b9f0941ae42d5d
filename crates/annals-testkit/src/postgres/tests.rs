//! That the server comes, is shared, and goes.

use std::fs;
use std::time::Duration;

use super::{Database, Flush, Server, install, shared};
use crate::{Child, role, say, until};

#[test]
fn a_database_is_made_from_its_template_and_goes_with_its_test() {
    let made = || {
        Database::migrated("of_the_testkit", |url| {
            assert!(url.contains("template_of_the_testkit_unfinished"), "{url}");
            shared().sql("template_of_the_testkit_unfinished", "CREATE TABLE kept AS SELECT 7 AS n");
        })
    };
    let (one, other) = (made(), made());
    one.sql("INSERT INTO kept VALUES (8)");
    assert_eq!(
        (one.sql("SELECT count(*) FROM kept"), other.sql("SELECT count(*) FROM kept")),
        ("2".into(), "1".into())
    );
    assert_eq!(one.sql("SELECT '[3,4]'::vector <-> '[0,0]'::vector"), "5");
    let is_there = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", one.name);
    drop(one);
    assert_eq!(other.sql(&is_there), "0");
}

#[test]
fn a_server_ends_when_its_last_user_was_killed() {
    const RUN: &str = "ANNALS_TESTKIT_RUN";
    if role().is_some() {
        let run = std::env::var(RUN).expect("the parent names it");
        let _server = Server::shared(run.as_ref());
        say("up");
        let _: std::io::Result<String> = std::io::read_to_string(std::io::stdin());
        return;
    }
    install::programs();
    let folder = tempfile::Builder::new().prefix("annals-pg-").tempdir_in("/tmp").unwrap();
    let start = || {
        let test = "postgres::tests::a_server_ends_when_its_last_user_was_killed";
        let mut child = Child::playing(test, "user", [(RUN, folder.path())]);
        assert_eq!(child.line(), "up");
        child
    };
    let (one, other) = (start(), start());
    let pid_file = folder.path().join("server/data/postmaster.pid");
    let pid = || fs::read_to_string(&pid_file).ok().and_then(|text| text.lines().next().map(str::to_owned));
    let server = pid().expect("a running server");
    drop(one);
    assert_eq!(pid().as_deref(), Some(server.as_str()), "the other one still uses it");
    drop(other);
    let process = format!("/proc/{server}");
    until("the server ends", Duration::from_secs(20), || !fs::exists(&process).unwrap());
    until("its files go", Duration::from_secs(20), || !fs::exists(folder.path().join("server")).unwrap());
    // And there can be another one in the same place.
    drop(start());
    until("its files go", Duration::from_secs(20), || !fs::exists(folder.path().join("server")).unwrap());
}

#[test]
fn a_server_of_ones_own_flushes_if_asked_to() {
    let server = Server::alone(Flush::Real);
    assert_eq!(server.sql("postgres", "SHOW fsync"), "on");
    assert_eq!(shared().sql("postgres", "SHOW fsync"), "off");
}
