//! Where settings come from, and which layer wins.

use crate::bed::{Bed, finish, spawn};

/// A setting's value and origin, as `annals config` tells them.
fn setting(out: &[serde_json::Value], name: &str) -> (String, String) {
    let row = out.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    (row["value"].as_str().unwrap().to_owned(), row["from"].as_str().unwrap().to_owned())
}

#[test]
fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
    let bed = Bed::new();
    std::fs::create_dir(bed.data()).unwrap();
    let file = bed.data().join("annals.toml");
    std::fs::write(&file, "audit_batch_max = 1\naudit_batch_linger = \"5ms\"\naudit_queue_maxsize = 3\naudit_event_types = [\"deploy.started\"]\n").unwrap();
    let mut command = bed.command(&["config", "--set", "audit_batch_max=3"]);
    command.env("ANNALS_AUDIT_BATCH_MAX", "2").env("ANNALS_AUDIT_BATCH_LINGER", "6ms");
    let rows = finish(spawn(&mut command)).rows();
    assert_eq!(setting(&rows, "audit_batch_max"), ("3".to_owned(), "flag --set".to_owned()));
    assert_eq!(
        setting(&rows, "audit_batch_linger"),
        ("6ms".to_owned(), "environment ANNALS_AUDIT_BATCH_LINGER".to_owned())
    );
    assert_eq!(setting(&rows, "audit_queue_maxsize"), ("3".to_owned(), format!("file {}", file.display())));
    assert_eq!(setting(&rows, "audit_close_timeout"), ("5s".to_owned(), "default".to_owned()));
    assert_eq!(setting(&rows, "data").1, "environment ANNALS_DATA");
    // The file's types are known to recording and to searching.
    bed.good(&["record", "--type", "deploy.started"]);
    assert_eq!(bed.good(&["query", "--type", "deploy.started"]).rows().len(), 1);
    assert_eq!(bed.good(&["query", "--type", "deploy.*"]).rows().len(), 1);
    // What the log holds can be searched without the setting.
    std::fs::remove_file(&file).unwrap();
    assert_eq!(bed.good(&["query", "--type", "deploy.started"]).rows().len(), 1);
    bed.run(&["record", "--type", "deploy.started"]).refused(2, &["deploy.started"]);
}

#[test]
fn a_bad_file_is_named_with_its_key() {
    let bed = Bed::new();
    std::fs::create_dir(bed.data()).unwrap();
    let file = bed.data().join("annals.toml");
    for (content, parts) in [
        ("audit_asink = true", &["`audit_asink`", "annals.toml", "audit_async"][..]),
        ("audit_batch_max = 0", &["`audit_batch_max`", "annals.toml", "at least 1"]),
        ("audit_batch_max = ", &["annals.toml", "line 1"]),
        ("data = \"elsewhere\"", &["`data`", "annals.toml", "--data"]),
        ("[audit]\nasync = true", &["`audit`", "annals.toml", "table"]),
    ] {
        std::fs::write(&file, content).unwrap();
        bed.run(&["count"]).refused(2, parts);
        bed.run(&["record", "--type", "tool.invoked"]).refused(2, parts);
    }
    std::fs::write(&file, b"\xff").unwrap();
    bed.run(&["count"]).refused(2, &["annals.toml", "UTF-8"]);
}

#[test]
fn the_environment_is_named_in_its_error() {
    let bed = Bed::new();
    let mut command = bed.command(&["count"]);
    finish(spawn(command.env("ANNALS_AUDIT_BATCH_MAX", "many"))).refused(2, &["`ANNALS_AUDIT_BATCH_MAX`", "many"]);
    let mut command = bed.command(&["count"]);
    finish(spawn(command.env_remove("ANNALS_DATA").env_remove("HOME"))).refused(2, &["--data DIR", "ANNALS_DATA"]);
}

#[test]
fn the_data_directory_is_the_platforms_unless_given() {
    let bed = Bed::new();
    let mut command = bed.command(&["record", "--type", "tool.invoked"]);
    command.env_remove("ANNALS_DATA").env("XDG_DATA_HOME", bed.data());
    assert_eq!(finish(spawn(&mut command)).code, Some(0));
    let place = if cfg!(target_os = "macos") {
        bed.data().parent().unwrap().join("Library/Application Support/annals")
    } else {
        bed.data().join("annals")
    };
    assert!(place.join("annals.db").is_file());
    let other = bed.data().join("other");
    bed.good(&["record", "--type", "tool.invoked", "--data", other.to_str().unwrap()]);
    assert!(other.join("annals.db").is_file() && !bed.data().join("annals.db").exists());
    let url = format!("sqlite:{}", bed.data().join("named.db").display());
    bed.good(&["record", "--type", "tool.invoked", "--database-url", &url]);
    assert!(bed.data().join("named.db").is_file());
}

#[test]
fn config_shows_every_setting() {
    let bed = Bed::new();
    let ran = bed.good(&["config", "--format", "table", "--data", "trail", "--set", "audit_redact_keys=pin"]);
    insta::assert_snapshot!("config", ran.out);
    // Nothing was made.
    assert!(!bed.data().exists());
}

#[test]
fn config_shows_no_secret() {
    let bed = Bed::new();
    let ran = bed.good(&["config", "--set", "database_url=sqlite:https://ada:hunter2secret@example.org/x.db"]);
    assert!(!ran.out.contains("hunter2secret") && ran.out.contains("[REDACTED]"), "{}", ran.out);
}

#[test]
fn health_is_failing_where_nothing_can_be_read() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    std::fs::create_dir(bed.data().join("annals.toml")).unwrap();
    let ran = bed.run(&["health"]);
    assert_eq!(ran.rows()[0]["state"], "failing");
    assert!(ran.rows()[0]["last_error"].as_str().unwrap().contains("annals.toml"), "{ran:?}");
    ran.refused(3, &["annals.toml", "hint:"]);
    let ran = bed.run(&["health", "--format", "table"]);
    assert!(ran.out.lines().any(|line| line == "state   failing"), "{ran:?}");
}

/// As another user where this one may read everything.
#[cfg(unix)]
#[test]
fn a_directory_of_somebody_else_is_told() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    let folder = bed.data().parent().unwrap().to_owned();
    let allow = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let binary = folder.join("annals");
    std::fs::copy(env!("CARGO_BIN_EXE_annals"), &binary).unwrap();
    allow(&binary, 0o755);
    allow(&folder, 0o755);
    allow(&bed.data(), 0o000);
    let is_root = std::fs::read_dir(bed.data()).is_ok();
    for arguments in [&["health"][..], &["count"], &["record", "--type", "tool.invoked"]] {
        let mut command = std::process::Command::new(&binary);
        command.args(arguments).env_clear().env("ANNALS_DATA", bed.data()).current_dir("/");
        if is_root {
            command.uid(65_534).gid(65_534);
        }
        let ran = finish(spawn(&mut command));
        if arguments[0] == "health" {
            assert_eq!(ran.rows()[0]["state"], "failing");
        }
        ran.refused(3, &["ermission denied", "hint:"]);
    }
    allow(&bed.data(), 0o700);
    assert_eq!(bed.count(), 1);
}

#[test]
fn a_variable_that_would_be_ignored_is_told() {
    let bed = Bed::new();
    let ran =
        |name: &str, value: &str| finish(spawn(bed.command(&["record", "--type", "tool.invoked"]).env(name, value)));
    ran("ANNALS_SERVER", "annals.example.org").refused(2, &["`ANNALS_SERVER`", "https://", "hint:"]);
    ran("ANNALS_AUDIT_BATCHMAX", "3")
        .refused(2, &["`ANNALS_AUDIT_BATCHMAX`", "did you mean `ANNALS_AUDIT_BATCH_MAX`?"]);
    ran("ANNALS_AUDIT_TYPO", "3").refused(2, &["`ANNALS_AUDIT_TYPO`", "annals config"]);
    ran("ANNALS_CAPTURE", "all").refused(2, &["`ANNALS_CAPTURE`", "`arguments`"]);
    ran("ANNALS_AUDIT_EVENT_TYPES", "audit.own").refused(2, &["`ANNALS_AUDIT_EVENT_TYPES`"]);
    assert_eq!(bed.count(), 0);
    ran("ANNALS_RETENTION_MIN", "3").refused(2, &["`ANNALS_RETENTION_MIN`", "`30d`"]);
    ran("ANNALS_AUDIT_CHECKPOINT_INTERVAL", "often").refused(2, &["`ANNALS_AUDIT_CHECKPOINT_INTERVAL`", "`1s`"]);
    assert_eq!(ran("ANNALS_AUDIT_TYPO", "").err, "");
}
