//! What is known in a home of twenty sources, written as an export and brought in by `annals awareness import` before the server starts.
//!
//! Statuses, alerts that stand, suppressions, patterns with an effect and intentions are as many in a large log as in a small one, since a home has no more of them; what grows is what is kept.
//! The same number makes the same entries, but for their times: these end now, so that nothing is over while it is measured and no reminder is due.

mod entry;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::ensure;
use serde_json::{Value, json};

use self::entry::{Kind, Writer, any_source, tags, text};
use super::vocabulary::Vocabulary;
use crate::process::DATABASE_URL;
use crate::sample::Random;

/// Who or what the entries are about or from.
pub(super) const N_SOURCES: u32 = 20;
/// How many different tags there are.
const N_TAGS: u64 = 50;
/// What a home has some of, however much is kept.
const FIXED: [(Kind, u32); 5] = [
    (Kind::Status, N_SOURCES),
    (Kind::StandingAlert, 40),
    (Kind::Suppression, 50),
    (Kind::Pattern, 100),
    (Kind::Intention, 100),
];
/// How many texts are remembered, from which questions are made.
const N_TEXTS: usize = 600;

/// A filled log, and what is known of it.
pub(crate) struct Home {
    /// Its data directory.
    pub(crate) data: PathBuf,
    pub(crate) n_entries: u32,
    pub(crate) vocabulary: Vocabulary,
    /// What some notes say.
    pub(crate) texts: Vec<String>,
}

impl Home {
    /// A new log in the folder, or at this address, with so many entries in the space `default`.
    pub(crate) fn fill(annals: &Path, folder: &Path, database: Option<&str>, n_entries: u32) -> anyhow::Result<Self> {
        let vocabulary = Vocabulary::new();
        let file = folder.join("home.ndjson");
        let texts = write(&file, &vocabulary, n_entries)?;
        let data = folder.join("data");
        let mut import = Command::new(annals);
        import
            .args(["awareness", "import"])
            .arg(&file)
            .env("ANNALS_DATA", &data)
            .envs(database.map(|url| (DATABASE_URL, url)));
        ensure!(import.stdout(Stdio::null()).status()?.success(), "the entries could not be imported");
        std::fs::remove_file(&file)?;
        Ok(Self { data, n_entries, vocabulary, texts })
    }
}

/// The name of a source.
pub(super) fn source(n: u32) -> String {
    format!("home-{:02}", n % N_SOURCES)
}

/// The arguments of `remember`: a new note.
pub(super) fn note(vocabulary: &Vocabulary, random: &mut Random) -> Value {
    let (description, content) = text(vocabulary, random);
    json!({ "source": any_source(random), "tags": tags(vocabulary, random), "description": description, "content": content })
}

/// Writes the export, and says what some of its notes say.
fn write(file: &Path, vocabulary: &Vocabulary, n_entries: u32) -> anyhow::Result<Vec<String>> {
    let mut file = BufWriter::new(File::create_new(file)?);
    let mut random = Random::seeded(u64::from(n_entries));
    let mut kinds: Vec<Kind> = FIXED.into_iter().flat_map(|(kind, n)| (0..n).map(move |_| kind)).collect();
    while kinds.len() < n_entries as usize {
        kinds.push(match random.below(100) {
            0..15 => Kind::ResolvedAlert,
            15..22 => Kind::Context,
            22..24 => Kind::Preference,
            _ => Kind::Note,
        });
    }
    for at in (1..kinds.len()).rev() {
        let other = usize::try_from(random.below(at as u64 + 1)).unwrap_or_default();
        kinds.swap(at, other);
    }
    // The statuses come in the order of the kinds, each of another source.
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
    let mut writer = Writer::new(vocabulary, random, now);
    let n_notes = kinds.iter().filter(|kind| **kind == Kind::Note).count();
    let (mut texts, mut n_statuses, mut n_passed) = (Vec::new(), 0, 0);
    writeln!(file, "{}", json!({ "format": "annals-awareness", "version": 1, "space": "default" }))?;
    for kind in kinds {
        let mut entry = writer.entry(kind, n_entries);
        if kind == Kind::Status {
            entry["source"] = source(n_statuses).into();
            n_statuses += 1;
        }
        if kind == Kind::Note {
            if n_passed % (n_notes / N_TEXTS).max(1) == 0 && texts.len() < N_TEXTS {
                let part = |name: &str| entry["data"][name].as_str().unwrap_or_default();
                texts.push(format!("{} {}", part("description"), part("content")));
            }
            n_passed += 1;
        }
        writeln!(file, "{}", json!({ "entry": entry }))?;
    }
    writeln!(file, "{}", json!({ "end": { "n_entries": n_entries } }))?;
    file.into_inner()?.sync_all()?;
    Ok(texts)
}

#[cfg(test)]
mod tests;
