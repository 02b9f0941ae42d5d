//! `annals forward`: sends to the server what waits for it here, and says whether all of it is there.

use std::thread;
use std::time::{Duration, Instant};

use annals::{Audit, Mode};

use crate::arguments::{Common, Forward};
use crate::drainer;
use crate::failure::{Exit, Failure};
use crate::settings;

/// So long may the server be away.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often another process's work is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// Sends what waits.
pub(super) fn run(common: &Common, request: &Forward) -> Result<Exit, Failure> {
    let settings = settings::load_anywhere(common)?;
    if settings.server_address().is_none() {
        return Err(Failure::usage(
            "no server keeps this trail (hint: set `ANNALS_SERVER`, or `annals setup --server URL`)",
        ));
    }
    if request.detached {
        drainer::work(&settings)?;
        return Ok(Exit::Done);
    }
    let audit = Audit::with_settings(&settings.clone().mode(Mode::Asynchronous))?;
    let kept = |why: &str| Failure::new(Exit::Partly, format!("events wait here still, and none is lost: {why}"));
    let began = Instant::now();
    loop {
        // A process that sends what others left holds a journal while it does: what it holds is not there yet, and is
        // left again if it dies.
        let is_shared = drainer::is_at_work(&settings);
        audit.drain(PATIENCE).map_err(|error| kept(&error.to_string()))?;
        let is_empty = audit.waiting()?.iter().all(|left| !left.is_ours || left.n_events == 0);
        if is_empty || !is_shared {
            return Ok(Exit::Done);
        }
        if PATIENCE < began.elapsed() {
            return Err(kept("another process sends them"));
        }
        thread::sleep(PAUSE);
    }
}
