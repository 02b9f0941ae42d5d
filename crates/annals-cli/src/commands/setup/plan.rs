//! What is to be done with one settings file, and doing it.

use std::path::PathBuf;

use super::document::Unfit;
use super::edit::{self, Holds};
use super::files::{self, Found};
use super::own::Own;
use super::places::Place;
use super::state::{Backups, Records, digest};
use crate::arguments::Client;

/// A file and what becomes of it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) place: Place,
    pub(super) found: Found,
    /// The new bytes; `None` takes the file away.
    pub(super) new: Option<Vec<u8>>,
    pub(super) notes: Vec<String>,
    pub(super) step: Step,
    /// Where the file as it was lies, once it does.
    pub(super) backup: Option<PathBuf>,
    n_ours: usize,
    /// Whether it is about the server that agents remember with.
    is_memory: bool,
}

/// How far a plan is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Our entries are to be put in.
    PutIn,
    /// The file is to be as it was, byte for byte.
    Restore,
    /// Our entries are to be taken out of a file that was changed since.
    TakeOut,
    /// Only our own record is to go.
    Forget(&'static str),
    /// There is nothing to do.
    Nothing(&'static str),
    /// The person said no.
    Declined,
    /// It was tried.
    Failed,
    /// It is done.
    Done,
}

/// How to have a client record.
pub(super) fn set_up(place: &Place, own: &Own) -> Result<Plan, String> {
    let found = files::read(&place.file)?;
    let old = found.content.clone();
    if old.is_none() && place.client != Client::ClaudeCode {
        return Ok(Plan::new(place, found, old, Step::Nothing("there are no MCP servers to wrap")));
    }
    let bytes = old.clone().unwrap_or_default();
    let told = |unfit| told(&unfit);
    let new = edit::put_in(place.client, &bytes, own).map_err(told)?;
    let seen = edit::look(place.client, &new).map_err(told)?;
    let step = match (new == bytes, seen.n_ours) {
        (false, _) => Step::PutIn,
        (true, 0) => Step::Nothing("there are no MCP servers to wrap"),
        (true, _) => Step::Nothing("it is set up already"),
    };
    let mut plan = Plan::new(place, found, Some(new), step);
    plan.notes = seen.notes;
    plan.n_ours = seen.n_ours;
    Ok(plan)
}

/// How to give a client the server that its agents remember with.
pub(super) fn set_up_memory(place: &Place, own: &Own) -> Result<Plan, String> {
    let found = files::read(&place.file)?;
    let bytes = found.content.clone().unwrap_or_default();
    let new = edit::put_memory(place.client, Holds::of(place.client, &place.file), &bytes, own)
        .map_err(|unfit| told(&unfit))?;
    let step = if new == bytes { Step::Nothing("it has the server already") } else { Step::PutIn };
    let mut plan = Plan::new(place, found, Some(new), step);
    plan.is_memory = true;
    Ok(plan)
}

/// How to put a file back.
pub(super) fn undo(place: &Place, records: &Records) -> Result<Plan, String> {
    let found = files::read(&place.file)?;
    let record = records.all().into_iter().find(|record| record.file == place.file);
    let old = found.content.clone();
    let Some(bytes) = old.clone() else {
        let step = record.map_or(Step::Nothing("there is nothing of ours"), |_| Step::Forget("it was deleted since"));
        return Ok(Plan::new(place, found, old, step));
    };
    let now = digest(&bytes);
    let told = |unfit| told(&unfit);
    let is_ours = record.as_ref().is_some_and(|record| record.after == now);
    if let Some(record) = &record
        && (is_ours || record.before.as_deref() == Some(now.as_str()))
    {
        if !is_ours {
            return Ok(Plan::new(place, found, old, Step::Forget("it was as before already")));
        }
        let original = records.original(record);
        if let Some(original) = &original {
            // A backup of a file in which somebody had left entries of ours would bring them back.
            let clean = edit::take_out(Holds::of(place.client, &place.file), original).map_err(told)?;
            return Ok(Plan::new(place, found, Some(clean), Step::Restore));
        }
        if record.before.is_none() {
            return Ok(Plan::new(place, found, None, Step::Restore));
        }
    }
    let clean = edit::take_out(Holds::of(place.client, &place.file), &bytes).map_err(told)?;
    if clean == bytes {
        let step = record.map_or(Step::Nothing("there is nothing of ours"), |_| Step::Forget("our entries were gone"));
        return Ok(Plan::new(place, found, old, step));
    }
    let is_made = record.as_ref().is_some_and(|record| record.before.is_none());
    let new = (!is_made || !edit::is_empty(&clean)).then_some(clean);
    let mut plan = Plan::new(place, found, new, Step::TakeOut);
    if record.is_some() {
        let why = if is_ours { "its backup is gone" } else { "the file was changed since" };
        plan.notes.push(format!("{why}, so that only our entries are taken out"));
        plan.backup = record.and_then(|record| records.backup_of(&record)).filter(|path| path.exists());
    }
    Ok(plan)
}

fn told(unfit: &Unfit) -> String {
    format!("line {}, column {}: {}", unfit.line, unfit.column, unfit.problem)
}

impl Plan {
    fn new(place: &Place, found: Found, new: Option<Vec<u8>>, step: Step) -> Self {
        Self { place: place.clone(), found, new, notes: Vec::new(), step, backup: None, n_ours: 0, is_memory: false }
    }

    /// Whether the file becomes another.
    pub(super) fn changes(&self) -> bool {
        matches!(self.step, Step::PutIn | Step::Restore | Step::TakeOut)
    }

    /// Does it. Whatever fails, the file is as it was.
    pub(super) fn carry_out(&mut self, records: &Records) -> Result<(), String> {
        let (client, file) = (self.place.client, self.place.file.clone());
        match self.step {
            Step::PutIn => {
                let new = self.new.as_deref().unwrap_or_default();
                let old = self.found.content.as_deref();
                let earlier = records.all().into_iter().find(|record| record.file == file);
                let record = records.keep(client, &file, old, new).map_err(|failure| failure.message().to_owned())?;
                if let Err(problem) = files::replace(&self.found, Some(new)) {
                    records.put_back(client, &file, earlier.as_ref());
                    return Err(problem);
                }
                self.backup = records.backup_of(&record);
            }
            Step::Restore => {
                files::replace(&self.found, self.new.as_deref())?;
                records.forget(client, &file, Backups::Drop);
            }
            Step::TakeOut => {
                files::replace(&self.found, self.new.as_deref())?;
                records.forget(client, &file, Backups::Keep);
            }
            Step::Forget(_) => {
                records.forget(client, &file, Backups::Keep);
                return Ok(());
            }
            Step::Nothing(_) | Step::Declined | Step::Failed | Step::Done => return Ok(()),
        }
        self.step = Step::Done;
        Ok(())
    }

    /// One word for programs.
    pub(super) fn word(&self) -> &'static str {
        match self.step {
            Step::PutIn | Step::Restore | Step::TakeOut => "planned",
            Step::Forget(_) | Step::Nothing(_) => "unchanged",
            Step::Declined => "declined",
            Step::Failed => "failed",
            Step::Done => "changed",
        }
    }

    /// One line for people.
    pub(super) fn sentence(&self) -> String {
        let what = match self.step {
            Step::Done if self.is_memory => "has the server `annals`".to_owned(),
            Step::Done => match (self.n_ours, self.place.client, &self.new) {
                (0, _, None) => "removed, as it was not there before".to_owned(),
                (0, ..) => "without our entries".to_owned(),
                (n, Client::ClaudeCode, _) => format!("{n} events recorded by hooks"),
                (1, ..) => "1 MCP server wrapped".to_owned(),
                (n, ..) => format!("{n} MCP servers wrapped"),
            },
            Step::Forget(why) | Step::Nothing(why) => why.to_owned(),
            Step::Declined => "left as it is".to_owned(),
            Step::Failed => "left alone".to_owned(),
            Step::PutIn | Step::Restore | Step::TakeOut => "not done".to_owned(),
        };
        let backup = self.backup.as_ref().map(|path| format!("\n  as it was: {}", path.display()));
        format!("{}: {what}\n  {}{}", self.place.client.name(), self.place.file.display(), backup.unwrap_or_default())
    }
}
