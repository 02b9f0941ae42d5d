//! `annals hook`: one event of a client's, by a process that lives for it alone.
//!
//! The client waits for this process, reads what it prints, and takes its exit code for an answer. So it prints nothing and exits 0 whatever happens, unless it was asked to fail
//! closed. What it could not record is noted beside the data, where `annals health` finds it.

mod ends;
pub(super) mod input;
pub(super) mod lost;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use annals::{Audit, Mode};
use annals_capture::Policy;
use annals_capture::claude_code::Payload;

use self::input::Input;
use crate::arguments::HookWords;
use crate::failure::{self, Exit, Failure};
use crate::{drainer, settings, surroundings};

/// How long the client waits at most for locks of other processes.
const LOCK_PATIENCE: Duration = Duration::from_millis(50);

/// Records what stands on standard input.
pub(crate) fn run(words: &HookWords) -> Exit {
    // The standard one prints.
    std::panic::set_hook(Box::new(|_| {}));
    survive_limits();
    let recorded = catch_unwind(AssertUnwindSafe(|| record(words)))
        .unwrap_or_else(|_| Err(Failure::could_not("the program panicked while it recorded")));
    let Err(failure) = recorded else { return Exit::Done };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Ok(data) = settings::data_directory(&words.common) {
            lost::note(&data, failure.message());
        }
    }));
    if !words.fail_closed {
        return Exit::Done;
    }
    let message = failure.message().replace('\n', " ");
    let _ = catch_unwind(AssertUnwindSafe(|| failure::note(&format!("not recorded: {message}"))));
    // To the client this code means: show what stands on standard error, and do not do it.
    Exit::Usage
}

/// Makes a limit on the size of files (`ulimit -f`) an error of the write that meets it; otherwise its signal ends the process.
fn survive_limits() {
    #[cfg(unix)]
    {
        // A signal that is handled interrupts nothing but that write. Nobody asks whether it came.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
    }
}

/// Answers once the event is durable, or left for the next process that records.
fn record(words: &HookWords) -> Result<(), Failure> {
    // First of all, so that the client is never left with a broken pipe.
    let input = input::read(std::io::stdin().lock());
    if let Some(problem) = &words.problem {
        return Err(Failure::usage(problem));
    }
    let client = words.client.as_deref().unwrap_or_default();
    if client != "claude-code" {
        return Err(Failure::usage(format!("`{client}` is no client that `hook` knows (hint: claude-code)")));
    }
    let settings = settings::load_anywhere(&words.common)?;
    settings::make_way(&settings)?;
    let payload =
        match input.map_err(|error| Failure::could_not(format!("standard input could not be read: {error}")))? {
            Input::Whole(bytes) => Payload::parse(&bytes),
            Input::TooLong { n_bytes, sha256 } => Payload::too_long(n_bytes, sha256),
        };
    let surroundings = payload.cwd().map_or_else(surroundings::here, |cwd| surroundings::find(Path::new(cwd)));
    let policy =
        Policy { level: settings.capture_level(), max_details: settings.most_details(), redactor: settings.redactor() };
    let is_remote = settings.server_address().is_some();
    let audit = Audit::with_settings(&settings.clone().mode(Mode::OneShot).record_timeout(Some(LOCK_PATIENCE)))?;
    let last_lost_at = settings::data_directory(&words.common).ok().and_then(|data| lost::last_at(&data));
    // What a server has is not asked here, where a client waits.
    let ends = if is_remote { None } else { ends::of_batch(&audit, &payload, &surroundings, &policy, last_lost_at) };
    match ends {
        Some(ends) => ends.into_iter().try_for_each(|end| audit.record(end).map(drop))?,
        None => drop(audit.record(payload.event(&surroundings, &policy))?),
    }
    // An event that is recorded is not lost again by what closing says.
    let _ = audit.close();
    drainer::start(&settings, &words.common);
    Ok(())
}
