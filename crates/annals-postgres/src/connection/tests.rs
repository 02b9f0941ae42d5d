//! How long is waited for a connection and a statement, by what the address and whoever opened it say. Nothing is connected to.

use std::time::Duration;

use super::Pool;
use crate::address::Address;
use crate::opening::Opening;

/// How long a connection is waited for, how long it may take to be made, and how long a statement.
fn times(address: &str, opening: &Opening) -> (Option<Duration>, Option<Duration>, Duration) {
    let pool = Pool::new(&Address::parse(address).unwrap(), opening).unwrap();
    let timeouts = pool.idle.timeouts();
    (timeouts.wait, timeouts.create, pool.limits.statement)
}

#[test]
fn an_address_counts_more_than_what_is_usual_and_stretches_no_bound() {
    let plain = "postgres:///log?host=/run/one,/run/two";
    let patient = format!("{plain}&connect_timeout=60&statement_timeout=1h");
    let hasty = format!("{plain}&connect_timeout=1&statement_timeout=20ms");
    let bounded = |at_most: Duration| Opening::from(annals_store::Opening::default().waiting_at_most(at_most));
    let (millis, seconds) = (Duration::from_millis, Duration::from_secs);
    for (address, opening, (wait, create, statement)) in [
        (plain, Opening::default(), (seconds(10), seconds(10), seconds(30))),
        (&patient, Opening::default(), (seconds(10), seconds(120), seconds(3_600))),
        (&hasty, Opening::default(), (seconds(10), seconds(2), millis(20))),
        (plain, bounded(millis(50)), (millis(50), millis(50), millis(50))),
        (&patient, bounded(millis(50)), (millis(50), millis(50), millis(50))),
        (&hasty, bounded(millis(50)), (millis(50), millis(50), millis(20))),
        // Over there no time at all is no limit.
        (&patient, bounded(Duration::ZERO), (millis(1), millis(1), millis(1))),
        (&patient, bounded(seconds(7_200)), (seconds(10), seconds(120), seconds(3_600))),
    ] {
        assert_eq!(times(address, &opening), (Some(wait), Some(create), statement), "{address} {opening:?}");
    }
}
