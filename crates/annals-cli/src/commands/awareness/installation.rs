//! `annals awareness import postgres://…`: what the owners of an installation of `mcp-awareness` know, each into a space.
//!
//! An owner's entries are read in one snapshot and brought batch by batch. Ctrl-C ends it between two of them; the same import once more does the rest.

use std::path::Path;

use annals::installation::{Installation, InstalledEntry as Row, Owner};
use annals::store::{Error, ErrorKind};
use annals::{Audit, Caller, Settings};
use annals_awareness::transfer::{Import, InstalledEntry, InstalledUser, Run, Tally, space_of};

use super::import::{broken, open, sentence};
use crate::arguments::{Awareness, Common};
use crate::failure::{self, Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{Field, Format, Output, object};
use crate::progress::Bar;

/// Whose schemas everybody uses, there as here.
const SYSTEM: &str = "_system";

/// Whether what is imported is a database and no file.
pub(super) fn is_address(path: &Path) -> bool {
    let text = path.to_string_lossy();
    ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
}

/// Imports, or counts what would be.
pub(super) fn run(
    common: &Common,
    settings: &Settings,
    request: &Awareness,
    address: &Path,
    run: Run,
) -> Result<Exit, Failure> {
    let interrupt = Interrupt::watch()?;
    let address = address.to_str().ok_or_else(|| Failure::usage("the address is no text"))?;
    let installation = Installation::open(address)?;
    let (owners, is_bound) = installation.owners()?;
    let chosen = choose(&owners, request)?;
    let (audit, _elsewhere) = open(settings, run)?;
    let mut work = Work {
        installation: &installation,
        audit: &audit,
        run,
        interrupt: &interrupt,
        bar: Bar::new("importing"),
        n_total: chosen.iter().map(|(owner, _)| owner.n_entries).sum(),
        tally: Tally::default(),
        told: Vec::new(),
    };
    let mut ended = Ok(());
    for (owner, space) in &chosen {
        ended = work.bring(owner, space);
        if ended.is_err() || interrupt.is_pressed() {
            break;
        }
    }
    let Work { tally, told, bar, .. } = work;
    drop(bar);
    for what in &told {
        failure::note(what);
    }
    ended.map_err(|failed| if 0 < tally.n_entries() { failed.within(&sentence(tally, run)) } else { failed })?;
    audit.close()?;
    let n_spaces = chosen.iter().filter(|(owner, _)| 0 < owner.n_entries).count() as u64;
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        let spaces = if n_spaces == 1 { "1 space".to_owned() } else { format!("{n_spaces} spaces") };
        output.line(&format!("{spaces}: {}", sentence(tally, run)))?;
    } else {
        let mut fields = vec![("n_spaces", Field::Number(n_spaces))];
        fields.extend(tally.numbers().into_iter().map(|(name, number)| (name, Field::Number(number))));
        fields.push(("dry_run", Field::Number(u64::from(run == Run::Rehearse))));
        output.json(&object(&fields))?;
    }
    output.flush()?;
    remark(&chosen, is_bound);
    if interrupt.is_pressed() {
        failure::note("interrupted: what follows was not read (hint: import once more, and the rest comes)");
        return Ok(Exit::Interrupted);
    }
    Ok(if tally.is_whole() { Exit::Done } else { Exit::Partly })
}

/// What stays behind, or may.
fn remark(chosen: &[(&Owner, String)], is_bound: bool) {
    let (n_reads, n_actions) =
        chosen.iter().fold((0, 0), |(reads, actions), (owner, _)| (reads + owner.n_reads, actions + owner.n_actions));
    if 0 < n_reads + n_actions {
        failure::note(&format!(
            "who read entries and acted on them stays where it happened: {n_reads} readings and {n_actions} actions"
        ));
    }
    if is_bound {
        failure::note(
            "row security shows this role the owners alone that are users (hint: give a role with BYPASSRLS to see whether there are others)",
        );
    }
}

/// Whose entries come, and into which space.
fn choose<'o>(owners: &'o [Owner], request: &Awareness) -> Result<Vec<(&'o Owner, String)>, Failure> {
    let of_name = |name: &str| owners.iter().find(|owner| owner.name == name);
    let list = || {
        let quoted: Vec<String> = owners.iter().map(|owner| format!("`{}`", owner.name)).collect();
        quoted.join(", ")
    };
    let in_its_own = |owner: &'o Owner| (owner, space_of(&owner.name).to_owned());
    match (&request.owner, &request.space) {
        (Some(name), space) => {
            let owner = of_name(name).ok_or_else(|| {
                Failure::usage(format!(
                    "`--owner` is `{name}`, and those who own entries are {} (hint: give one of them)",
                    list()
                ))
            })?;
            Ok(vec![(owner, space.clone().unwrap_or_else(|| space_of(name).to_owned()))])
        }
        (None, None) => Ok(owners.iter().map(in_its_own).collect()),
        (None, Some(space)) => {
            let (system, others): (Vec<_>, Vec<_>) = owners.iter().partition(|owner| owner.name == SYSTEM);
            match others.as_slice() {
                [] => Ok(system.into_iter().map(in_its_own).collect()),
                [owner] => {
                    Ok(std::iter::once((*owner, space.clone())).chain(system.into_iter().map(in_its_own)).collect())
                }
                _ => Err(Failure::usage(format!(
                    "`--space` takes the entries of one owner, and there are {} (hint: name one with `--owner`)",
                    list()
                ))),
            }
        }
    }
}

/// An import under way.
struct Work<'w> {
    installation: &'w Installation,
    audit: &'w Audit,
    run: Run,
    interrupt: &'w Interrupt,
    bar: Bar,
    n_total: u64,
    tally: Tally,
    told: Vec<String>,
}

impl Work<'_> {
    /// Brings what one owner knows.
    fn bring(&mut self, owner: &Owner, space: &str) -> Result<(), Failure> {
        let caller = Caller::new(space, annals::system_user())
            .or_else(|error| Caller::new(space, "unknown").map_err(|_| error))
            .map_err(|error| {
                Failure::from(error)
                    .within(&format!("the owner `{}` (hint: `--owner` and `--space` give another name)", owner.name))
            })?;
        let mut import = Import::new(self.audit, &caller, self.run);
        let mut trouble = None;
        let visited = self.installation.entries(&owner.name, &mut |row| {
            if self.interrupt.is_pressed() {
                return Err(stopped());
            }
            let taken = import.installed(&entry(&row));
            self.bar.set(self.tally.n_entries() + import.tally().n_entries(), self.n_total);
            taken.map_err(|broken| {
                trouble = Some(broken);
                stopped()
            })
        });
        let mut ended = match (visited, trouble) {
            (_, Some(trouble)) => Err(broken(trouble)),
            (Err(_), None) if self.interrupt.is_pressed() => Ok(()),
            (visited, None) => visited.map_err(Failure::from),
        };
        if ended.is_ok() {
            if let Some(user) = &owner.user {
                let user = InstalledUser {
                    name: &owner.name,
                    created: user.created,
                    timezone: user.timezone.as_deref(),
                    preferences: &user.preferences,
                };
                ended = import.installed_user(&user).map_err(broken);
            }
            // What has gathered is whole, also where somebody has stopped it.
            ended = ended.and_then(|()| import.end().map_err(broken));
        }
        self.tally += import.tally();
        self.told.extend(import.told().into_iter().map(|(_, what)| what));
        ended
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Invalid, "the import was stopped")
}

fn entry(row: &Row) -> InstalledEntry<'_> {
    InstalledEntry {
        id: &row.id,
        entry_type: &row.entry_type,
        source: &row.source,
        tags: &row.tags,
        created: row.created,
        updated: row.updated,
        expires: row.expires,
        deleted: row.deleted,
        logical_key: row.logical_key.as_deref(),
        language: row.language.as_deref(),
        data: &row.data,
    }
}
