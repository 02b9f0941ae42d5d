//! Who is recording, and when: the clock, fresh ids, and the operating system's user behind this process.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime};

use annals_event::{EventId, Timestamp};
use rand::rngs::{SmallRng, SysRng};
use rand::{Rng, SeedableRng};

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

/// Randomness for ids, which must differ and need not be secret; one a thread, seeded by the system.
#[derive(Default)]
pub(crate) struct Ids {
    pub(crate) generator: Option<SmallRng>,
}

impl Ids {
    /// A fresh id for an event created at this moment.
    pub(crate) fn fresh(&mut self, created_at: Timestamp) -> EventId {
        let generator = self.generator.get_or_insert_with(|| {
            // A system without randomness still has addresses and keys of this process that no other has.
            SmallRng::try_from_rng(&mut SysRng)
                .unwrap_or_else(|_| SmallRng::seed_from_u64(RandomState::new().hash_one(created_at.as_nanos())))
        });
        EventId::v7(created_at, generator.next_u64())
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
