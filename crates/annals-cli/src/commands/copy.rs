//! `annals copy`: the log and what agents know, from one database into another.
//!
//! Ctrl-C ends it between two lots of rows; the same command once more goes on from there.

use std::ops::ControlFlow;

use annals::moving::{Moved, State, Step, copy_log};

use crate::arguments::{Common, Copy};
use crate::failure::{self, Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{Field, Fields, Format, Output};
use crate::progress::Bar;
use crate::settings;

/// Copies, and says what arrived.
pub(super) fn run(common: &Common, request: &Copy) -> Result<Exit, Failure> {
    let settings = settings::load(common)?;
    let interrupt = Interrupt::watch()?;
    let copying = Bar::new("copying");
    let mut verifying = None;
    let moved = copy_log(&settings, request.from.as_deref(), request.to.as_deref(), &mut |step| {
        match step {
            Step::Copying(progress) => copying.set(progress.n_done, progress.n_total),
            Step::Verifying(progress) => {
                copying.clear();
                verifying.get_or_insert_with(|| Bar::new("verifying")).set(progress.n_done, progress.n_total);
            }
            _ => {}
        }
        if interrupt.is_pressed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    drop((copying, verifying));
    let moved = moved?;
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        output.line(&sentence(&moved))?;
    } else {
        Fields::default().write(&mut output, &fields(&moved))?;
    }
    output.flush()?;
    Ok(end(&moved))
}

/// What there is to say beside it, and how it ended.
fn end(moved: &Moved) -> Exit {
    if moved.state == State::Stopped {
        failure::note("interrupted: the copy is not whole (hint: run the same command again, and it goes on)");
        return Exit::Interrupted;
    }
    if 0 < moved.n_since {
        failure::note(&format!(
            "{} events were recorded at the old place meanwhile (hint: end what records there, and run the same command again)",
            moved.n_since
        ));
    }
    match finding(moved) {
        Some((verdict, text)) => {
            failure::note(&format!(
                "what was copied is not sound, {verdict}: {text} (hint: `annals verify` says it of the old place as well)"
            ));
            Exit::Partly
        }
        None => Exit::Done,
    }
}

fn sentence(moved: &Moved) -> String {
    let Moved { n_events, n_rows, from, to, origin, .. } = moved;
    match moved.state {
        State::Stopped => format!("{n_rows} rows of {origin} copied so far, from {from} to {to}"),
        State::WasThere => format!("{origin} is at {to} already: all {n_events} events, with the same root hash"),
        _ => format!(
            "{origin} copied from {from} to {to}: {n_events} events, {n_rows} rows in all, with the same root hash"
        ),
    }
}

fn fields(moved: &Moved) -> Vec<(&'static str, Field)> {
    let state = match moved.state {
        State::Stopped => "stopped",
        State::WasThere => "was_there",
        _ => "copied",
    };
    let verdict = moved.report.as_ref().map(|_| finding(moved).map_or("sound".to_owned(), |(verdict, _)| verdict));
    vec![
        ("state", Field::Text(state.to_owned())),
        ("from", Field::Text(moved.from.clone())),
        ("to", Field::Text(moved.to.clone())),
        ("origin", Field::Text(moved.origin.clone())),
        ("n_events", Field::Number(moved.n_events)),
        ("n_rows", Field::Number(moved.n_rows)),
        ("root_hash", Field::text(moved.root_hash.as_deref())),
        ("verdict", Field::text(verdict.as_deref())),
        ("n_since", Field::Number(moved.n_since)),
    ]
}

/// What is wrong with the copy first of all.
fn finding(moved: &Moved) -> Option<(String, &str)> {
    let first = moved.report.as_ref()?.findings.first()?;
    Some((first.verdict.to_string(), &first.text))
}
