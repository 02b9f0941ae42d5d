//! Who is recording, and when: the clock, fresh ids, and the operating system's user behind this process.

use std::time::SystemTime;

use annals_event::{EventId, Timestamp};

/// The moment, by the system's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

/// A fresh id for an event created at this moment.
pub(crate) fn fresh_id(created_at: Timestamp) -> EventId {
    EventId::v7(created_at, rand::random())
}

/// The user this process runs as: its name in the system's user list, or `uid:1000` where it has none.
///
/// The environment is not asked, since anybody can set it; this is what we know, not what is claimed.
#[cfg(unix)]
pub(crate) fn system_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    list.lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
        })
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("uid:{uid}"))
}

/// The user this process runs as, as far as the system tells without a privileged call.
#[cfg(not(unix))]
pub(crate) fn system_user() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "unknown".to_owned())
}
