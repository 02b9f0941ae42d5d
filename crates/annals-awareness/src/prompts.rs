//! Prompts: texts composed of what is known, for whoever begins a conversation.
//!
//! Five are ours; any entry of the source [`CUSTOM`] is one of its owner's own, a template with `{{words}}` to fill in. Composing them is
//! pure functions over entries that [`get`] loads in one look at the caller's space. How a prompt is listed or asked for on a wire is not known here.

mod asking;

use std::collections::{BTreeMap, BTreeSet};

use annals_store::awareness::{Entry, EntryType, Stats};
use serde_json::Value;

use crate::moment;

pub use asking::{Composed, Offered, get, list};

/// The source of entries that are prompts.
pub const CUSTOM: &str = "custom-prompt";

/// The tag of entries that instruct an agent.
pub const INSTRUCTION: &str = "memory-prompt";

const PROJECT_CHARS: usize = 200;
const CATCHUP_CHARS: usize = 150;
const TAGS: usize = 30;

/// What agents are to do, of entries with the tag [`INSTRUCTION`], in the order of the number in their "Entry N".
pub fn agent_instructions(entries: &[Entry]) -> String {
    let mut sections: Vec<Section<'_>> = entries.iter().map(section).collect();
    sections.sort_by_key(|section| section.number.unwrap_or(u64::MAX));
    if sections.is_empty() {
        return format!("No instructions are kept yet (hint: `remember` with the tag `{INSTRUCTION}`).\n");
    }
    let shown = sections.iter().map(|section| match section.name {
        Some(name) => format!("## {name}\n\n{}\n", section.text),
        None => format!("{}\n", section.text),
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// What is known of a repository: active alerts and knowledge that are tagged with its name.
pub fn project_context(repo_name: &str, alerts: &[Entry], knowledge: &[Entry]) -> String {
    let mut out = format!("# Project: {repo_name}\n");
    group(&mut out, "Active alerts", alerts, |entry| {
        format!("[{}] {}: {}", entry.text("level").unwrap_or("warning"), entry.source, line(entry, PROJECT_CHARS))
    });
    let titles = [
        (EntryType::Pattern, "Patterns"),
        (EntryType::Context, "Context"),
        (EntryType::Preference, "Preferences"),
        (EntryType::Note, "Notes"),
    ];
    for (entry_type, title) in titles {
        let of_type: Vec<Entry> = knowledge.iter().filter(|entry| entry.entry_type == entry_type).cloned().collect();
        group(&mut out, title, &of_type, |entry| line(entry, PROJECT_CHARS));
    }
    if alerts.is_empty() && knowledge.is_empty() {
        out.push_str("\nNothing is tagged with this name.\n");
    }
    out
}

/// How a source is: its latest metrics, its unresolved alerts, and its patterns with their conditions.
pub fn system_status(source: &str, status: Option<&Entry>, alerts: &[Entry], patterns: &[Entry]) -> String {
    let mut out = format!("# Status: {source}\n");
    match status {
        None => out.push_str("\nIt never reported.\n"),
        Some(status) => {
            out = format!("{out}\nLast report: {}\n", moment::written(status.touched()));
            for (name, value) in status.data.get("metrics").and_then(Value::as_object).into_iter().flatten() {
                out = format!("{out}- {name}: {}\n", plain(value));
            }
        }
    }
    group(&mut out, "Alerts", alerts, |entry| {
        format!("[{}] {}", entry.text("level").unwrap_or("warning"), line(entry, PROJECT_CHARS))
    });
    group(&mut out, "Patterns", patterns, |entry| {
        let conditions = entry.data.get("conditions").and_then(Value::as_object).filter(|all| !all.is_empty());
        let when = conditions.map(|all| format!(" (when {})", Value::Object(all.clone()))).unwrap_or_default();
        let effect = entry.text("effect").filter(|effect| !effect.is_empty());
        let effect = effect.map(|effect| format!(" -> {effect}")).unwrap_or_default();
        format!("{}{when}{effect}", line(entry, PROJECT_CHARS))
    });
    out
}

/// What there is, and which tool keeps what.
pub fn write_guide(stats: &Stats, tags: &[(String, u64)]) -> String {
    let total: u64 = stats.n_entries.iter().sum();
    let mut out = format!("# Writing\n\n{total} entries.\n");
    for (entry_type, n) in EntryType::ALL.into_iter().zip(stats.n_entries).filter(|(_, n)| *n > 0) {
        out = format!("{out}- {entry_type}: {n}\n");
    }
    if !stats.sources.is_empty() {
        out = format!("{out}\nSources: {}\n", stats.sources.join(", "));
    }
    if !tags.is_empty() {
        let shown: Vec<String> = tags.iter().take(TAGS).map(|(tag, n)| format!("{tag} ({n})")).collect();
        out = format!("{out}\nTags: {}\n", shown.join(", "));
    }
    out.push_str(GUIDE);
    out
}

/// What changed in the last hours, source by source: alerts and knowledge, the last touched first.
pub fn catchup(hours: u64, changed: &[Entry]) -> String {
    let mut of_source: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in changed {
        of_source.entry(&entry.source).or_default().push(entry);
    }
    let mut out = format!("# The last {hours} hours\n");
    for (source, entries) in &of_source {
        out = format!("{out}\n## {source}\n\n");
        for entry in entries {
            let marker = if entry.n_changes > 0 { "[updated]" } else { "[new]" };
            out = format!("{out}- {marker} {}: {}\n", entry.entry_type, line(entry, CATCHUP_CHARS));
        }
    }
    if of_source.is_empty() {
        out.push_str("\nNothing changed.\n");
    }
    out
}

/// A prompt that somebody wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Custom {
    /// `user/` and its key, or its id.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The words to fill in, in the order in which they first stand there. All must be given.
    pub arguments: Vec<String>,
    template: String,
}

impl Custom {
    /// The prompt that an entry is; nothing for an entry of another source.
    pub fn of(entry: &Entry) -> Option<Self> {
        if entry.source != CUSTOM {
            return None;
        }
        let description = entry.text("description").unwrap_or_default();
        let template = entry.text("content").unwrap_or(description).to_owned();
        let name = entry.logical_key.clone().unwrap_or_else(|| entry.id.to_string());
        let mut seen = BTreeSet::new();
        let arguments = pieces(&template)
            .filter_map(|piece| piece.word())
            .filter(|word| seen.insert(*word))
            .map(str::to_owned)
            .collect();
        Some(Self { name: format!("user/{name}"), description: description.to_owned(), arguments, template })
    }

    /// The text with its words filled in. What is filled in is not looked through again.
    ///
    /// Errors: the first word that nothing was given for.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Result<String, String> {
        let mut out = String::new();
        for piece in pieces(&self.template) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Word(word) => out.push_str(value(word).ok_or_else(|| word.to_owned())?),
            }
        }
        Ok(out)
    }
}

enum Piece<'a> {
    Text(&'a str),
    Word(&'a str),
}

impl<'a> Piece<'a> {
    fn word(&self) -> Option<&'a str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Text(_) => None,
        }
    }
}

/// A template in text and words.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (mut from, mut text) = (0, rest.len());
        let mut word = None;
        while let Some(start) = rest[from..].find("{{").map(|start| start + from) {
            let inside = &rest[start + 2..];
            match inside.find("}}").map(|end| &inside[..end]).filter(|inside| is_word(inside)) {
                Some(found) => {
                    (text, word) = (start, Some(found));
                    break;
                }
                None => from = start + 1,
            }
        }
        if text > 0 {
            let (piece, after) = rest.split_at(text);
            rest = after;
            return Some(Piece::Text(piece));
        }
        let word = word?;
        rest = &rest[word.len() + 4..];
        Some(Piece::Word(word))
    })
}

struct Section<'a> {
    number: Option<u64>,
    name: Option<&'a str>,
    text: &'a str,
}

/// `Awareness prompt Entry 2 (Name): text`, or any text.
fn section(entry: &Entry) -> Section<'_> {
    let description = entry.text("description").unwrap_or_default();
    let told = || {
        let (_, rest) = description.split_once("Entry ")?;
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number = rest[..digits].parse().ok()?;
        let (name, text) = rest[digits..].trim_start().strip_prefix('(')?.split_once("):")?;
        Some(Section { number: Some(number), name: Some(name), text: text.trim() })
    };
    told().unwrap_or(Section { number: None, name: None, text: description })
}

fn group(out: &mut String, title: &str, entries: &[Entry], show: impl Fn(&Entry) -> String) {
    if entries.is_empty() {
        return;
    }
    out.push_str("\n## ");
    out.push_str(title);
    out.push_str("\n\n");
    for entry in entries {
        out.push_str("- ");
        out.push_str(&show(entry));
        out.push('\n');
    }
}

/// What an entry says, in one line.
fn line(entry: &Entry, most: usize) -> String {
    let preference = || Some(format!("{} = {}", entry.text("key")?, entry.text("value")?));
    let told = entry.text("description").or_else(|| entry.text("message")).or_else(|| entry.text("goal"));
    let text = told.map(str::to_owned).or_else(preference).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

const GUIDE: &str = "
## Which tool

- `remember`: what stays true; with `logical_key` what is updated in place
- `add_context`: what holds for some days
- `learn_pattern`: how things usually are
- `set_preference`: how a user wants something
- `remind`: what is to be done
- `report_status`, `report_alert`: what a system says of itself
- `register_schema`, `create_record`: content of a fixed form
- `update_entry`: a correction; the old stays in the history
";

#[cfg(test)]
mod tests;
