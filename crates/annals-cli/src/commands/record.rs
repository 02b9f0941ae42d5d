//! `annals record`: one event by its fields, or many as NDJSON.
//!
//! A single event is recorded synchronously: there is nothing to be gained by a journal that one event goes through. Where the database can't be had, or need not be
//! waited for, the event is left in a file of its own, which the next process that records makes durable.

mod check;
mod import;
mod patience;
mod progress;
mod pump;

pub(super) use self::progress::Progress;
pub(super) use self::pump::{Ended, pump};

use annals::{Audit, Error, ErrorKind, EventId, Mode, ReceiptState};

use crate::arguments::{Common, Record, Wait};
use crate::failure::{self, Exit, Failure};
use crate::input;
use crate::output::{Field, Fields, Format, Output};
use crate::{drainer, settings};

/// Records what the arguments say.
pub(super) fn run(common: &Common, record: &Record) -> Result<Exit, Failure> {
    let settings = record.on_rollback.applied_to(settings::load_anywhere(common)?);
    settings::make_way(&settings)?;
    if let Some((source, on_bad_line)) = record.source() {
        if let Some(column) = record.first_column() {
            let name = column.name();
            return Err(Failure::usage(format!(
                "`{name}` can't be given beside `--ndjson` (hint: each line has the fields of its event)"
            )));
        }
        return import::run(&settings, source, on_bad_line);
    }
    if record.is_strict() {
        return Err(Failure::usage("`--strict` is about many lines (hint: give it with `--ndjson`)"));
    }
    let mut event = record.event();
    if let Some(details) = &record.details {
        event = event.details(input::details(details)?);
    }
    let audit = Audit::with_settings(&settings.clone().mode(Mode::Synchronous))?;
    let mut output = Output::new(common);
    if record.wait() == Wait::Accepted {
        print(&mut output, audit.leave(event)?, None)?;
        drainer::start(&settings, common);
        return Ok(Exit::Done);
    }
    if let Some(server) = settings.server_address() {
        let receipt = patience::telling(&audit, server, || audit.record(event))?;
        if receipt.state() == ReceiptState::Accepted {
            print(&mut output, receipt.id(), None)?;
            let reason = audit.health().last_error.unwrap_or_default();
            failure::note(&format!(
                "accepted and not yet durable: {reason} (hint: it is sent once the server answers)"
            ));
            drainer::start(&settings, common);
            return Ok(Exit::Partly);
        }
        let durable = receipt.wait_durable(std::time::Duration::ZERO)?;
        print(&mut output, durable.id(), Some(durable.seq()))?;
        return Ok(Exit::Done);
    }
    match audit.record(event).and_then(|receipt| receipt.wait_durable(std::time::Duration::MAX)) {
        Ok(durable) => {
            print(&mut output, durable.id(), Some(durable.seq()))?;
            Ok(Exit::Done)
        }
        Err(error) if error.kind() == ErrorKind::Busy => leave(&audit, &mut output, error),
        Err(error) => Err(error.into()),
    }
}

/// Accepts the event where another process kept the database for too long.
fn leave(audit: &Audit, output: &mut Output, error: Error) -> Result<Exit, Failure> {
    let reason = error.to_string();
    let Some(event) = error.into_event() else { return Err(Failure::could_not(reason)) };
    print(output, audit.leave(event)?, None)?;
    failure::note(&format!(
        "accepted and not yet durable: {reason} (hint: the next process that records here makes it durable)"
    ));
    Ok(Exit::Partly)
}

/// Prints the id, and the sequence number once there is one.
fn print(output: &mut Output, id: EventId, seq: Option<u64>) -> Result<(), Failure> {
    if output.format() == Format::Table {
        let number = seq.map(|seq| format!("  seq {seq}")).unwrap_or_default();
        output.line(&format!("{id}{number}"))?;
    } else {
        let fields = [("id", Field::Text(id.to_string())), ("seq", seq.map_or(Field::Absent, Field::Number))];
        Fields::default().write(output, &fields)?;
    }
    Ok(output.flush()?)
}
