//! Which addresses there are, and that none shows its password.

use super::*;

fn of(url: &str) -> Result<Database, Error> {
    Database::of(Path::new("data"), Some(url))
}

#[test]
fn a_path_is_a_file() {
    for (url, path) in [("sqlite:host=h", "host=h"), ("sqlite:x/y.db", "x/y.db"), ("sqlite:///var/a.db", "/var/a.db")] {
        assert_eq!(of(url).unwrap().file(), Some(Path::new(path)), "{url}");
    }
    assert_eq!(Database::of(Path::new("data"), None).unwrap().file(), Some(Path::new("data/annals.db")));
}

#[test]
fn what_is_no_address_is_refused_and_not_repeated() {
    for url in [
        "host",
        "hots=h dbname=d",
        "./host=h",
        "data/host=h",
        "=h",
        "",
        "x.db",
        "sqlite:",
        "sqlite::memory:",
        "sqlite:x?mode=ro",
        "mysql://u:hush@h/d",
        "postgres:hush",
    ] {
        let error = of(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Setting, "{url}");
        assert!(
            error.to_string().contains("hint: give `sqlite:PATH`") && !error.to_string().contains("hush"),
            "{error}"
        );
    }
}

#[test]
fn no_password_is_shown() {
    for (url, shown) in [
        ("postgres://h/d", "postgres://h/d"),
        ("postgresql://u@h:1,i:2/d?sslmode=require", "postgresql://u@h:1,i:2/d?sslmode=require"),
        ("postgres://u:hush@h/d", "postgres://u@h/d"),
        ("postgres://u:hu/sh@h/d", "postgres://u@h/d"),
        ("postgres://u:hu@sh@h/d", "postgres://[not shown]"),
        ("postgres://u:hu?sh@h/d", "postgres://[not shown]"),
        ("postgres://u@h/d?password=hush&user=v", "postgres://u@h/d?user=v"),
        ("postgres://u@h/d?p%61ssword=hush", "postgres://u@h/d"),
        ("sqlite:a@b", "sqlite:a@b"),
        ("sqlite:host=a password=b", "sqlite:host=a password=b"),
        ("host=h user=u password=hush dbname=d", "host=h user=u dbname=d"),
        ("password=hush host=h", "host=h"),
        (" host = h  password = 'hu sh' port=1 ", "host=h port=1"),
        ("password='hu\\'sh host=h' user='a b'", "user='a b'"),
        ("password=hu\\ sh host=h", "host=h"),
        ("password=a://hush host=h", "host=h"),
        // A password that was not quoted ends nobody knows where.
        ("host=h password=hu sh", "[not shown]"),
        ("host=h password=hu sh=1 user=u", "[not shown]"),
        ("host=h password='hush", "[not shown]"),
        ("host=h password=hush\\", "[not shown]"),
        ("host=h passwort=hush", "[not shown]"),
    ] {
        assert_eq!(without_password(url), shown, "{url}");
    }
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_of_postgresql_is_known_by_where_it_is() {
    for url in [
        "postgres://u:hush@H/d",
        "postgresql://v@h:5432/d?connect_timeout=3",
        "host=h dbname=d user=u password=hush",
        "dbname = 'd' host=H password='hush host=x'",
    ] {
        let database = of(url).unwrap();
        assert_eq!(database.identity(Path::new("data")).unwrap(), "postgres:h:5432/d");
        assert!(!format!("{database} {database:?}").contains("hush"));
        let error = database.needs_file().unwrap_err().to_string();
        assert!(error.contains("pg_dump"), "{error}");
    }
    for url in [
        "postgres://u:hush@h:port/d",
        "host=h port=port password=hush",
        "host=h password=hu sh",
        "host=h password='hush",
        "dbname=d password=hush",
    ] {
        let error = of(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Setting);
        let said = error.to_string();
        assert!(said.starts_with("`database_url`: ") && !said.contains("hush") && !said.contains("hu sh"), "{said}");
    }
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_database_of_postgresql_needs_its_feature() {
    for url in ["postgres://u:hush@h/d", "postgresql://u:hush@h/d", "host=h dbname=d password=hush"] {
        let error = of(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Setting);
        assert!(error.to_string().contains("the feature `postgres`") && !error.to_string().contains("hush"), "{error}");
    }
}
