//! Losses as they happen: too many events, an event that the database refuses, a journal with a broken bit. Each is declared by the library itself.

use std::fs;

use annals::{Audit, Event, Filter, PageRequest, ReceiptState, Settings, json};
use anyhow::{Context, ensure};

use super::{Making, adopt, settle};
use crate::child::{Child, Role};
use crate::{attack, folder, work};

/// More events than a short queue takes, offered as fast as they come.
pub(super) fn shed(making: &mut Making) -> anyhow::Result<()> {
    let audit = Audit::with_settings(&Settings::new(&making.live).queue_maxsize(8))?;
    // The first one makes the journal.
    audit.record(Event::new("context.built"))?;
    audit.flush()?;
    let held = attack::open(&making.live.join(folder::DATABASE))?;
    held.execute_batch("BEGIN IMMEDIATE")?;
    let mut n_shed = 0;
    for n in 0..40 {
        let receipt = audit.offer(Event::new("tool.invoked").tool("search").details(json!({ "n": n })))?;
        n_shed += u64::from(receipt.state() == ReceiptState::Shed);
    }
    held.execute_batch("ROLLBACK")?;
    ensure!(n_shed > 0, "nothing was dropped");
    audit.record(Event::new("context.built"))?;
    audit.flush()?;
    audit.close()?;
    // A drop that nobody was left to declare is declared by the next process.
    adopt(&making.live)?;
    ensure_gap(making, "shed")
}

/// An event that the database refuses for itself: here by a rule that somebody put into it for a while.
pub(super) fn dead_letter(making: &mut Making) -> anyhow::Result<()> {
    let database = making.live.join(folder::DATABASE);
    attack::open(&database)?.execute_batch(
        "CREATE TRIGGER refuses BEFORE INSERT ON event WHEN NEW.tool = 'cursed' BEGIN SELECT raise(ABORT, 'refused'); END",
    )?;
    let audit = making.open()?;
    for n in 0..3 {
        work::record(&audit, &mut making.random, 5)?;
        audit.record(Event::new("tool.invoked").tool("cursed").details(json!({ "n": n })))?;
    }
    audit.flush()?;
    audit.close()?;
    attack::open(&database)?.execute_batch("DROP TRIGGER refuses")?;
    ensure_gap(making, "dead_letter")
}

/// A journal whose process died before the database was free for it, and in which a bit then changes.
pub(super) fn damaged(making: &mut Making) -> anyhow::Result<()> {
    leave_journal(making, Role::Leave)?;
    let segment = fs::read_dir(making.live.join("journal"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?
        .into_iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .context("the dead process left no journal")?;
    let mut bytes = fs::read(&segment)?;
    // Its space is reserved, so that most of the file is zeros: the middle of what was written.
    let written = bytes.iter().rposition(|byte| *byte != 0).context("an empty journal")?;
    bytes[written / 2] ^= 0x40;
    fs::write(&segment, bytes)?;
    adopt(&making.live)?;
    ensure_gap(making, "damaged")
}

/// The database is put back to before a process recorded whose journal is still there; that is accepted, and the log goes on under another name.
pub(super) fn target_lost(making: &mut Making) -> anyhow::Result<()> {
    settle(&making.live)?;
    let database = making.live.join(folder::DATABASE);
    let before = making.folder.join("before.db");
    fs::copy(&database, &before)?;
    leave_journal(making, Role::LeaveLate)?;
    folder::remove_database(&making.live)?;
    fs::rename(before, database)?;
    let refused = making.record(10);
    ensure!(refused.is_err(), "a database that was put back was opened as if nothing were");
    let audit = Audit::with_settings(&Settings::new(&making.live).accept_rollback())?;
    work::record(&audit, &mut making.random, 10)?;
    audit.flush()?;
    audit.close()?;
    adopt(&making.live)?;
    ensure_gap(making, "target_lost")
}

/// A process records, some of it into its journal alone, and dies.
fn leave_journal(making: &mut Making, role: Role) -> anyhow::Result<()> {
    let mut child = Child::start(role, &making.live, making.random.number())?;
    child.wait_for_word()?;
    child.kill()
}

fn ensure_gap(making: &Making, reason: &str) -> anyhow::Result<()> {
    let audit = making.open()?;
    let gaps = audit.query(&Filter::new().event_type("audit.gap"), &PageRequest::default())?.events;
    audit.close()?;
    let said = format!("\"reason\":\"{reason}\"");
    let is_declared = gaps.iter().any(|gap| gap.details.as_deref().is_some_and(|details| details.contains(&said)));
    ensure!(is_declared, "no gap says `{reason}`");
    Ok(())
}
