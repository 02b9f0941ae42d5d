//! `annals setup`: has the clients on this machine record what their agents do, and takes that back.
//!
//! Every file is planned and asked about before the first one is written, so that Ctrl-C at a question leaves all of them untouched.
//! A file that can't be read or edited costs a message and keeps no other from being done.

mod document;
mod edit;
mod files;
mod hooks;
mod memory;
mod own;
mod places;
mod plan;
mod server;
mod servers;
mod shown;
mod state;

use std::env;
use std::io::{self, IsTerminal, Write};

use annals::Settings;

use crate::arguments::{Client, Common, Setup};
use crate::failure::{self, Exit, Failure};
use crate::output::{Field, Fields, Format, Output, harmless};
use crate::settings;

pub(super) use edit::{Holds, look};
pub(super) use files::read;
pub(super) use own::data;
pub(super) use state::Records;

use own::Own;
use places::{Place, Platform};
use plan::{Plan, Step};

/// Plans, shows, asks and writes.
pub(super) fn run(common: &Common, setup: &Setup) -> Result<Exit, Failure> {
    if common.database_url.is_some() || !common.set.is_empty() {
        return Err(Failure::usage(
            "`--database-url` and `--set` are not written into a client's settings (hint: put them in `annals.toml` in the data directory)",
        ));
    }
    let settings = settings::load_anywhere(common)?;
    if setup.memory {
        // The server that would be started looks at the log of this machine.
        settings::check_is_here(&settings)?;
    }
    point(common, setup, &settings)?;
    let own = Own::here(&settings)?;
    let records = Records::of(settings.data());
    let mut end = Exit::Done;
    let mut plans = Vec::new();
    for place in chosen(setup, &records, &mut end)? {
        let plan = match (setup.undo, setup.memory) {
            (true, _) => plan::undo(&place, &records),
            (false, true) => plan::set_up_memory(&place, &own),
            (false, false) => plan::set_up(&place, &own),
        };
        match plan {
            Ok(plan) => plans.push(plan),
            Err(problem) => {
                failure::note(&format!("`{}` is left alone: {problem}", place.file.display()));
                end = Exit::Partly;
            }
        }
    }
    let mut output = Output::new(common);
    let is_data = common.json || (common.format.is_some() && output.format() != Format::Table);
    let is_asking = !setup.yes && !setup.print && io::stdin().is_terminal() && io::stderr().is_terminal();
    for plan in &mut plans {
        unless_unread(show(&mut output, plan, is_data), setup)?;
        if is_asking && plan.changes() && !ask()? {
            plan.step = Step::Declined;
            end = Exit::Partly;
        }
    }
    let n_changes = plans.iter().filter(|plan| plan.changes()).count();
    if setup.print || (n_changes > 0 && !setup.yes && !is_asking) {
        if is_data {
            rows(&mut output, &plans)?;
        }
        output.flush()?;
        if !setup.print {
            failure::note("nothing was changed, since nobody can be asked (hint: give --yes)");
            end = Exit::Partly;
        }
        return Ok(end);
    }
    end = carry_out(&settings, &records, &mut plans, end)?;
    let told = if is_data { rows(&mut output, &plans) } else { tell(&mut output, &plans, setup) };
    unless_unread(told.and_then(|()| Ok(output.flush()?)), setup)?;
    Ok(end)
}

/// Points the data directory at a server, or takes that back. A line of settings is no client's, and is said on standard error.
fn point(common: &Common, setup: &Setup, settings: &Settings) -> Result<(), Failure> {
    let new = match (&setup.server, setup.undo) {
        // With clients named, only those are undone.
        (None, true) if setup.clients.is_empty() => server::undone(settings)?,
        (Some(url), false) => server::planned(settings, url, setup.token_file.as_deref())?,
        _ => return Ok(()),
    };
    let file = settings.data().join("annals.toml");
    let Some(new) = new else { return Ok(()) };
    if setup.print {
        failure::note(&format!("`{}` would become: {}", file.display(), new.trim_end().replace('\n', " / ")));
        return Ok(());
    }
    if common.data.is_none() {
        settings::make_way(settings)?;
    }
    server::write(settings, &new)?;
    let told = if setup.undo { "records on this machine again" } else { "sends what is recorded to the server" };
    failure::note(&format!("`{}` {told}, by `{}`", settings.data().display(), file.display()));
    Ok(())
}

/// Lets a reader go who has seen enough (`annals setup --yes | head -1`): what was agreed to beforehand is done all the same, and its exit code told.
fn unless_unread(told: Result<(), Failure>, setup: &Setup) -> Result<(), Failure> {
    match told {
        Err(failure) if setup.yes && failure.exit() == Exit::Done => Ok(()),
        other => other,
    }
}

/// The places that are meant: all that are found, or those of the named clients.
fn chosen(setup: &Setup, records: &Records, end: &mut Exit) -> Result<Vec<Place>, Failure> {
    let variable = |name: &str| env::var_os(name);
    let mut places = if setup.memory {
        places::of_servers(Platform::here(), variable)
    } else {
        places::all(Platform::here(), variable)
    };
    for place in &mut places {
        if let Ok(absolute) = std::path::absolute(&place.file) {
            place.file = absolute;
        }
    }
    if setup.undo {
        for record in records.all() {
            if places.iter().all(|place| place.file != record.file) {
                places.push(Place { client: record.client, file: record.file });
            }
        }
    }
    let clients = if setup.clients.is_empty() { Client::ALL.to_vec() } else { setup.clients.clone() };
    let mut chosen = Vec::new();
    for client in Client::ALL.into_iter().filter(|client| clients.contains(client)) {
        let own: Vec<&Place> = places.iter().filter(|place| place.client == client).collect();
        let is_recorded = |place: &Place| setup.undo && records.all().iter().any(|record| record.file == place.file);
        let before = chosen.len();
        // Claude Code's file may be made where it was asked for by name; the others have nothing to wrap then.
        let is_made = client == Client::ClaudeCode && !setup.clients.is_empty() && !setup.undo;
        chosen.extend(
            own.iter().filter(|place| place.is_found() || is_made || is_recorded(place)).map(|place| (*place).clone()),
        );
        if chosen.len() == before && !setup.clients.is_empty() && !setup.undo {
            let looked: Vec<String> = own.iter().map(|place| format!("`{}`", place.file.display())).collect();
            failure::note(&format!("{} was not found (looked for {})", client.name(), looked.join(", ")));
            *end = Exit::Partly;
        }
    }
    if chosen.is_empty() && setup.clients.is_empty() && !setup.undo && setup.server.is_none() {
        return Err(Failure::new(
            Exit::Partly,
            "no client was found for this user (hint: name one, such as `annals setup claude-code`)",
        ));
    }
    Ok(chosen)
}

fn show(output: &mut Output, plan: &Plan, is_data: bool) -> Result<(), Failure> {
    if !is_data && plan.changes() {
        let is_coloured = output.screen().is_coloured;
        let old = plan.found.content.as_deref();
        for line in shown::diff(&plan.place.file.display().to_string(), old, plan.new.as_deref(), is_coloured) {
            output.line(&line)?;
        }
    }
    output.flush()?;
    for note in &plan.notes {
        failure::note(&format!("{}: {note}", plan.place.client.name()));
    }
    Ok(())
}

/// Asks whether the change that was just shown is wanted; the end of the input is a no.
fn ask() -> Result<bool, Failure> {
    let mut stderr = io::stderr().lock();
    // Nobody is left to be asked when standard error is closed.
    let _ = write!(stderr, "Write this change? [y/N] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.map_err(|error| Failure::could_not(format!("could not read the answer: {error}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn carry_out(settings: &Settings, records: &Records, plans: &mut [Plan], mut end: Exit) -> Result<Exit, Failure> {
    if plans.iter().all(|plan| matches!(plan.step, Step::Nothing(_) | Step::Declined)) {
        return Ok(end);
    }
    let _turn = records.turn(settings)?;
    for plan in plans {
        if let Err(problem) = plan.carry_out(records) {
            failure::note(&format!("`{}` is left alone: {problem} (hint: run it again)", plan.place.file.display()));
            plan.step = Step::Failed;
            end = Exit::Partly;
        }
    }
    Ok(end)
}

/// What was done, and what to do next.
fn tell(output: &mut Output, plans: &[Plan], setup: &Setup) -> Result<(), Failure> {
    for plan in plans {
        for line in plan.sentence().lines() {
            output.line(&harmless(&annals_ask::without_secrets(line)))?;
        }
    }
    if plans.iter().all(|plan| plan.step != Step::Done) {
        return Ok(());
    }
    output.line("")?;
    output.line("A client that is running must be started again.")?;
    if setup.memory {
        output.line("Its agents are told to read the briefing first by the server itself. Where a client")?;
        output.line("keeps that from them, put this into its rules (CLAUDE.md, Cursor's user rules):")?;
        output.line("  Begin with get_briefing of the MCP server annals; keep what others need by remember.")?;
        output.line("Take this back with:   annals setup --undo")?;
        return Ok(());
    }
    if !setup.undo {
        output.line("Then see what it did:  annals query --since today")?;
        output.line("Take this back with:   annals setup --undo")?;
    }
    Ok(())
}

fn rows(output: &mut Output, plans: &[Plan]) -> Result<(), Failure> {
    let mut fields = Fields::default();
    for plan in plans {
        let row = [
            ("client", Field::Text(plan.place.client.name().to_owned())),
            ("file", Field::Text(plan.place.file.display().to_string())),
            ("result", Field::Text(plan.word().to_owned())),
            ("backup", Field::text(plan.backup.as_ref().map(|path| path.display().to_string()).as_deref())),
        ];
        fields.write(output, &row)?;
    }
    Ok(())
}
