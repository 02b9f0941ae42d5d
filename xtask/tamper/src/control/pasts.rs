//! What logs go through.

use std::path::Path;

use annals::verify::Report;

use crate::child::{Child, Role};
use crate::original::{Original, adopt};
use crate::random::Random;
use crate::{folder, judge};

/// The log that is attacked, as it is.
pub(super) fn copied(original: &Original, data: &Path, _: &mut Random) -> anyhow::Result<Vec<Report>> {
    folder::copy_evidence(&original.data, data)?;
    Ok(vec![judge::report(data, None)?])
}

/// Processes that are killed while they record; looked at as they left it, and once it was taken over.
pub(super) fn killed(_: &Original, data: &Path, random: &mut Random) -> anyhow::Result<Vec<Report>> {
    let mut reports = Vec::new();
    for _ in 0..2 {
        let mut children =
            [Child::start(Role::Forever, data, random.number())?, Child::start(Role::Forever, data, random.number())?];
        for _ in 0..random.between(1, 8) {
            children[0].wait_for_word()?;
        }
        children.into_iter().try_for_each(Child::kill)?;
        // What was durable when they died, without anybody having opened it since.
        if data.join(folder::DATABASE).exists() {
            reports.push(judge::report(data, None)?);
        }
    }
    adopt(data)?;
    reports.push(judge::report(data, None)?);
    Ok(reports)
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
