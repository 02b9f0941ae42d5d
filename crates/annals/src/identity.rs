//! Who is recording, and when: the clock, fresh ids, and the operating system's user behind this process.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime};

use annals_event::{EventId, Timestamp};

/// As good as for ever, and still a moment that can be reckoned with.
const A_YEAR: Duration = Duration::from_hours(365 * 24);

/// The moment, by the system's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

/// This moment and so long after it; a year for what is too long to be reckoned with.
pub(crate) fn moment_in(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or(now + A_YEAR)
}

/// Randomness for ids, which must differ and need not be secret; one a thread, taken from the system for some ids at once.
#[derive(Default)]
pub(crate) struct Ids {
    pub(crate) left: Vec<u64>,
}

/// The system is asked for so many ids at once, which costs it hardly more than one.
const AT_ONCE: usize = 32;

impl Ids {
    /// A fresh id for an event created at this moment.
    pub(crate) fn fresh(&mut self, created_at: Timestamp) -> EventId {
        let random = self.left.pop().unwrap_or_else(|| {
            let mut bytes = [0; AT_ONCE * size_of::<u64>()];
            if getrandom::fill(&mut bytes).is_err() {
                // A system without randomness still has addresses and keys of this process that no other has.
                return RandomState::new().hash_one(created_at.as_nanos());
            }
            self.left.extend(bytes.as_chunks().0.iter().map(|number| u64::from_ne_bytes(*number)));
            self.left.pop().unwrap_or_default()
        });
        EventId::v7(created_at, random)
    }
}

/// The user this process runs as: its name in the system's user list, or `uid:1000` where it has none.
///
/// The environment is not asked, since anybody can set it; this is what we know, not what is claimed.
#[cfg(unix)]
pub fn system_user() -> String {
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
pub fn system_user() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "unknown".to_owned())
}
