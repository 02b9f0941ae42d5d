//! What logs go through.

use std::path::Path;

use annals::backup::{Existing, restore};
use annals::verify::{Options, Report, verify};
use annals::{Audit, Settings};
use annals_tlog::{SignerKey, VerifierKey};

use crate::child::{Child, Role};
use crate::original::{Original, adopt, forgetting, settle};
use crate::random::Random;
use crate::{folder, judge, work};

/// The log that is attacked, as it is.
pub(super) fn copied(original: &Original, data: &Path, _: &mut Random) -> anyhow::Result<Vec<Report>> {
    folder::copy_evidence(&original.data, data)?;
    Ok(vec![judge::report(data, None)?])
}

/// Processes that are killed while they record; looked at as they left it, and once it was taken over.
pub(super) fn killed(_: &Original, data: &Path, random: &mut Random) -> anyhow::Result<Vec<Report>> {
    let mut reports = Vec::new();
    // Before anything was durable there is nothing to look at.
    record(data, random, 10)?;
    for _ in 0..2 {
        let mut children =
            [Child::start(Role::Forever, data, random.number())?, Child::start(Role::Forever, data, random.number())?];
        for _ in 0..random.between(1, 8) {
            children[0].wait_for_word()?;
        }
        children.into_iter().try_for_each(Child::kill)?;
        // What was durable when they died, without anybody having opened it since.
        reports.push(judge::report(data, None)?);
    }
    adopt(data)?;
    reports.push(judge::report(data, None)?);
    Ok(reports)
}

/// Backed up while a process records, restored behind what came since, and gone on with; the backup is looked at too, by itself.
pub(super) fn restored(_: &Original, data: &Path, random: &mut Random) -> anyhow::Result<Vec<Report>> {
    record(data, random, 60)?;
    let backup = data.join("backup.db");
    let mut child = Child::start(Role::Forever, data, random.number())?;
    child.wait_for_word()?;
    let audit = Audit::open(data)?;
    audit.backup(&backup, &mut |_| ())?;
    audit.close()?;
    child.wait_for_word()?;
    child.kill()?;
    adopt(data)?;
    let alone = Options::default().without_published();
    let mut reports = vec![verify(&backup, &alone, &mut |_| ())?, judge::report(data, None)?];
    restore(&Settings::new(data), &backup, Existing::PutAside, &mut |_| ())?;
    reports.push(judge::report(data, None)?);
    record(data, random, 30)?;
    reports.push(judge::report(data, None)?);
    Ok(reports)
}

/// Put back to before its last events, which was accepted; looked at with the checkpoints of both its names beside it.
pub(super) fn rollback_accepted(_: &Original, data: &Path, random: &mut Random) -> anyhow::Result<Vec<Report>> {
    let older = data.with_extension("older");
    record(data, random, 60)?;
    std::fs::copy(data.join(folder::DATABASE), &older)?;
    record(data, random, 60)?;
    folder::remove_database(data)?;
    std::fs::rename(older, data.join(folder::DATABASE))?;
    let audit = Audit::with_settings(&Settings::new(data).accept_rollback())?;
    work::record(&audit, random, 20)?;
    audit.close()?;
    let mut reports = vec![judge::report(data, None)?];
    record(data, random, 60)?;
    reports.push(judge::report(data, None)?);
    Ok(reports)
}

/// A user is erased, between two checkpoints and again later; looked at each time, by the key that was there at first.
pub(super) fn erased(_: &Original, data: &Path, random: &mut Random) -> anyhow::Result<Vec<Report>> {
    record(data, random, 60)?;
    let key = key(data)?;
    let mut reports = Vec::new();
    for _ in 0..2 {
        // What a process has recorded lies in its own journal until that ends.
        record(data, random, 100)?;
        let audit = Audit::open(data)?;
        forgetting::erase_user(&audit)?;
        work::record(&audit, random, 20)?;
        audit.close()?;
        reports.push(judge::report(data, Some(&key))?);
    }
    Ok(reports)
}

/// Details go, then more of them, then rows.
pub(super) fn pruned_twice(_: &Original, data: &Path, random: &mut Random) -> anyhow::Result<Vec<Report>> {
    let mut reports = Vec::new();
    for prune in [forgetting::prune_details, forgetting::prune_details, forgetting::prune_rows] {
        record(data, random, 200)?;
        let audit = Audit::open(data)?;
        prune(&audit)?;
        audit.close()?;
        reports.push(judge::report(data, None)?);
    }
    Ok(reports)
}

/// The key is changed twice; whoever knows the first one still follows.
pub(super) fn key_rotated(_: &Original, data: &Path, random: &mut Random) -> anyhow::Result<Vec<Report>> {
    record(data, random, 60)?;
    let first = key(data)?;
    for _ in 0..2 {
        let audit = Audit::open(data)?;
        work::record(&audit, random, 20)?;
        audit.rotate_key()?;
        work::record(&audit, random, 20)?;
        audit.close()?;
    }
    [Some(&first), Some(&key(data)?), None].into_iter().map(|key| judge::report(data, key)).collect()
}

/// One process records and closes.
fn record(data: &Path, random: &mut Random, n_events: u64) -> anyhow::Result<()> {
    let audit = Audit::open(data)?;
    work::record(&audit, random, n_events)?;
    audit.close()?;
    settle(data)
}

/// The public key that the log is signed with now.
fn key(data: &Path) -> anyhow::Result<VerifierKey> {
    let key: SignerKey = std::fs::read_to_string(data.join("log.key"))?.trim().parse()?;
    Ok(key.verifier().clone())
}

/// A log that a process goes on writing while it is looked at.
pub(super) fn written_meanwhile(_: &Original, data: &Path, random: &mut Random) -> anyhow::Result<Vec<Report>> {
    let mut child = Child::start(Role::Forever, data, random.number())?;
    child.wait_for_word()?;
    adopt(data)?;
    let mut reports = Vec::new();
    for _ in 0..3 {
        child.wait_for_word()?;
        reports.push(judge::report(data, None)?);
    }
    child.kill()?;
    Ok(reports)
}
