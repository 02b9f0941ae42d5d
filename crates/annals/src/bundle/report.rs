//! `REPORT.md` and `VERIFY.md`: what a person reads first.

mod uncovered;

use std::ops::Range;

use annals_tlog::{Checkpoint, VerifierKey};
use serde_json::Value;

use super::declared::Declared;
use super::folder::Folder;
use super::pass::{Sources, Told};
use crate::Error;
use crate::proof::{corrupt, note_of};

pub(super) use uncovered::Uncovered;

/// How to check a bundle, for people and for whoever writes a program.
const VERIFY: &str = include_str!("report/VERIFY.md");

/// Writes the pages and the key.
pub(super) fn write(
    sources: &Sources<'_>,
    range: &Range<u64>,
    told: &Told,
    declared: &[Declared],
    asked: &str,
    folder: &mut Folder,
) -> Result<(), Error> {
    let standing = sources.evidence.standing()?;
    let note = note_of(sources.checkpoint)?;
    let checkpoint = Checkpoint::unverified(&note).map_err(corrupt)?;
    let keys: Vec<VerifierKey> = standing.keys.iter().map(|pinned| pinned.key.clone()).collect();
    let signer = note
        .verify(&keys)
        .ok()
        .and_then(|verified| {
            verified.signers.into_iter().rfind(|key| key.name().as_str() == checkpoint.origin().as_str())
        })
        .ok_or_else(|| corrupt("no key of this log has signed its newest checkpoint"))?;
    folder.write("key", format!("{signer}\n").as_bytes())?;
    folder.write("VERIFY.md", VERIFY.as_bytes())?;
    let mut page = String::new();
    head(&mut page, sources, &checkpoint, signer, range, told, asked);
    counts(&mut page, told);
    losses(&mut page, declared);
    erasures(&mut page, declared, told);
    changes(&mut page, declared, standing.n_before_tree, range);
    told.uncovered.tell(&mut page);
    folder.write("REPORT.md", page.as_bytes())
}

/// Appends a line; a string takes all text.
macro_rules! line {
    ($page:expr, $($text:tt)*) => {{
        let _ = std::fmt::Write::write_fmt($page, format_args!($($text)*));
        $page.push('\n');
    }};
}
pub(super) use line;

fn head(
    page: &mut String,
    sources: &Sources<'_>,
    checkpoint: &Checkpoint,
    signer: &VerifierKey,
    range: &Range<u64>,
    told: &Told,
    asked: &str,
) {
    line!(page, "# What this bundle shows\n");
    line!(page, "Written by `annals export --bundle`; `VERIFY.md` says how to check it without Annals.\n");
    line!(page, "- Log: {}", quoted(checkpoint.origin().as_str()));
    line!(page, "- Asked for: {}", quoted(asked));
    if let Some((first, last)) = told.recorded {
        line!(page, "- Period: {first} to {last}, as the writer recorded");
    }
    line!(page, "- Covered: `seq` {} to {}, {} events", range.start, range.end - 1, range.end - range.start);
    line!(page, "- Shown: {} of them, with what they say", told.n_shown);
    line!(
        page,
        "- Checkpoint: {} events, root `{}`, signed at {} by `{}+{}`\n",
        checkpoint.head().size,
        checkpoint.head().root,
        sources.checkpoint.signed_at,
        signer.name(),
        signer.id()
    );
}

fn counts(page: &mut String, told: &Told) {
    line!(page, "## Counts\n");
    line!(page, "| type | covered | shown |\n| --- | ---: | ---: |");
    for (event_type, (n_all, n_shown)) in &told.types {
        line!(page, "| {} | {n_all} | {n_shown} |", quoted(event_type));
    }
    if !told.outcomes.is_empty() {
        line!(page, "\n| outcome of what is shown | count |\n| --- | ---: |");
        for (outcome, count) in &told.outcomes {
            line!(page, "| {outcome} | {count} |");
        }
    }
}

fn losses(page: &mut String, declared: &[Declared]) {
    line!(page, "\n## Gaps\n");
    let mut gaps = declared.iter().filter(|declared| declared.event_type == "audit.gap").peekable();
    if gaps.peek().is_none() {
        line!(page, "No loss was declared within the covered range.");
    }
    for gap in gaps {
        line!(
            page,
            "- `seq` {} at {}: {} events of producer {}, because of {}",
            gap.seq,
            gap.recorded_at,
            value(gap, "count").unwrap_or_else(|| "an unknown number of".to_owned()),
            value(gap, "producer").unwrap_or_default(),
            value(gap, "reason").unwrap_or_default()
        );
    }
}

fn erasures(page: &mut String, declared: &[Declared], told: &Told) {
    line!(page, "\n## Erased and pruned\n");
    line!(page, "- Rows of the range that were emptied of a group or more: {}", told.n_emptied);
    line!(page, "- Rows of the range that were deleted whole, so that their hashes alone are there: {}", told.n_pruned);
    for event in declared.iter().filter(|event| matches!(event.event_type.as_str(), "audit.erased" | "audit.pruned")) {
        line!(
            page,
            "- `seq` {} at {}: {} by {}: {} of {} rows between {} and {}, because {}",
            event.seq,
            event.recorded_at,
            event.event_type,
            quoted(event.credential.as_deref().unwrap_or("nobody who is known")),
            value(event, "groups").unwrap_or_else(|| "everything".to_owned()),
            value(event, "count").unwrap_or_default(),
            value(event, "first").unwrap_or_default(),
            value(event, "last").unwrap_or_default(),
            value(event, "reason").unwrap_or_default()
        );
    }
}

fn changes(page: &mut String, declared: &[Declared], n_before_tree: Option<u64>, range: &Range<u64>) {
    line!(page, "\n## Keys and names\n");
    let of_keys = |event: &&Declared| matches!(event.event_type.as_str(), "audit.key_rotated" | "audit.continued");
    let mut events = declared.iter().filter(of_keys).peekable();
    if events.peek().is_none() {
        line!(page, "Neither changed within the covered range.");
    }
    for event in events {
        let details = event.details.as_ref().map(Value::to_string).unwrap_or_default();
        line!(page, "- `seq` {} at {}: {} {}", event.seq, event.recorded_at, event.event_type, quoted(&details));
    }
    if let Some(n_before) = n_before_tree.filter(|n_before| range.start < *n_before) {
        line!(
            page,
            "\nThe events below `seq` {n_before} were recorded before this log had a tree; what happened to them before they entered it, it can't tell."
        );
    }
}

/// A member of the details, as a person reads it.
fn value(event: &Declared, name: &str) -> Option<String> {
    match event.details.as_ref()?.get(name)? {
        Value::String(text) => Some(quoted(text)),
        Value::Null => None,
        other => Some(quoted(&other.to_string())),
    }
}

/// A text that somebody else chose, so that it stays one within a line of Markdown.
fn quoted(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_control() || c == '`' || c == '|' { '\u{fffd}' } else { c }).collect();
    format!("`{plain}`")
}
