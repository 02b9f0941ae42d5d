//! A report in words, for 80 columns, and as JSON.

use annals::verify::{Report, Trust};

use crate::output::{Field, harmless, object as json};

/// The lines for people: the headline, what is still sound, what else there is to know, and last whose word that is.
pub(super) fn lines(report: &Report, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |text: String, indent: usize| wrap(&harmless(&text), width.min(100), indent, &mut lines);
    match report.findings.split_first() {
        None => say(format!("Sound: {}.", events(report.n_events)), 0),
        Some((headline, others)) => {
            say(format!("BROKEN, {}: {}.", headline.verdict, headline.text), 0);
            for finding in others {
                say(format!("- {}: {}", finding.verdict, finding.text), 2);
            }
            let n_told = report.findings.len() as u64;
            if report.n_findings > n_told {
                say(format!("- and {} findings more", report.n_findings - n_told), 2);
            }
            match report.n_sound {
                Some(0) => say("Nothing before that is known to be sound.".to_owned(), 0),
                Some(n) => say(format!("Still sound: events 0..{}.", n - 1), 0),
                None => say("No part of it can be called sound.".to_owned(), 0),
            }
        }
    }
    if let Some(from) = report.from_size {
        say(
            format!("Looked at what came since event {from}, and at {} before it, drawn at random.", report.n_sampled),
            0,
        );
    }
    match report.n_events.saturating_sub(report.sealed_size) {
        _ if report.sealed_size == 0 => say("No checkpoint covers any of it.".to_owned(), 0),
        0 => say("The newest checkpoint covers all of it.".to_owned(), 0),
        tail => say(
            format!(
                "The newest checkpoint covers {}; the last {tail} nobody has signed yet.",
                events(report.sealed_size)
            ),
            0,
        ),
    }
    for span in &report.unsealed {
        say(
            format!(
                "Events {}..{} waited long for a checkpoint, from {}.",
                span.first_seq, span.last_seq, span.recorded_at
            ),
            0,
        );
    }
    if report.n_erased > 0 {
        say(
            format!(
                "{} emptied or without details, as recorded erasures say.",
                count(report.n_erased, "row is", "rows are")
            ),
            0,
        );
    }
    if report.n_gaps > 0 {
        say(format!("{} declared by the log itself.", count(report.n_gaps, "loss is", "losses are")), 0);
    }
    for pending in &report.pending {
        say(
            format!(
                "Event {} says that {} go, and they are not gone yet: `annals erase` or `annals prune` finishes it.",
                pending.seq,
                count(pending.n_rows, "row", "rows")
            ),
            0,
        );
    }
    if report.n_open > 0 {
        say(format!("{} open:", count(report.n_open, "operation is", "operations are")), 0);
        for open in &report.open {
            say(format!("- event {}: {}", open.seq, open.operation_id), 2);
        }
    }
    for note in &report.notes {
        say(format!("Note: {note}."), 0);
    }
    say(last(report), 0);
    lines
}

/// By whose word.
fn last(report: &Report) -> String {
    let Some(key) = report.signer.as_deref() else { return "Nobody has signed it.".to_owned() };
    match report.trust {
        Trust::Database | Trust::Nothing => {
            format!("Key {key}, from the database itself: self-consistent; signer not checked.")
        }
        trust => format!("Key {key}, known from {}.", trust.as_str()),
    }
}

/// The same as one JSON object.
pub(super) fn object(report: &Report) -> String {
    let optional = |number: Option<u64>| number.map_or(Field::Absent, Field::Number);
    let findings = report.findings.iter().map(|finding| {
        json(&[
            ("verdict", Field::Text(finding.verdict.to_string())),
            ("first_seq", optional(finding.first_seq)),
            ("last_seq", optional(finding.last_seq)),
            ("text", Field::Text(finding.text.clone())),
        ])
    });
    let open = report.open.iter().map(|open| {
        json(&[
            ("seq", Field::Number(open.seq)),
            ("operation_id", Field::Text(open.operation_id.clone())),
            ("recorded_at", Field::Text(open.recorded_at.to_string())),
        ])
    });
    let pending = report
        .pending
        .iter()
        .map(|pending| json(&[("seq", Field::Number(pending.seq)), ("n_rows", Field::Number(pending.n_rows))]));
    let unsealed = report.unsealed.iter().map(|span| {
        json(&[
            ("first_seq", Field::Number(span.first_seq)),
            ("last_seq", Field::Number(span.last_seq)),
            ("recorded_at", Field::Text(span.recorded_at.to_string())),
            ("signed_at", span.signed_at.map_or(Field::Absent, |at| Field::Text(at.to_string()))),
        ])
    });
    let notes = report.notes.iter().map(|note| {
        let mut text = String::new();
        annals_event::json::write_string(note, &mut text);
        text
    });
    let verdict = report.verdict().map_or_else(|| "sound".to_owned(), |verdict| verdict.to_string());
    json(&[
        ("verdict", Field::Text(verdict)),
        ("findings", Field::List(findings.collect())),
        ("n_findings", Field::Number(report.n_findings)),
        ("n_sound", optional(report.n_sound)),
        ("origin", Field::Text(report.origin.clone())),
        ("n_events", Field::Number(report.n_events)),
        ("n_checked", Field::Number(report.n_checked)),
        ("from_size", optional(report.from_size)),
        ("n_sampled", Field::Number(report.n_sampled)),
        ("sealed_size", Field::Number(report.sealed_size)),
        ("n_checkpoints", Field::Number(report.n_checkpoints)),
        ("checkpoint", Field::text(report.checkpoint.as_deref())),
        ("n_erased", Field::Number(report.n_erased)),
        ("n_gaps", Field::Number(report.n_gaps)),
        ("n_open", Field::Number(report.n_open)),
        ("open", Field::List(open.collect())),
        ("pending", Field::List(pending.collect())),
        ("n_unsealed", Field::Number(report.n_unsealed)),
        ("unsealed", Field::List(unsealed.collect())),
        ("notes", Field::List(notes.collect())),
        ("signer", Field::text(report.signer.as_deref())),
        ("trust", Field::Text(report.trust.as_str().to_owned())),
    ])
}

fn events(n: u64) -> String {
    count(n, "event", "events")
}

fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Breaks a text between words; what follows the first line is indented. A word that is longer than a line, such as a key, has one of its own.
fn wrap(text: &str, width: usize, indent: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.trim().is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
}

#[cfg(test)]
mod tests;
