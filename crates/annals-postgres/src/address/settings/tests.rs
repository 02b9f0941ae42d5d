//! What addresses mean, and what is refused.

use std::time::Duration;

use annals_store::ErrorKind;
use tokio_postgres::config::TargetSessionAttrs;

use crate::address::Address;

#[track_caller]
fn refused(parameters: &str, expected: &str) {
    let error = Address::parse(&format!("postgres://someone:quince@a,b/log?{parameters}")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let said = format!("{error} {error:?}");
    assert!(said.contains(expected) && !said.contains("quince"), "`{parameters}`: {said}");
}

#[test]
fn what_is_wrong_is_named_without_its_value() {
    refused("sslmod=quince", "`sslmod` is not known");
    refused("sslmode=quince", "`sslmode` is none of `disable`, `prefer`, `require`, `verify-ca`, `verify-full`");
    refused("target_session_attrs=quince", "`target_session_attrs` is none of `any`, `read-write`, `read-only`");
    refused("connect_timeout=quince", "`connect_timeout` is no number");
    refused("port=quince", "`port` is no number");
    refused("port=1,2,3", "`port` has neither one port nor one for each host");
    refused("hostaddr=quince,quince", "`hostaddr` is no IP address");
    refused("hostaddr=127.0.0.1", "`hostaddr` has not as many");
    refused("pool_size=0", "`pool_size` is not from 1 to 1000");
    refused("pool_size=quince", "`pool_size` is no number");
    refused("statement_timeout=0", "`statement_timeout` is 0");
    refused("statement_timeout=1quince", "`statement_timeout` is no time");
    refused("statement_timeout=999999h", "`statement_timeout` is no time");
    refused("idle_in_transaction_session_timeout=0s", "`idle_in_transaction_session_timeout` is 0");
    refused("idle_timeout=quince", "`idle_timeout` is no time");
    refused("sslmode=disable&sslrootcert=quince", "`sslrootcert`");
    // Behind a password that was not escaped.
    refused("password=a&Quince7=1", "the parameter is not known");
    refused("password=a&quince", "is none");
}

#[test]
fn what_is_said_counts() {
    let address = Address::parse(
        "postgres://someone:secret@a:1,b/log?target_session_attrs=read-write&connect_timeout=3&application_name=us\
         &pool_size=4&statement_timeout=5s&idle_timeout=2min&idle_in_transaction_session_timeout=700",
    )
    .expect("a good address");
    let limits = address.limits();
    assert_eq!(limits.pool_size, Some(4));
    assert_eq!(limits.statement_timeout, Some(Duration::from_secs(5)));
    assert_eq!(limits.idle_timeout, Some(Duration::from_mins(2)));
    assert_eq!(limits.idle_in_transaction_session_timeout, Some(Duration::from_millis(700)));
    assert_eq!(address.connect_timeout(), Some(Duration::from_secs(3)));
    assert_eq!(address.config().get_application_name(), Some("us"));
    assert_eq!(address.config().get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
    assert_eq!(address.servers().iter().map(|server| server.port).collect::<Vec<_>>(), [1, 5432]);
    assert_eq!(address.to_string(), "postgres database `log` at `a:1,b:5432`");
    assert!(!format!("{address:?}").contains("secret"));
}

#[test]
fn each_server_is_called_by_its_name_and_port() {
    for (address, called) in [
        ("postgres://a,b:2/log", "a:5432,b:2"),
        ("postgres://[::1]:7/log", "[::1]:7"),
        ("dbname=log hostaddr=127.0.0.1,::1 port=1,2", "127.0.0.1:1,[::1]:2"),
        ("dbname=log host=/run/pg", "/run/pg:5432"),
    ] {
        let address = Address::parse(address).expect("a good address");
        assert_eq!(address.to_string(), format!("postgres database `log` at `{called}`"));
    }
}

#[test]
fn what_is_not_said_is_as_usual() {
    let address = Address::parse("host=a user=someone").expect("a good address");
    assert_eq!(address.config().get_application_name(), Some("annals"));
    assert_eq!(address.config().get_target_session_attrs(), TargetSessionAttrs::Any);
    assert_eq!((address.connect_timeout(), address.limits().pool_size), (None, None));
    assert_eq!(address.to_string(), "postgres database `someone` at `a:5432`");
}

#[test]
fn a_machine_that_is_gone_is_given_up_unless_the_address_says_otherwise() {
    let of = |parameters: &str| {
        let address = Address::parse(&format!("postgres://someone@a/log?{parameters}")).expect("a good address");
        let config = address.config();
        let beats = (config.get_keepalives_interval(), config.get_keepalives_retries());
        (config.get_tcp_user_timeout().copied(), config.get_keepalives(), config.get_keepalives_idle(), beats)
    };
    let (five, two) = (Duration::from_secs(5), Duration::from_secs(2));
    assert_eq!(of(""), (Some(five), true, five, (Some(two), Some(3))));
    assert_eq!(
        of("tcp_user_timeout=0&keepalives=0&keepalives_idle=60&keepalives_interval=7&keepalives_count=9"),
        (Some(Duration::ZERO), false, Duration::from_mins(1), (Some(Duration::from_secs(7)), Some(9)))
    );
}
