//! A log of the made day, and a clock on the wall that shows six in the evening.
//!
//! Times in the log come from the writer's clock, so that they are set afterwards, to those of the day before midnight of a made time zone: in it, it is now 18:00, whatever
//! the time is on this machine. So answers are the same to the letter, and `today` means the whole day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use annals::{Audit, Capture};
use annals_capture::claude_code::Payload;
use annals_capture::{Policy, Project, Surroundings};
use annals_event::Redactor;
use annals_testkit::day::{Told, day};

use crate::bed::{Bed, Ran};
use crate::terminal::on_terminal;

const DAY_S: u64 = 24 * 3_600;
const NOW_S: u64 = 18 * 3_600;

/// A bed with the day in it.
pub(crate) struct Day {
    pub(crate) bed: Bed,
    zone: String,
}

impl Day {
    pub(crate) fn new() -> Self {
        let bed = Bed::new();
        let now = Duration::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
        let told = day();
        record(&bed, &told);
        date(&bed, now.checked_sub(Duration::from_secs(NOW_S)).unwrap(), &told);
        Self { bed, zone: zone(now.as_secs()) }
    }

    /// What a person sees on a terminal of 80 columns, without colours.
    pub(crate) fn seen(&self, words: &[&str]) -> Ran {
        let mut command = self.bed.command(words);
        command.env("TZ", &self.zone).env("NO_COLOR", "1").env("TERM", "xterm");
        on_terminal(command, 80)
    }

    /// What a program reads; a table is wide enough to cut nothing.
    pub(crate) fn read(&self, words: &[&str]) -> Ran {
        let mut command = self.bed.command(words);
        command.env("TZ", &self.zone).env("COLUMNS", "200");
        crate::bed::finish(crate::bed::spawn(&mut command))
    }
}

/// Records what the hooks would.
fn record(bed: &Bed, told: &[Told]) {
    let audit = Audit::open(bed.data()).unwrap();
    let policy = Policy { level: Capture::Arguments, max_details: 64 << 10, redactor: Redactor::default() };
    for each in told {
        let mut surroundings = Surroundings::default();
        surroundings.user = Some(each.user.to_owned());
        surroundings.host = Some("workshop".to_owned());
        let root = format!("/home/{}/{}", each.user, each.project);
        surroundings.project = Some(Project { name: each.project.to_owned(), root });
        let payload = Payload::parse(each.payload.to_string().as_bytes());
        audit.record(payload.event(&surroundings, &policy)).unwrap();
    }
    audit.close().unwrap();
}

/// Gives each event its time of the day.
fn date(bed: &Bed, midnight: Duration, told: &[Told]) {
    let mut database = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    let change = database.transaction().unwrap();
    {
        let mut update = change.prepare("UPDATE event SET recorded_at = ?1, created_at = ?1 WHERE seq = ?2").unwrap();
        for (seq, each) in told.iter().enumerate() {
            let at = midnight + Duration::from_millis(each.at_ms);
            let nanos = i64::try_from(at.as_nanos()).unwrap();
            assert_eq!(update.execute((nanos, i64::try_from(seq).unwrap())).unwrap(), 1);
        }
        // The last one was signed when the day was over.
        change.execute("UPDATE checkpoint SET signed_at = (SELECT max(recorded_at) FROM event)", []).unwrap();
    }
    change.commit().unwrap();
}

/// The time zone in which it is 18:00 at this moment, as POSIX writes it: west of Greenwich is positive.
fn zone(now_s: u64) -> String {
    let west_s = (now_s % DAY_S + DAY_S - NOW_S) % DAY_S;
    let (sign, s) = if west_s <= DAY_S / 2 { ("", west_s) } else { ("-", DAY_S - west_s) };
    format!("<MADE>{sign}{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60)
}
