//! One verification from its beginning to its report.
//!
//! The order of reading is what lets a log be written meanwhile. What lies outside is read first, then the marks, then the rows' bounds, then the tree: each may lag behind the
//! next and never run ahead of it. What is erased or pruned while rows are read is explained by events that came since, so those are read, too, before anybody is accused.

mod tree;

use std::path::Path;

use annals_event::ProducerId;
use annals_store::{
    Error as StoreError, ErrorKind as StoreErrorKind, EventStore, EvidenceStore, Filter, Limit, Mark, Order,
    PageRequest, Standing,
};
use annals_tlog::{Checkpoint, Frontier, Note, VerifierKey};

use super::claims::Claims;
use super::entries::Rows;
use super::erasures::Known;
use super::findings::{Findings, place};
use super::notes::{Keys, Signed, Source};
use super::options::{Extent, Published as Where};
use super::pass::{Pass, marks};
use super::producers::FromStart;
use super::span::Sight;
use super::{Options, Progress, Report, Verdict, opened, sample, trust};
use crate::place::Database;
use crate::published::Published;
use crate::{Error, ErrorKind};

/// So many places at the tree's end are looked at one by one that have no row.
const MOST_ABSENT: u64 = 1 << 24;
/// How often what came since is read before somebody is accused.
const NEWS: usize = 3;

pub(super) fn run(
    database: &Database,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
    sight: Sight,
) -> Result<Report, Error> {
    let opened = opened::open(database)?;
    let evidence = opened.store.evidence().ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("`{database}` is kept by a store that proves nothing"))
    })?;
    let given = given(options)?;
    let notes = published(database.file(), options, &*opened.store)?;
    Verification {
        store: &*opened.store,
        evidence,
        options,
        given,
        notes,
        sight,
        has_tree: true,
        findings: Findings::default(),
    }
    .run(progress)
}

/// What the caller knows: a key, or a checkpoint.
struct Given {
    key: Option<VerifierKey>,
    note: Option<String>,
}

fn given(options: &Options) -> Result<Given, Error> {
    let key = options.key.as_deref().map(|key| {
        key.trim().parse::<VerifierKey>().map_err(|error| {
            Error::new(
                ErrorKind::Invalid,
                format!("the key of `--key` makes no sense: {error} (hint: `annals key show` prints it)"),
            )
        })
    });
    let note = options.from_checkpoint.clone();
    if let Some(note) = &note {
        let parsed = Note::parse(note.as_bytes()).and_then(|note| Checkpoint::unverified(&note).map(drop));
        parsed.map_err(|error| {
            Error::new(
                ErrorKind::Invalid,
                format!("the checkpoint of `--from-checkpoint` is none: {error} (hint: give a signed note)"),
            )
        })?;
    } else if options.extent == Extent::SinceCheckpoint {
        return Err(Error::new(
            ErrorKind::Invalid,
            "`--incremental` needs the checkpoint to begin from (hint: give `--from-checkpoint FILE`)",
        ));
    }
    Ok(Given { key: key.transpose()?, note })
}

/// The notes that lie beside the database, of all its names.
fn published(file: Option<&Path>, options: &Options, store: &dyn EventStore) -> Result<Vec<String>, Error> {
    let published = match (&options.published, file) {
        (Where::Beside, Some(file)) => {
            Published::beside(&std::fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf()))
        }
        (Where::At(data), _) => Published::in_data(data),
        // Nothing lies beside a database of a server.
        (Where::Beside, None) | (Where::Nowhere, _) => return Ok(Vec::new()),
    };
    let (log, earlier) = store.log_ids();
    let mut notes = Vec::new();
    for log in earlier.into_iter().chain([log]) {
        notes.extend(published.all(log)?);
    }
    Ok(notes)
}

struct Verification<'a> {
    store: &'a dyn EventStore,
    evidence: &'a dyn EvidenceStore,
    options: &'a Options,
    given: Given,
    notes: Vec<String>,
    sight: Sight,
    /// Whether the tiles make a tree.
    has_tree: bool,
    findings: Findings,
}

/// What is known of the log's end from elsewhere.
#[derive(Clone, Copy, Default)]
struct Ends {
    /// The largest size that somebody outside of the database has a signed checkpoint of.
    outside: u64,
    /// The same for those in the database, if beyond the tree.
    stored: Option<u64>,
}

impl Verification<'_> {
    fn run(mut self, progress: &mut dyn FnMut(Progress)) -> Result<Report, Error> {
        let is_whole = self.options.extent == Extent::Whole;
        let marks = if is_whole { marks(self.evidence)? } else { Vec::new() };
        let bounds = self.evidence.bounds()?;
        let standing = self.standing()?;
        let rows_end = bounds.map_or(0, |(_, last)| last.saturating_add(1).max(0).cast_unsigned());
        // A tree that says it is far larger than its rows is read no further than those: a few forged bytes shall not keep anybody busy for years.
        let claimed = standing.tree.size;
        let size = if claimed.saturating_sub(rows_end) > MOST_ABSENT { rows_end } else { claimed };
        if claimed > size {
            let text = format!("the rows end at {rows_end} events, and the tree has {claimed}");
            self.findings.at(Verdict::Truncated, size, claimed - 1, text);
        }
        let mut keys = Keys::new(&standing);
        let known = self.given.key.clone().map(|key| keys.know(key));
        let (others, begin) = self.others(&mut keys, size);
        let ends = Ends { outside: largest(&others), stored: None };

        let frontier = match begin.as_ref().filter(|_| !is_whole && self.has_tree) {
            Some(begin) => self.frontier(begin.head.size)?,
            None => Frontier::new(),
        };
        // Without a tree there is nothing to begin from but the first row.
        let is_whole = is_whole || !self.has_tree;
        let from = frontier.size();
        let within: Vec<Signed> = others.iter().filter(|signed| signed.head.size <= size).cloned().collect();
        let claims = Claims::new(self.evidence, keys, from, within, self.sight);
        let mut pass = Pass::new(self.evidence, frontier, claims, self.sight);
        if !is_whole {
            pass.producers.from_start = FromStart::No;
        }
        self.hint(&mut pass)?;
        pass.go_to(size, progress)?;
        let n_sampled = match &begin {
            Some(begin) if !is_whole => sample::draw(&mut pass, begin.head, &mut self.findings)?,
            _ => 0,
        };
        let end = self.read_news(&mut pass, size)?;
        if standing.n_before_tree.is_some() || pass.claims.signed_size > 0 {
            pass.suspects.look_outside(self.evidence, bounds, size)?;
        } else {
            let n = bounds.map_or(0, |(_, last)| last.saturating_add(1).cast_unsigned()).saturating_sub(size);
            pass.notes.push(format!("{n} events from before the tree are not in it yet"));
        }
        // A log that is written meanwhile has checkpoints of what came since.
        let stored = match pass.claims.beyond()?.filter(|stored| *stored > end) {
            Some(stored) if self.size_now(size)? < stored => Some(stored),
            _ => None,
        };
        let ends = Ends { stored, ..ends };
        self.judge(&mut pass, &marks, end, ends)?;
        if is_whole {
            self.judge_names(&pass, &standing);
            self.judge_entries(&mut pass)?;
        }
        let report = self.report(pass, &standing, size, known, begin.as_ref(), n_sampled)?;
        Ok(report)
    }

    /// The tables of entries; only where the log itself is sound, on whose word they are judged.
    fn judge_entries(&mut self, pass: &mut Pass<'_>) -> Result<(), StoreError> {
        let Some(entries) = self.store.awareness() else { return Ok(()) };
        if self.findings.has_any() {
            let mut n_entries = 0_u64;
            if entries.scan(&mut |_| n_entries += 1).is_err() || n_entries > 0 {
                pass.notes.push("entries are not held against a log that is not sound itself".to_owned());
            }
            return Ok(());
        }
        let rows = if pass.erasures.deletes_rows() { Rows::SomeDeleted } else { Rows::AllThere };
        let n_entries = super::entries::judge(self.store, entries, rows, &mut self.findings)?;
        // What stands beside entries follows from them, so it is judged on their word where they are sound.
        if !self.findings.has_any() && !self.sight.is_blind_to_entries() {
            super::beside::judge(entries, &mut self.findings)?;
        }
        if n_entries > 0 {
            pass.notes.push(format!("{n_entries} entries were held against the log"));
        }
        Ok(())
    }

    /// Checks what was published and given, and answers those whose signature holds; the one that was given apart.
    fn others(&mut self, keys: &mut Keys, size: u64) -> (Vec<Signed>, Option<Signed>) {
        let mut others = Vec::new();
        let mut unknown = None;
        for note in std::mem::take(&mut self.notes) {
            match keys.check(&note, Source::Beside) {
                Ok(signed) => others.push(signed),
                // A database that was put back does not know the key that came after it either.
                Err((Verdict::UnknownKey, _)) if keys.claimed_size(&note).is_some_and(|claimed| claimed > size) => {
                    unknown = unknown.max(keys.claimed_size(&note));
                }
                Err((verdict, text)) => self.findings.beside(verdict, text),
            }
        }
        if let Some(claimed) = unknown {
            let text = format!(
                "the log has {size} events, and a checkpoint outside of it covers {claimed}, signed by a key that the database does not know yet"
            );
            self.findings.at(Verdict::RolledBack, size, claimed - 1, text);
        }
        let begin = match self.given.note.as_deref().map(|note| keys.check(note, Source::Given)) {
            Some(Ok(signed)) => {
                others.push(signed.clone());
                Some(signed)
            }
            Some(Err((verdict, text))) => {
                self.findings.nowhere(verdict, text);
                None
            }
            None => None,
        };
        (others, begin)
    }

    /// Finds erasures by their type, so that what a row needs is known when the row comes by.
    fn hint(&self, pass: &mut Pass<'_>) -> Result<(), StoreError> {
        let filter = Filter::new().event_type("audit.erased").event_type("audit.pruned");
        let mut request = PageRequest { limit: Limit::MAX, order: Order::Oldest, ..PageRequest::default() };
        loop {
            let page = match self.store.query(&filter, &request) {
                Ok(page) => page,
                // A forged row among them: whoever needs one of these events finds it on the way.
                Err(error) if error.kind() == StoreErrorKind::Corrupt => return Ok(()),
                Err(error) => return Err(error),
            };
            for event in &page.events {
                pass.erasures.hint(event.seq, event.details.as_deref().unwrap_or_default());
            }
            match page.cursor {
                Some(cursor) => request.cursor = Some(cursor),
                None => return Ok(()),
            }
        }
    }

    /// Reads what was recorded since, if that may explain what is gone, and answers the size that was read.
    fn read_news(&self, pass: &mut Pass<'_>, size: u64) -> Result<u64, StoreError> {
        let mut end = size;
        for _ in 0..NEWS {
            if !pass.erasures.needs_news(end) && pass.suspects.absent.is_empty() {
                break;
            }
            let now = self.size_now(size)?;
            if now == end {
                pass.claims.look_again(end);
                let frontier = pass.frontier.clone();
                pass.claims.meet(&frontier)?;
                break;
            }
            pass.claims.look_again(end);
            pass.go_to(now.max(end), &mut |_| ())?;
            end = end.max(now);
        }
        Ok(end)
    }

    fn judge(&mut self, pass: &mut Pass<'_>, marks: &[(ProducerId, Mark)], size: u64, ends: Ends) -> Result<(), Error> {
        for (verdict, text) in std::mem::take(&mut pass.claims.refused) {
            self.findings.beside(verdict, text);
        }
        let all_absent = pass.suspects.absent.count();
        let bad = pass.suspects.places();
        // What the checkpoints cover is sealed, also where the tree contradicts them: that is an accusation of its own.
        let sealed = pass.claims.signed_size.max(ends.outside);
        let mut absent = std::mem::take(&mut pass.suspects.absent);
        let before = absent.clone();
        let known = Known { store: self.evidence, sealed, bad: &bad, absent: &before };
        pass.erasures.explain(&mut absent, known, &mut self.findings)?;
        pass.suspects.absent = absent;
        let unexplained = pass.suspects.absent.clone();
        let known = Known { absent: &unexplained, ..known };
        if !self.sight.is_blind_to_erasures() {
            pass.erasures.judge(known, &mut self.findings)?;
        }
        let tail = pass.suspects.tail(size);
        pass.suspects.accuse(self.evidence, size, &pass.erasures, &mut self.findings)?;
        self.judge_tree(pass, size);
        self.judge_producers(pass, marks, tail, all_absent, ends, size)?;
        if ends.outside > size && ends.stored.is_none() && !self.findings.has(Verdict::Truncated) {
            let text = format!("the log has {size} events, and a checkpoint outside of it covers {}", ends.outside);
            self.findings.at(Verdict::RolledBack, size, ends.outside - 1, text);
        }
        Ok(())
    }

    fn judge_tree(&mut self, pass: &Pass<'_>, size: u64) {
        for torn in &pass.torn {
            let (first, last) = (torn.start, torn.end - 1);
            let text = format!("the tree above {} is not that of their leaves", place(first, last));
            self.findings.at(Verdict::Edited, first, last, text);
        }
        if pass.without_leaf > 0 {
            self.findings
                .nowhere(Verdict::Edited, format!("the tree lacks the leaves of {} events", pass.without_leaf));
        }
        let Some(broken) = pass.claims.broken else { return };
        let (first, last) = (broken.good, broken.size.saturating_sub(1).max(broken.good));
        let span = place(first, last);
        if broken.source != Source::Stored && !pass.claims.is_stored_broken && pass.claims.stored_good >= broken.size {
            let text =
                format!("{} says that {span} were others; the log was put back and went on", broken.source.words());
            self.findings.at(Verdict::RolledBack, first, last.min(size.saturating_sub(1)).max(first), text);
        } else {
            let text = format!(
                "{} of size {} is not of these events: something among {span} was changed",
                broken.source.words(),
                broken.size
            );
            self.findings.at(Verdict::Edited, first, last, text);
        }
    }

    fn judge_producers(
        &mut self,
        pass: &mut Pass<'_>,
        marks: &[(ProducerId, Mark)],
        tail: Option<u64>,
        all_absent: u64,
        ends: Ends,
        size: u64,
    ) -> Result<(), Error> {
        for hole in std::mem::take(&mut pass.producers.holes) {
            let first = hole.after.unwrap_or_default();
            let text = format!(
                "{} of producer {} are missing before event {}, and no gap says so",
                events(hole.n),
                hole.producer,
                hole.before
            );
            self.findings.at(Verdict::UndeclaredGap, first, hole.before, text);
        }
        for seq in std::mem::take(&mut pass.producers.doubled) {
            let text = format!("event {seq} has a number that its producer gave before");
            self.findings.at(Verdict::Inserted, seq, seq, text);
        }
        let is_cut =
            tail.is_some() || ends.outside > size || ends.stored.is_some() || self.findings.has(Verdict::RolledBack);
        // Rows that are gone, recorded as pruned or not, or that stand outside of the log, explain as many holes as there are of them.
        let n_gone = all_absent + pass.suspects.n_bad + pass.suspects.n_extra();
        let mut n_holes = pass.producers.beside_bad.iter().fold(0_u64, |sum, hole| sum.saturating_add(hole.n));
        let n_undeclared = if all_absent > 0 { n_holes.saturating_sub(n_gone) } else { 0 };
        let mut n_beyond = 0_u64;
        for (producer, mark) in marks {
            match pass.producers.beyond(*producer, *mark, pass.n_bad) {
                (n, true) => n_holes = n_holes.saturating_add(n),
                (n, false) => n_beyond = n.saturating_add(n_beyond),
            }
        }
        let n_more = if all_absent > 0 { n_holes.saturating_sub(n_gone) } else { 0 } - n_undeclared;
        if let Some(stored) = ends.stored {
            let text = format!("the log has {size} events, and a checkpoint in the database covers {stored}");
            self.findings.at(Verdict::Truncated, size, stored - 1, text);
        } else if n_beyond > 0 && !is_cut {
            let text = format!("the log ends at {size} events, and its producers had recorded {n_beyond} more");
            // Where a checkpoint covers the very end, nothing was cut off it.
            let verdict = if pass.claims.signed_size >= size { Verdict::UndeclaredGap } else { Verdict::Truncated };
            self.findings.at(verdict, size, size.saturating_add(n_beyond - 1), text);
        }
        // Where a row is missing in the middle, what the marks know beyond it is a loss that nobody declares any more.
        let n_undeclared = if is_cut { n_undeclared } else { n_undeclared + n_more };
        // A row that was changed or moved may be a gap that can't be read any more; then nothing follows from what is missing.
        if n_undeclared > 0 && pass.suspects.n_bad == 0 && pass.suspects.n_extra() == 0 {
            let first = pass.suspects.absent.first().unwrap_or_default();
            let text =
                format!("{} are missing beyond the rows that are gone, and no gap says so", events(n_undeclared));
            self.findings.at(Verdict::UndeclaredGap, first, first, text);
        }
        let is_cut = is_cut || n_beyond > 0;
        if !is_cut && pass.suspects.n_bad == 0 {
            for (producer, mark) in marks {
                let declared = pass.producers.n_shed(*producer);
                if mark.n_shed > declared {
                    let n = mark.n_shed - declared;
                    let text = format!("producer {producer} dropped {} that no gap declares", events(n));
                    self.findings.beside(Verdict::UndeclaredGap, text);
                }
            }
        }
        self.judge_marks(pass, marks)?;
        if self.options.extent == Extent::Whole {
            self.judge_dead_letters(pass, tail.unwrap_or(size))?;
        }
        Ok(())
    }

    /// The names that the log had, in the database and by its own events: each change of name is one.
    fn judge_names(&mut self, pass: &Pass<'_>, standing: &Standing) {
        let bad = pass.suspects.places();
        let is_unread =
            |seq: u64| bad.contains(&seq) || pass.suspects.absent.contains(seq) || seq >= pass.frontier.size();
        // What went on before there was a tree is on no record.
        let unknown = if standing.n_before_tree.is_none() && pass.claims.signed_size == 0 { u64::MAX } else { 0 };
        let before_tree = pass.before_tree.unwrap_or(unknown);
        let told = |origin: &str, seq: u64| pass.continued.get(&seq).is_some_and(|from| from == origin);
        // The newest first. Where a cut took the event that ended a name, a later name ended at the cut, and its event says what was accepted.
        let is_cut = |n: usize, seq: u64| {
            standing
                .earlier
                .iter()
                .take(n)
                .any(|newer| newer.n_events <= seq && told(newer.origin.as_str(), newer.n_events))
        };
        for (n, earlier) in standing.earlier.iter().enumerate().filter(|(_, earlier)| earlier.n_events >= before_tree) {
            let seq = earlier.n_events;
            if !is_cut(n, seq) && !told(earlier.origin.as_str(), seq) && !is_unread(seq) {
                let text = format!(
                    "the log is said to have been called {} until event {seq}, which does not say so",
                    earlier.origin
                );
                self.findings.at(Verdict::Edited, seq, seq, text);
            }
        }
        for (seq, origin) in &pass.continued {
            if !standing.earlier.iter().any(|earlier| earlier.n_events == *seq && earlier.origin.as_str() == origin) {
                let text = format!(
                    "event {seq} says that the log was called {origin} before, and the database does not know that name"
                );
                self.findings.beside(Verdict::Edited, text);
            }
        }
    }

    /// A mark that was moved back lets an event in twice.
    fn judge_marks(&mut self, pass: &Pass<'_>, marks: &[(ProducerId, Mark)]) -> Result<(), Error> {
        if self.options.extent != Extent::Whole || pass.suspects.n_bad > 0 {
            return Ok(());
        }
        let before: std::collections::HashMap<_, _> = marks.iter().copied().collect();
        for (producer, seen) in pass.producers.marks() {
            if before.get(&producer).is_some_and(|mark| mark.next_pseq >= seen.next_pseq) {
                continue;
            }
            if self.store.mark(producer)?.next_pseq < seen.next_pseq {
                self.findings.beside(Verdict::Edited, format!("the mark of producer {producer} was moved back"));
            }
        }
        Ok(())
    }

    /// Each event that was put aside has a gap that says so.
    fn judge_dead_letters(&mut self, pass: &Pass<'_>, end: u64) -> Result<(), Error> {
        const PAGE: usize = 1_000;
        let bad = pass.suspects.places();
        let mut from = 0;
        loop {
            let page = self.evidence.dead_letters(from, PAGE)?;
            for letter in page.iter().filter(|letter| letter.gap_seq < end && !bad.contains(&letter.gap_seq)) {
                if !trust::declares(self.evidence, letter)? {
                    let text =
                        format!("event {} should declare a loss that is on record, and does not", letter.gap_seq);
                    self.findings.at(Verdict::UndeclaredGap, letter.gap_seq, letter.gap_seq, text);
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = last.gap_seq + 1,
                _ => return Ok(()),
            }
        }
    }

    fn report(
        mut self,
        mut pass: Pass<'_>,
        standing: &Standing,
        size: u64,
        known: Option<usize>,
        begin: Option<&Signed>,
        n_sampled: u64,
    ) -> Result<Report, Error> {
        let judged = trust::judge(&pass.claims, known, begin, size, &mut self.findings);
        let newest = judged.newest.and_then(|newest| pass.claims.good.get(newest)).cloned();
        let n_open = pass.operations.n_open();
        let open = pass.operations.first(self.evidence)?;
        let pending = match self.store.erasing().filter(|_| self.options.extent == Extent::Whole) {
            // What can't be read of it is accused already.
            Some(erasing) if self.findings.n() == 0 => erasing.unfinished_erasures()?,
            _ => Vec::new(),
        };
        for earlier in &standing.earlier {
            pass.notes.push(format!("until event {} it was called {}", earlier.n_events, earlier.origin));
        }
        let n_sound = self.findings.n_sound(size);
        let (findings, n_findings) = self.findings.into_sorted();
        let from_size = begin.filter(|_| self.options.extent == Extent::SinceCheckpoint).map(|begin| begin.head.size);
        Ok(Report {
            findings,
            n_findings,
            origin: standing.origin.to_string(),
            n_events: size,
            n_checked: pass.n_rows,
            n_sound,
            sealed_size: newest.as_ref().map_or(0, |newest| newest.head.size.min(size)),
            checkpoint: newest.as_ref().map(|newest| newest.note.clone()),
            n_checkpoints: pass.claims.n_good,
            signer: judged.signer.map(|key| pass.claims.keys.text(key)),
            trust: judged.trust,
            from_size,
            n_sampled,
            n_erased: pass.erasures.n_emptied,
            n_gaps: pass.producers.n_gaps,
            n_open,
            open,
            pending: pending
                .iter()
                .map(|declared| super::PendingErasure { seq: declared.seq, n_rows: declared.n_rows })
                .collect(),
            n_unsealed: pass.claims.n_waits,
            unsealed: std::mem::take(&mut pass.claims.waits),
            notes: pass.notes,
        })
    }
}

fn largest(others: &[Signed]) -> u64 {
    others.iter().filter(|signed| signed.given_up_at.is_none()).map(|signed| signed.head.size).max().unwrap_or_default()
}

fn events(n: u64) -> String {
    if n == 1 { "1 event".to_owned() } else { format!("{n} events") }
}
