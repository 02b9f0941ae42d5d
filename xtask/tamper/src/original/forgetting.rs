//! What is allowed to go, and goes on record: a user, old details, old rows, some of them twice.

use annals::{Audit, Erasure, Filter, Limit, Order, PageRequest, Timestamp};
use anyhow::{Context, ensure};

use crate::work::USERS;

/// Erases one of the users.
pub(crate) fn erase_user(audit: &Audit) -> anyhow::Result<()> {
    carry_out(audit, &Erasure::of_user(USERS[3], "case 17")?)
}

/// Takes away the details of the older half of what is there.
pub(crate) fn prune_details(audit: &Audit) -> anyhow::Result<()> {
    let half = audit.count(&Filter::new())? / 2;
    // Rows of one batch bear one time, and the batch in the middle may have lost its details before.
    carry_out(audit, &Erasure::of_details(just_after(audit, half.max(first_with_details(audit)?))?, [], "old enough")?)
}

/// Takes the rows away that are under the tree's first tiles.
pub(crate) fn prune_rows(audit: &Audit) -> anyhow::Result<()> {
    carry_out(audit, &Erasure::of_rows(just_after(audit, 300)?, "nobody asks for these any more")?)
}

fn carry_out(audit: &Audit, erasure: &Erasure) -> anyhow::Result<()> {
    let erased = audit.erase(erasure, &mut |_| ())?;
    ensure!(erased.n_events > 0, "nothing was there to go");
    ensure!(erased.pending.is_empty(), "bytes are left: {:?}", erased.pending);
    Ok(())
}

/// How many rows lie before the first one that has details which may go.
fn first_with_details(audit: &Audit) -> anyhow::Result<u64> {
    let mut request = PageRequest { order: Order::Oldest, limit: Limit::MAX, cursor: None };
    loop {
        let page = audit.query(&Filter::new(), &request)?;
        let may_go = |event: &&annals::StoredEvent| event.details.is_some() && !event.event_type.starts_with("audit.");
        if let Some(event) = page.events.iter().find(may_go) {
            return Ok(event.seq);
        }
        request.cursor = Some(page.cursor.context("no details are left")?);
    }
}

/// The moment after the row behind so many others was recorded, and with it all that came in one batch with it.
fn just_after(audit: &Audit, n_before: u64) -> anyhow::Result<Timestamp> {
    let cursor = Some(annals::Cursor::after(Order::Oldest, n_before));
    let request = PageRequest { order: Order::Oldest, cursor, limit: Limit::new(1)? };
    let page = audit.query(&Filter::new(), &request)?;
    let recorded_at = page.events.first().context("the log is shorter than that")?.recorded_at;
    Ok(Timestamp::from_nanos(recorded_at.as_nanos() + 1))
}
