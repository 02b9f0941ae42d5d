//! Recording by a process that lives for one event, and keeps somebody waiting meanwhile.
//!
//! The event becomes durable, or is left in a journal of its own where the database cannot be had in time; so nothing that another process does makes this one late.
//! What such processes leave is drained by others of their kind: now and then, told by the age of a file, one of them looks around for a few milliseconds once its own
//! event is safe, and has the index of words take in some events. A process of its own for that was refused: it would outlive its caller, and nobody would know whose it is.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use annals_event::Event;

use super::Intent;
use crate::adopt::{self, Looked};
use crate::audit::Core;
use crate::place::Place;
use crate::{Error, ErrorKind, Receipt, identity};

/// How often one of these processes looks for what others have left.
const LOOK_INTERVAL: Duration = Duration::from_mins(1);

impl Core {
    /// Makes the event durable, or leaves it.
    pub(super) fn write_or_leave(self: &Arc<Self>, event: &Event, intent: Intent) -> Result<Receipt, Error> {
        if self.is_remote() {
            return self.encoded(event, intent, |id, payload| self.leave_payload(payload).map(|_| Receipt::left(id)));
        }
        // Several events wait no longer than one: while the database is not to be had, only the first of them waits for it.
        let patience =
            if self.has_left.load(Ordering::Relaxed) { Some(Duration::ZERO) } else { self.settings.record_timeout };
        let deadline = patience.map(identity::moment_in);
        let receipt = self.encoded(event, intent, |id, payload| {
            let failed = match self.write_payload(id, payload, intent, deadline) {
                Ok(receipt) => {
                    self.has_left.store(false, Ordering::Relaxed);
                    return Ok(receipt);
                }
                Err(failed) => failed,
            };
            // Leaving what may be there already would record it twice, and what the database or the service refuses is refused tomorrow too.
            if matches!(failed.kind(), ErrorKind::UnknownOutcome | ErrorKind::Rejected | ErrorKind::Closed) {
                return Err(failed);
            }
            match self.leave_payload(payload) {
                Ok(_) => {
                    self.has_left.store(true, Ordering::Relaxed);
                    Ok(Receipt::left(id))
                }
                Err(left) => Err(Error::new(left.kind(), format!("{failed}; and in a journal of its own: {left}"))),
            }
        })?;
        if receipt.seq().is_some() {
            self.seal_briefly();
        }
        if let Some(place) = &self.place {
            let looked_at = LookedAt::of(place);
            if receipt.seq().is_none() {
                // The next one shall look at once.
                looked_at.forget();
            } else if looked_at.is_long_ago(SystemTime::now()) {
                looked_at.remember();
                if adopt::look(self) == Looked::Everywhere {
                    // One step, and no more before the next look: where nothing but such processes records, that is more than they record meanwhile.
                    self.index_some();
                } else {
                    looked_at.forget();
                }
            }
        }
        Ok(receipt)
    }
}

/// When one of these processes last looked, as the time of an empty file among the journals. Whatever goes wrong with it only makes the looks more frequent or rarer.
struct LookedAt(PathBuf);

impl LookedAt {
    fn of(place: &Place) -> Self {
        Self(place.journals().join("looked"))
    }

    fn is_long_ago(&self, now: SystemTime) -> bool {
        let age = fs::metadata(&self.0).and_then(|file| file.modified()).map(|looked| now.duration_since(looked));
        // A time to come is no time at which anybody has looked.
        !matches!(age, Ok(Ok(age)) if age < LOOK_INTERVAL)
    }

    fn remember(&self) {
        let mut options = File::options();
        let mut folder = fs::DirBuilder::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        }
        if let Some(journals) = self.0.parent().filter(|journals| !journals.exists()) {
            let _ = folder.create(journals);
        }
        let touched = options.open(&self.0).and_then(|file| file.set_modified(SystemTime::now()));
        if let Err(error) = touched {
            tracing::debug!("the time of this look is not kept: {error}");
        }
    }

    fn forget(&self) {
        let _ = fs::remove_file(&self.0);
    }
}
