//! `annals erase` and `annals prune`: shows what would go, and with `--yes` makes it go.
//!
//! Without `--yes` nothing is written anywhere, so the log is opened to be read alone. What can't go yet is said with what to do about it, and the command ends with 1: its user may have
//! promised somebody that nothing is left.

use annals::{Audit, Erased, Erasing, Erasure, ErasurePlan, Mode, Settings};

use crate::arguments::{Common, Decision, Erase, Prune};
use crate::failure::{self, Exit, Failure};
use crate::output::{Field, Format, Output, object};
use crate::progress::Bar;
use crate::reading::Reading;
use crate::settings;

/// Runs `annals erase`.
pub(super) fn erase(common: &Common, erase: &Erase) -> Result<Exit, Failure> {
    run(common, &erase.erasure()?, &erase.decision, "erased")
}

/// Runs `annals prune`.
pub(super) fn prune(common: &Common, prune: &Prune) -> Result<Exit, Failure> {
    let erasure = prune.erasure()?;
    Reading::of(&settings::load(common)?)?.check_types(&prune.types)?;
    run(common, &erasure, &prune.decision, "pruned")
}

fn run(common: &Common, erasure: &Erasure, decision: &Decision, done: &str) -> Result<Exit, Failure> {
    let settings = settings::load(common)?;
    let reading = Reading::begin_with(&settings)?;
    let plan = reading.audit.plan_erasure(erasure)?;
    if !plan.missing.is_empty() {
        for id in &plan.missing {
            failure::note(&format!("`{id}` is no event of this log, so nothing is erased"));
        }
        return Ok(Exit::Partly);
    }
    reading.audit.close()?;
    let mut output = Output::new(common);
    if decision.yes {
        carry_out(decision.on_rollback.applied_to(settings), erasure, &mut output, done)
    } else {
        show(&plan, &mut output, done)
    }
}

/// Says what would go.
fn show(plan: &ErasurePlan, output: &mut Output, done: &str) -> Result<Exit, Failure> {
    if output.format() == Format::Table {
        let (first, last) = plan.span.unwrap_or_default();
        match plan.n_events {
            0 => output.line(&format!("no event would be {done}"))?,
            n => output.line(&format!("{} would be {done}, seq {first} to {last}:", events(n)))?,
        }
        for (event_type, n_events) in &plan.by_type {
            output.line(&format!("{n_events:>12}  {event_type}"))?;
        }
        for line in beside(plan) {
            output.line(&line)?;
        }
        output.line("Nothing was changed (hint: --yes does it, and cannot be undone)")?;
    } else {
        let by_type = plan.by_type.iter().map(|(event_type, n_events)| {
            object(&[("type", Field::Text(event_type.clone())), ("count", Field::Number(*n_events))])
        });
        let seq = |of: fn((u64, u64)) -> u64| plan.span.map_or(Field::Absent, |span| Field::Number(of(span)));
        output.json(&object(&[
            ("done", Field::Number(0)),
            ("count", Field::Number(plan.n_events)),
            ("first", seq(|span| span.0)),
            ("last", seq(|span| span.1)),
            ("by_type", Field::List(by_type.collect())),
            ("too_young", Field::Number(plan.n_spared)),
            ("kept_for_ever", Field::Number(plan.n_kept_for_ever)),
            ("dead_letters", Field::Number(plan.n_dead_letters)),
            ("unfinished", Field::Number(plan.n_unfinished)),
        ]))?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

/// What else there is to know before it is done.
fn beside(plan: &ErasurePlan) -> Vec<String> {
    [
        (plan.n_dead_letters, "dead letters would be emptied"),
        (plan.n_spared, "are younger than `retention_min` and stay"),
        (plan.n_kept_for_ever, "speak about the log itself and stay"),
        (plan.n_unfinished, "earlier erasures were interrupted and would be finished"),
    ]
    .into_iter()
    .filter(|(n, _)| 0 < *n)
    .map(|(n, what)| format!("{n:>12}  {what}"))
    .collect()
}

/// Does it.
fn carry_out(settings: Settings, erasure: &Erasure, output: &mut Output, done: &str) -> Result<Exit, Failure> {
    let audit = Audit::with_settings(&settings.mode(Mode::Synchronous))?;
    let bar = Bar::new("erasing");
    let erased = audit.erase(erasure, &mut |step| {
        if let Erasing::Rows { n_done, n_all } = step {
            bar.set(n_done, n_all);
        }
    });
    drop(bar);
    let erased = erased?;
    write(&erased, output, done)?;
    for left in &erased.pending {
        failure::note(&format!("pending: {left} (hint: {})", left.hint()));
    }
    audit.close()?;
    Ok(if erased.pending.is_empty() && erased.n_spared == 0 { Exit::Done } else { Exit::Partly })
}

fn write(erased: &Erased, output: &mut Output, done: &str) -> Result<(), Failure> {
    if output.format() == Format::Table {
        output.line(&format!("{} {done}", events(erased.n_events)))?;
        let beside = [
            (erased.n_dead_letters, "dead letters emptied"),
            (erased.n_finished, "events of interrupted erasures emptied too"),
            (erased.n_spared, "are younger than `retention_min` and stay"),
            (erased.n_kept_for_ever, "speak about the log itself and stay"),
        ];
        for (n, what) in beside.into_iter().filter(|(n, _)| 0 < *n) {
            output.line(&format!("{n:>12}  {what}"))?;
        }
        let state =
            if erased.pending.is_empty() { "Nothing of what went is left in the data directory" } else { "pending" };
        output.line(state)?;
    } else {
        let pending = erased.pending.iter().map(|left| {
            object(&[("what", Field::Text(left.to_string())), ("hint", Field::Text(left.hint().to_owned()))])
        });
        output.json(&object(&[
            ("done", Field::Number(erased.n_events)),
            ("dead_letters", Field::Number(erased.n_dead_letters)),
            ("finished", Field::Number(erased.n_finished)),
            ("too_young", Field::Number(erased.n_spared)),
            ("kept_for_ever", Field::Number(erased.n_kept_for_ever)),
            ("declared", Field::List(erased.declared.iter().map(u64::to_string).collect())),
            ("pending", Field::List(pending.collect())),
        ]))?;
    }
    Ok(output.flush()?)
}

fn events(n: u64) -> String {
    if n == 1 { "1 event".to_owned() } else { format!("{n} events") }
}
