//! What is recorded: agents of several users at work, so that every column has a value somewhere and none everywhere.

use annals::{Audit, Column, Decision, Event, Outcome, Timestamp, json};

use crate::random::Random;

/// The people whose agents work here; erasing one of them leaves rows of the others between.
pub(crate) const USERS: &[&str] = &["ada", "grace", "edsger", "barbara", "alan"];

/// Records so many events or a few more, as one producer: sessions with operations in them, most of which end.
pub(crate) fn record(audit: &Audit, random: &mut Random, n_events: u64) -> anyhow::Result<()> {
    let mut n_done = 0;
    while n_done < n_events {
        let session = format!("s-{:08x}", random.below(1 << 32));
        let user = random.pick(USERS);
        audit.record(event("session.created", random, &session, user))?;
        n_done += 2;
        for _ in 0..random.between(3, 12) {
            n_done += step(audit, random, &session, user)?;
        }
        audit.record(event("session.ended", random, &session, user))?;
    }
    Ok(())
}

/// One thing that an agent does, and how many events that is.
fn step(audit: &Audit, random: &mut Random, session: &str, user: &str) -> anyhow::Result<u64> {
    let call = event("tool.invoked", random, session, user).tool(random.pick(&["read_file", "write_file", "search"]));
    match random.below(8) {
        0..=3 => {
            let operation = audit.begin(call)?;
            match random.below(6) {
                0 => operation.fail(&"the file is not there")?,
                1 => operation.deny(&"not without a person")?,
                _ => operation.succeed_with(json!({ "n_bytes": random.below(10_000) }))?,
            };
            Ok(2)
        }
        4 => {
            let guard = event("guard.asked", random, session, user)
                .text(Column::Policy, "paths")
                .decision(Decision::Ask)
                .text(Column::Approver, "somebody");
            audit.record(guard)?;
            Ok(1)
        }
        5 => {
            // A plan's event, with what hardly any other has.
            let plan = event("plan_applied", random, session, user)
                .plan(format!("P-{}", random.below(30)))
                .text(Column::RootPlanId, "P-0")
                .correlation(format!("c-{}", random.below(50)))
                .text(Column::ParentId, format!("e-{}", random.below(50)))
                .text(Column::Traceparent, format!("00-{:032x}-{:016x}-01", random.number() | 1, random.number() | 1))
                .occurred_at(Timestamp::from_nanos(1_700_000_000_000_000_000 + random.below(1 << 50).cast_signed()));
            audit.record(plan)?;
            Ok(1)
        }
        _ => {
            audit.record(call.outcome(Outcome::Success).duration_ms(random.below(5_000)))?;
            Ok(1)
        }
    }
}

fn event(event_type: &str, random: &mut Random, session: &str, user: &str) -> Event {
    let module = random.below(40);
    let event = Event::new(event_type)
        .actor(random.pick(&["refactor-bot", "reviewer", "archivist"]))
        .user(user)
        .client("terminal")
        .text(Column::Model, random.pick(&["model-l", "model-s"]))
        .text(Column::AgentVersion, "1.4.0")
        .project(random.pick(&["shop", "site"]))
        .session(session)
        .resource(format!("src/module-{module:02}.rs"))
        .text(Column::Host, random.pick(&["desk", "build"]))
        .details(json!({ "path": format!("src/module-{module:02}.rs"), "n_lines": random.below(300), "ok": true }));
    if random.one_in(4) { event.text(Column::OnBehalfOf, random.pick(USERS)) } else { event }
}
