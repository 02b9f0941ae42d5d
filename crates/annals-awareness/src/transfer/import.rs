//! Lines into entries: read one by one, named where they are bad, and brought to the desk in batches.
//!
//! Each batch is one durable transaction; whatever stops the import between two of them, what was done is whole, and a second import does the rest. A rehearsal goes the same way through the same
//! code, and undoes each batch at its end.
//! The first line says what the file is. A file that is neither an export nor a knowledge graph is refused before anything is looked at.

use std::collections::{HashMap, HashSet};
use std::ops::AddAssign;
use std::sync::Arc;

use annals::{Audit, Caller, Stop, Undone};
use annals_event::Event;
use annals_store::awareness::{Action, Change, Desk, Entry, EntryId, EntryType, Record};
use annals_store::{Error as StoreError, ErrorKind};
use serde_json::{Map, Value};

use super::graph::{self, Graph};
use super::installed::{self, InstalledEntry, InstalledUser};
use super::line::{self, Bad, Line};
use super::note::Note;
use super::rehearsal::{Rehearsal, Steps};
use super::settle::{Verdict, settle};
use super::{GRAPH_SOURCE, IMPORT_TOOL};
use crate::text;

/// A batch has no more entries…
const BATCH_ENTRIES: usize = 250;
/// … and no more bytes of lines, but for its last one.
const BATCH_BYTES: usize = 2 << 20;

/// Whether an import is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    /// It is.
    CarryOut,
    /// It only counts what it would do.
    Rehearse,
}

/// How many entries became what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// They are new.
    pub n_created: u64,
    /// They were here, and are now as the file has them.
    pub n_updated: u64,
    /// They are as they were.
    pub n_unchanged: u64,
    /// They are newer here than in the file, and stay.
    pub n_newer: u64,
    /// They do not fit what is here.
    pub n_refused: u64,
    /// Lines that are none of the format.
    pub n_bad_lines: u64,
}

/// Why an import can't go on.
#[derive(Debug)]
pub enum Broken {
    /// The log can't be had.
    Log(annals::Error),
    /// The file is none that can be imported; the text says why.
    Foreign(String),
}

/// An import under way.
pub struct Import<'a> {
    audit: &'a Audit,
    caller: &'a Caller,
    run: Run,
    format: Format,
    parcels: Vec<Parcel>,
    n_bytes: usize,
    /// The line of each entry so far.
    lines: HashMap<EntryId, u64>,
    rehearsal: Arc<Rehearsal>,
    tally: Tally,
    told: Vec<(u64, String)>,
}

/// What the first line said.
#[derive(Debug)]
enum Format {
    Unknown,
    Export { is_ended: bool },
    Graph(Box<Graph>),
    Installation,
}

/// One entry on its way to the desk.
#[derive(Clone, Debug)]
enum Parcel {
    Whole {
        line: u64,
        entry: Entry,
        changes: Vec<Change>,
    },
    /// An entry that goes without saying where another one has its name.
    Setting {
        entry: Entry,
    },
    Note {
        note: Note,
        names: Arc<HashSet<String>>,
    },
}

/// What became of a parcel.
enum Became {
    Created,
    Updated,
    Unchanged,
    Newer,
    Refused(String),
}

/// Whether an entry finds room for its key and name.
enum Room {
    Free,
    /// In a rehearsal: who has them would have let them go by now.
    WouldBeFree,
    Taken {
        by: EntryId,
        why: String,
    },
}

/// What became of a batch.
struct Outcome {
    became: Vec<(u64, Became)>,
    steps: Steps,
}

/// What is at hand while a batch is carried out.
struct Work<'w> {
    desk: &'w mut dyn Desk,
    space: &'w str,
    credential: &'w str,
    rehearsal: &'w Rehearsal,
    events: Vec<Event>,
    steps: Steps,
}

impl<'a> Import<'a> {
    /// Nothing is done yet.
    pub fn new(audit: &'a Audit, caller: &'a Caller, run: Run) -> Self {
        Self {
            audit,
            caller,
            run,
            format: Format::Unknown,
            parcels: Vec::new(),
            n_bytes: 0,
            lines: HashMap::new(),
            rehearsal: Arc::default(),
            tally: Tally::default(),
            told: Vec::new(),
        }
    }

    /// Takes a line, without its newline; lines count from 1. May carry out a batch, and then blocks.
    pub fn line(&mut self, number: u64, bytes: &[u8]) -> Result<(), Broken> {
        let bytes = if number == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let object = match serde_json::from_slice::<Value>(bytes) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return self.bad(number, Bad::new("is no JSON object")),
            Err(error) => return self.bad(number, Bad::new(format!("is no JSON: {error}"))),
        };
        if matches!(self.format, Format::Unknown) {
            self.format = format_of(&object)?;
            if matches!(self.format, Format::Export { .. }) {
                // A format of the future is not read by halves.
                return line::read(object).map(|_| ()).map_err(|bad| Broken::Foreign(bad.into_text()));
            }
        }
        match &mut self.format {
            Format::Graph(graph) => match graph.take(number, object) {
                Ok(()) => Ok(()),
                Err(bad) => self.bad(number, bad),
            },
            Format::Export { is_ended: true } => self.bad(number, Bad::new("comes after the end line")),
            _ => match line::read(object) {
                Ok(Line::Head) => self.bad(number, Bad::new("is a second head")),
                Ok(Line::Entry(entry, changes)) => self.entry(number, *entry, changes, bytes.len()),
                Ok(Line::End(n_entries)) => self.ended(number, n_entries),
                Err(bad) => self.bad(number, bad),
            },
        }
    }

    /// Takes an entry of an installation. May carry out a batch, and then blocks.
    pub fn installed(&mut self, entry: &InstalledEntry<'_>) -> Result<(), Broken> {
        self.format = Format::Installation;
        let n_bytes = entry.data.len() + entry.tags.len();
        match installed::read(entry, self.caller.space()) {
            Ok((entry, changes)) => self.entry(0, entry, changes, n_bytes),
            Err(bad) => self.bad(0, bad),
        }
    }

    /// Takes what an installation knows of a user: the preferences that stand beside what the user set as entries.
    pub fn installed_user(&mut self, user: &InstalledUser<'_>) -> Result<(), Broken> {
        self.format = Format::Installation;
        match installed::preferences(user, self.caller.space()) {
            Ok(preferences) => {
                self.parcels.extend(preferences.into_iter().map(|entry| Parcel::Setting { entry }));
                if BATCH_ENTRIES <= self.parcels.len() { self.bring() } else { Ok(()) }
            }
            Err(bad) => self.bad(0, bad),
        }
    }

    /// Is told of a line that is longer than any that is read.
    pub fn too_long(&mut self, number: u64, n_bytes: u64) -> Result<(), Broken> {
        self.bad(
            number,
            Bad::new(format!("has {n_bytes} bytes, more than the {} that are read", super::MAX_LINE_BYTES)),
        )
    }

    /// Brings the rest. After this the tally is whole.
    ///
    /// Errors: [`Broken::Foreign`] also for a file without a line: even the export of an empty space has two, so that one was cut.
    pub fn end(&mut self) -> Result<(), Broken> {
        match std::mem::replace(&mut self.format, Format::Unknown) {
            Format::Unknown if self.tally == Tally::default() => {
                return Err(Broken::Foreign("the file is empty (hint: it was cut, or never written)".to_owned()));
            }
            // What its lines are was told of each.
            Format::Unknown | Format::Installation => {}
            Format::Export { is_ended } => {
                if !is_ended {
                    self.tally.n_bad_lines += 1;
                    self.told.push((0, "the file has no end line: it was cut, and entries may be missing".to_owned()));
                }
            }
            Format::Graph(graph) => self.graph(*graph)?,
        }
        self.bring()
    }

    /// What became of the lines so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// What is to be said of lines since it was last asked; 0 stands for the file as a whole.
    pub fn told(&mut self) -> Vec<(u64, String)> {
        std::mem::take(&mut self.told)
    }

    fn entry(&mut self, number: u64, entry: Entry, changes: Vec<Change>, n_bytes: usize) -> Result<(), Broken> {
        if let Some(first) = self.lines.get(&entry.id) {
            let problem = format!("is `{}`, the id of line {first} too", entry.id);
            return self.bad(number, Bad::field("entry.id", problem));
        }
        self.lines.insert(entry.id, number);
        self.parcels.push(Parcel::Whole { line: number, entry, changes });
        self.n_bytes += n_bytes;
        if BATCH_ENTRIES <= self.parcels.len() || BATCH_BYTES <= self.n_bytes { self.bring() } else { Ok(()) }
    }

    fn ended(&mut self, number: u64, n_entries: u64) -> Result<(), Broken> {
        self.format = Format::Export { is_ended: true };
        let n_seen = self.tally.n_bad_lines + u64::try_from(self.lines.len()).unwrap_or(u64::MAX);
        if n_seen == n_entries {
            return Ok(());
        }
        let problem = format!("is {n_entries}, but {n_seen} came before: lines were lost or added");
        self.bad(number, Bad::field("end.n_entries", problem))
    }

    fn graph(&mut self, graph: Graph) -> Result<(), Broken> {
        let mut bad_lines = Vec::new();
        let (entities, unknown) = graph.done(&mut |number, bad| bad_lines.push((number, bad)));
        for (number, bad) in bad_lines {
            self.bad(number, bad)?;
        }
        for (name, n_lines) in &unknown {
            let lines = if *n_lines == 1 { "1 line".to_owned() } else { format!("{n_lines} lines") };
            self.told.push((
                0,
                format!("`{}` in {lines} has no place in a note, and is left out", annals_ask::shortened(name)),
            ));
        }
        let names: Arc<HashSet<String>> = Arc::new(entities.iter().map(|entity| entity.name.clone()).collect());
        for entity in entities {
            self.parcels.push(Parcel::Note { note: Note { entity }, names: Arc::clone(&names) });
            if BATCH_ENTRIES <= self.parcels.len() {
                self.bring()?;
            }
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it ends the reading of a line, which may fail")]
    fn bad(&mut self, number: u64, bad: Bad) -> Result<(), Broken> {
        self.tally.n_bad_lines += 1;
        self.told.push((number, bad.into_text()));
        Ok(())
    }

    /// Carries out what has gathered, in one transaction.
    fn bring(&mut self) -> Result<(), Broken> {
        self.n_bytes = 0;
        let parcels = std::mem::take(&mut self.parcels);
        if parcels.is_empty() {
            return Ok(());
        }
        let (run, rehearsal, caller) = (self.run, Arc::clone(&self.rehearsal), self.caller.clone());
        let changed = self.audit.change(self.caller, move |desk| {
            let (space, credential) = (caller.space(), caller.credential());
            let mut work =
                Work { desk, space, credential, rehearsal: &rehearsal, events: Vec::new(), steps: Steps::default() };
            let mut became = Vec::with_capacity(parcels.len());
            for parcel in &parcels {
                became.push((parcel.line(), work.bring(parcel)?));
            }
            let outcome = Outcome { became, steps: work.steps };
            match run {
                Run::CarryOut => Ok((outcome, work.events)),
                Run::Rehearse => Err(Stop::Refused(outcome)),
            }
        });
        let outcome = match changed {
            Ok(outcome) => outcome,
            Err(Undone::Refused(outcome)) => {
                Arc::make_mut(&mut self.rehearsal).keep(&outcome.steps);
                outcome
            }
            Err(Undone::Failed(error)) => return Err(Broken::Log(error)),
        };
        for (number, became) in outcome.became {
            match became {
                Became::Created => self.tally.n_created += 1,
                Became::Updated => self.tally.n_updated += 1,
                Became::Unchanged => self.tally.n_unchanged += 1,
                Became::Newer => self.tally.n_newer += 1,
                Became::Refused(why) => {
                    self.tally.n_refused += 1;
                    self.told.push((number, why));
                }
            }
        }
        Ok(())
    }
}

/// What a file is whose first object is this.
fn format_of(object: &Map<String, Value>) -> Result<Format, Broken> {
    if line::is_ours(object) {
        return Ok(Format::Export { is_ended: false });
    }
    if graph::is_line(object) {
        return Ok(Format::Graph(Box::default()));
    }
    Err(Broken::Foreign(
        "the first line is neither the head of `annals awareness export` nor an entity or relation of the memory server (hint: give one of these files whole)".to_owned(),
    ))
}

impl Parcel {
    fn line(&self) -> u64 {
        match self {
            Self::Whole { line, .. } => *line,
            Self::Setting { .. } => 0,
            Self::Note { note, .. } => note.entity.line,
        }
    }
}

impl Work<'_> {
    fn bring(&mut self, parcel: &Parcel) -> Result<Became, StoreError> {
        match parcel {
            Parcel::Whole { entry, changes, .. } => self.whole(entry, changes),
            Parcel::Setting { entry } => match self.whole(entry, &[])? {
                Became::Refused(_) => Ok(Became::Newer),
                became => Ok(became),
            },
            Parcel::Note { note, names } => self.note(note, names),
        }
    }

    /// An entry of an export.
    fn whole(&mut self, entry: &Entry, changes: &[Change]) -> Result<Became, StoreError> {
        let Some(here) = self.desk.entry_for_change(entry.id)? else {
            return self.put(entry.clone(), changes);
        };
        let was = self.desk.changes(&[here.id])?.pop().map(|(_, was)| was).unwrap_or_default();
        match settle((&here, &was), (entry, changes)) {
            Verdict::Same => Ok(Became::Unchanged),
            Verdict::Newer => Ok(Became::Newer),
            Verdict::Apart(why) => Ok(Became::Refused(format!("`{}` stays as it is: {why}", entry.id))),
            Verdict::Follows(n_here) => self.replace(&here, entry, changes.get(n_here..).unwrap_or_default()),
        }
    }

    /// An entity of a knowledge graph.
    fn note(&mut self, note: &Note, names: &HashSet<String>) -> Result<Became, StoreError> {
        let mut related = Vec::new();
        for target in note.targets() {
            match self.desk.keyed_for_change(GRAPH_SOURCE, target)? {
                Some(there) => related.push(there.id),
                None if names.contains(target) => related.push(Note::id(self.space, target)),
                None => {}
            }
        }
        let name = &note.entity.name;
        let Some(here) = self.desk.keyed_for_change(GRAPH_SOURCE, name)? else {
            let id = Note::id(self.space, name);
            related.retain(|other| *other != id);
            return match self.desk.entry_for_change(id)? {
                None => self.put(note.entry(self.space, self.credential, &related, self.desk.now()), &[]),
                Some(here) if note.is_source_of(&here) => Ok(Became::Unchanged),
                Some(_) => Ok(Became::Refused(format!(
                    "`{}` was thrown away or renamed here (hint: restore it, and import again)",
                    annals_ask::shortened(name)
                ))),
            };
        };
        if here.entry_type != EntryType::Note {
            let shown = annals_ask::shortened(name);
            return Ok(Became::Refused(format!("the key `{shown}` is a {}'s here", here.entry_type)));
        }
        related.retain(|other| *other != here.id);
        if note.is_source_of(&here) {
            return Ok(Became::Unchanged);
        }
        let mut changed = here.clone();
        match note.change(&mut changed, &related, self.desk.now()) {
            None => Ok(Became::Unchanged),
            Some(change) => self.replace(&here, &changed, &[change]),
        }
    }

    fn put(&mut self, entry: Entry, changes: &[Change]) -> Result<Became, StoreError> {
        match self.room(&entry)? {
            Room::Free => {}
            Room::Taken { by, why } => return self.instead(by, why, &entry),
            Room::WouldBeFree => {
                self.steps.put(None, &entry);
                return Ok(Became::Created);
            }
        }
        let terms = text::terms_of_entry(&entry);
        let id = entry.id;
        match self.desk.put(entry, &terms, changes) {
            Ok(entry) => {
                self.tell(Action::Imported, None, &entry);
                Ok(Became::Created)
            }
            Err(error) if error.kind() == ErrorKind::Taken => {
                Ok(Became::Refused(format!("the id, key or name of `{id}` is another entry's here")))
            }
            Err(error) if error.kind() == ErrorKind::RowRefused => Ok(Became::Refused(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// An entry whose key or name another one has. Each report of a source is a status of its own that takes the place of the one before, so of two statuses the later stays.
    fn instead(&mut self, other: EntryId, why: String, entry: &Entry) -> Result<Became, StoreError> {
        let here = self.desk.entry_for_change(other)?.filter(|here| here.entry_type == entry.entry_type);
        let Some(here) = here.filter(|here| here.entry_type == EntryType::Status) else {
            return Ok(Became::Refused(why));
        };
        if entry.touched() <= here.touched() {
            return Ok(Became::Newer);
        }
        self.desk.purge(here.id)?;
        let terms = text::terms_of_entry(entry);
        match self.desk.put(entry.clone(), &terms, &[]) {
            Ok(entry) => {
                self.events.push(Record::change(self.space, Action::Purged, &here, IMPORT_TOOL));
                self.tell(Action::Imported, Some(&here), &entry);
                Ok(Became::Updated)
            }
            Err(error) => Err(error),
        }
    }

    fn replace(&mut self, here: &Entry, entry: &Entry, changes: &[Change]) -> Result<Became, StoreError> {
        match self.room(entry)? {
            Room::Free => {}
            Room::Taken { why, .. } => return Ok(Became::Refused(why)),
            Room::WouldBeFree => {
                self.steps.put(Some(here), entry);
                return Ok(Became::Updated);
            }
        }
        let terms = text::terms_of_entry(entry);
        let (last, before) = match changes.split_last() {
            Some((last, before)) => (Some(last), before),
            None => (None, changes),
        };
        for change in before {
            self.desk.replace(entry.clone(), None, Some(change))?;
        }
        let entry = self.desk.replace(entry.clone(), Some(&terms), last)?;
        self.tell(Action::Updated, Some(here), &entry);
        Ok(Became::Updated)
    }

    /// Whether another entry has its key or name, or in a rehearsal would have it by now.
    fn room(&mut self, entry: &Entry) -> Result<Room, StoreError> {
        if entry.deleted.is_some() {
            return Ok(Room::Free);
        }
        let keyed = match &entry.logical_key {
            Some(key) => self.desk.keyed_for_change(&entry.source, key)?,
            None => None,
        };
        let named = match entry.facets().name {
            Some(name) => self.desk.named_for_change(&name)?,
            None => None,
        };
        let there: Vec<EntryId> = [keyed, named].into_iter().flatten().map(|other| other.id).collect();
        let others: Vec<EntryId> = there.into_iter().filter(|id| *id != entry.id).collect();
        let stays = others.iter().copied().find(|id| !self.rehearsal.has_let_go(*id, entry));
        Ok(match stays.or_else(|| self.rehearsal.holder(entry)) {
            Some(other) => Room::Taken {
                by: other,
                why: format!(
                    "`{}` has the key or name of `{other}`, which is here (hint: throw one of them away)",
                    entry.id
                ),
            },
            None if others.is_empty() => Room::Free,
            None => Room::WouldBeFree,
        })
    }

    fn tell(&mut self, action: Action, before: Option<&Entry>, entry: &Entry) {
        self.events.push(Record::change(self.space, action, entry, IMPORT_TOOL));
        self.steps.put(before, entry);
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.n_created += other.n_created;
        self.n_updated += other.n_updated;
        self.n_unchanged += other.n_unchanged;
        self.n_newer += other.n_newer;
        self.n_refused += other.n_refused;
        self.n_bad_lines += other.n_bad_lines;
    }
}

impl Tally {
    /// The numbers with their names, in the order in which they are told.
    pub fn numbers(&self) -> [(&'static str, u64); 6] {
        [
            ("created", self.n_created),
            ("updated", self.n_updated),
            ("unchanged", self.n_unchanged),
            ("newer", self.n_newer),
            ("refused", self.n_refused),
            ("bad_lines", self.n_bad_lines),
        ]
    }

    /// Whether everything of the file is here now, or was.
    pub fn is_whole(&self) -> bool {
        self.n_refused == 0 && self.n_bad_lines == 0
    }

    /// How many entries were looked at.
    pub fn n_entries(&self) -> u64 {
        self.n_created + self.n_updated + self.n_unchanged + self.n_newer + self.n_refused
    }
}
