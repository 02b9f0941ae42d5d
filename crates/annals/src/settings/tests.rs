//! Every setting is read, refused and printed as documented.

use super::{Origin, Settings};

fn flag() -> Origin {
    Origin::Flag("--set".to_owned())
}

#[test]
fn what_is_printed_can_be_set_again() {
    let mut settings = Settings::new("trail");
    for (name, text) in [
        ("audit_async", "false"),
        ("audit_queue_maxsize", "12"),
        ("audit_journal_bytes", "1MiB"),
        ("audit_record_timeout", "1.5s"),
        ("audit_batch_max", "1_000"),
        ("audit_batch_linger", "0ms"),
        ("audit_close_timeout", "1m"),
        ("audit_event_types", "deploy.started, deploy.ended"),
        ("audit_sheddable", "tool.invoked"),
        ("audit_redact_keys", "pin"),
        ("audit_max_details", "1KiB"),
        ("capture", "full"),
        ("audit_checkpoint_interval", "250ms"),
        ("retention_min", "36h"),
        ("database_url", "sqlite:x.db"),
    ] {
        settings.set(name, text, flag()).unwrap();
    }
    let mut again = Settings::new("trail");
    for setting in settings.list() {
        if setting.origin != Origin::Default {
            again.set(setting.name, &setting.value, flag()).unwrap();
        }
    }
    assert_eq!(settings.list(), again.list());
    assert_eq!(again.values.journal_bytes, 1 << 20);
    assert_eq!(again.values.record_timeout.map(|timeout| timeout.as_millis()), Some(1_500));
    assert_eq!(again.least_retention().as_secs(), 36 * 3_600);
    assert_eq!(again.values.event_types, ["deploy.started", "deploy.ended"]);
}

#[test]
fn a_bad_value_names_the_setting_and_what_would_be_right() {
    let mut settings = Settings::new("trail");
    for (name, text, right) in [
        ("audit_async", "perhaps", "`true` or `false`"),
        ("audit_queue_maxsize", "0", "1 to 10000000"),
        ("audit_queue_maxsize", "-1", "1 to 10000000"),
        ("audit_journal_bytes", "4KiB", "256KiB"),
        ("audit_journal_bytes", "18446744073709551615", "64GiB"),
        ("audit_queue_maxsize", "18446744073709551615", "10000000"),
        ("database_url", "foo", "`sqlite:PATH`"),
        ("audit_record_timeout", "30", "`30s`"),
        ("audit_batch_linger", "-2ms", "`2ms`"),
        ("audit_close_timeout", "NaNs", "`5s`"),
        ("audit_checkpoint_interval", "1", "`1s`"),
        ("retention_min", "3", "`30d`"),
        ("retention_min", "99999999999999d", "`30d`"),
        ("capture", "most", "`metadata`, `arguments` or `full`"),
    ] {
        let error = settings.set(name, text, flag()).unwrap_err().to_string();
        assert!(error.contains(&format!("`{name}`")) && error.contains(text) && error.contains(right), "{error}");
    }
    let error = settings.set("database_url", "mysql://root:hunter2@x", flag()).unwrap_err().to_string();
    assert!(error.contains("`mysql`") && !error.contains("hunter2"), "{error}");
    let error = settings.set("queue", "1", flag()).unwrap_err().to_string();
    assert!(error.contains("`queue` is no setting") && error.contains("audit_queue_maxsize"), "{error}");
}

#[test]
fn an_address_names_a_file_and_nothing_cleverer() {
    let mut settings = Settings::new("trail");
    for url in ["sqlite:", "sqlite::memory:", "sqlite:x.db?mode=ro", "sqlite://", "postgres:x", "mysql://x"] {
        let error = settings.set("database_url", url, flag()).unwrap_err().to_string();
        assert!(error.contains("`sqlite:PATH`"), "{url}: {error}");
    }
    settings.set("database_url", "sqlite:///var/annals.db", flag()).unwrap();
}

#[test]
fn a_password_is_kept_and_never_listed() {
    let mut settings = Settings::new("trail");
    settings.set("database_url", "postgres://ann:hunter2@db.example/annals", flag()).unwrap();
    let listed = settings.list().into_iter().find(|setting| setting.name == "database_url").unwrap().value;
    assert_eq!(listed, "postgres://ann@db.example/annals");
    assert!(settings.values.database_url.unwrap().contains("hunter2"));
}

#[test]
fn where_postgresql_tells_of_others_is_an_address_of_postgresql_and_its_password_is_never_listed() {
    let mut settings = Settings::new("trail");
    let refused = settings.set("listen_url", "sqlite:hunter2", Origin::Environment("ANNALS_LISTEN_URL")).unwrap_err();
    let refused = refused.to_string();
    assert!(
        refused.contains("`ANNALS_LISTEN_URL` is `sqlite`") && refused.contains("postgres://USER@HOST"),
        "{refused}"
    );
    settings.set("listen_url", "postgres://ann:hunter2@db.example/annals", flag()).unwrap();
    let listed = |settings: &Settings| settings.list().into_iter().find(|it| it.name == "listen_url").unwrap().value;
    assert_eq!(listed(&settings), "postgres://ann@db.example/annals");
    settings.set("listen_url", "", flag()).unwrap();
    assert_eq!(listed(&settings), "");
    #[cfg(feature = "postgres")]
    {
        let settings = settings.database_url("postgres://h/annals").listen_url("postgres://ann:hunter2@h:port/annals");
        let refused = crate::Audit::with_settings(&settings).unwrap_err().to_string();
        assert!(refused.contains("`listen_url`") && !refused.contains("hunter2"), "{refused}");
    }
}

#[test]
fn values_that_do_not_fit_together_are_refused_at_open() {
    let settings = Settings::new("trail").journal_bytes(1 << 20).max_details(1 << 20);
    let error = crate::Audit::with_settings(&settings).unwrap_err().to_string();
    assert!(error.contains("`audit_max_details`") && error.contains("`audit_journal_bytes`"), "{error}");
    assert!(crate::Audit::with_settings(&settings.max_details(512 << 10)).is_ok());
}

#[test]
fn the_file_is_named_in_its_error() {
    let error = Settings::new("trail").set("audit_async", "2", Origin::File("trail/annals.toml".into())).unwrap_err();
    assert!(error.to_string().contains("trail/annals.toml"), "{error}");
}
