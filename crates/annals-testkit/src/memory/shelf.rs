//! Reading and changing one space in memory.

use std::collections::{BTreeMap, BTreeSet};

use annals_event::Timestamp;
use annals_store::awareness::ModelId;
use annals_store::awareness::vectors::Place;
use annals_store::awareness::{
    Answered, Briefing, By, Change, Choice, Desk, Entry, EntryId, EntryPage, EntryType, Forms, Found, Hit, Name,
    Phrase, Question, Readings, Shelf, Shelved, Stats, Terms, Trace, Usage, UsageKind, UsageWish, WEIGHTS, Wish,
};
use annals_store::{Error, ErrorKind};

use super::entries::{Flaw, Kept, Table};

/// More words than this are a long entry.
const LONG: usize = 150;
/// Words a passage.
const PASSAGE: usize = 40;
/// What the same source wrote within this, in nanoseconds, stands beside each other.
const HOUR: u64 = 3_600_000_000_000;

impl Table<'_> {
    fn in_space(&self, leaks: Flaw) -> impl Iterator<Item = &Kept> {
        let leaks = self.flaw == leaks;
        self.all.iter().filter(move |kept| leaks || kept.space == self.space)
    }

    fn mine(&self) -> impl Iterator<Item = &Entry> {
        self.all.iter().filter(|kept| kept.space == self.space).map(|kept| &kept.entry)
    }

    fn kept(&mut self, id: EntryId) -> Option<&mut Kept> {
        self.all.iter_mut().find(|kept| kept.space == self.space && kept.entry.id == id)
    }

    fn is_live(&self, entry: &Entry) -> bool {
        if self.flaw == Flaw::ServesExpired { entry.deleted.is_none() } else { entry.is_live(self.now) }
    }

    fn live(&self) -> impl Iterator<Item = &Entry> {
        self.mine().filter(|entry| self.is_live(entry))
    }

    fn found(&self, fits: impl Fn(&Entry) -> bool) -> Option<Entry> {
        self.mine().find(|entry| fits(entry)).cloned()
    }

    /// All that are chosen, in order.
    fn chosen(&self, choice: &Choice, by: By) -> Vec<Entry> {
        let mut chosen: Vec<Entry> = self
            .in_space(Flaw::LeaksPages)
            .map(|kept| &kept.entry)
            .filter(|entry| choice.fits(entry, self.now) && self.is_unread(entry.id, choice))
            .cloned()
            .collect();
        chosen.sort_by_key(|entry| (by.place(entry).at, entry.id));
        if !by.is_ascending() {
            chosen.reverse();
        }
        chosen
    }

    fn is_unread(&self, id: EntryId, choice: &Choice) -> bool {
        choice.unread.is_none_or(|since| {
            let wish = UsageWish { kind: Some(UsageKind::Read), entry: Some(id), since, ..UsageWish::default() };
            !self.told().iter().any(|usage| wish.fits(usage))
        })
    }

    /// What the log tells, oldest first.
    fn told(&self) -> Vec<Usage> {
        let mut told = Vec::new();
        for row in self.rows.iter().filter(|row| self.flaw == Flaw::LeaksUsage || row.space == self.space) {
            let usage = |nth: u64, kind, entry, platform, tool| Usage {
                id: row.seq * 1_024 + nth,
                kind,
                entry,
                seq: row.seq,
                at: row.recorded_at,
                platform,
                tool,
                action: String::new(),
                detail: None,
                tags: Vec::new(),
            };
            match Trace::of(row) {
                Some(Trace::Read { entries, tool, platform }) => {
                    let most = if self.flaw == Flaw::CountsOneReading { 1 } else { usize::MAX };
                    let read = (0..).zip(entries.into_iter().take(most));
                    told.extend(
                        read.map(|(nth, entry)| usage(nth, UsageKind::Read, entry, platform.clone(), tool.clone())),
                    );
                }
                Some(Trace::Acted { entry, action, detail, tags, tool, platform }) => {
                    let detail = detail.filter(|_| self.flaw != Flaw::ForgetsActionsDetails);
                    let acted = usage(0, UsageKind::Action, entry, platform, tool);
                    told.push(Usage { action, detail, tags, ..acted });
                }
                _ => {}
            }
        }
        told
    }

    /// How often words are in a field, weighted and divided by how common each is.
    fn score(&self, terms: &Terms, words: &[Forms]) -> Option<f64> {
        let (mut score, mut n_found) = (0.0, 0);
        for word in words {
            let n_having = u32::try_from(self.all.iter().filter(|kept| has(&kept.terms, word)).count()).unwrap_or(1);
            let fields = [&terms.title, &terms.body, &terms.labels];
            for (field, weight) in fields.into_iter().zip(WEIGHTS) {
                let n = field.split_ascii_whitespace().filter(|known| is_form(word, known)).count();
                score += weight * f64::from(u32::try_from(n).unwrap_or(u32::MAX)) / f64::from(n_having.max(1));
            }
            n_found += usize::from(has(terms, word));
        }
        let enough = if self.flaw == Flaw::WantsAllWords { words.len() } else { 1 };
        let is_scattered = self.is_long(terms) && !stand_together(terms, words);
        (n_found > 0 && n_found >= enough).then_some(if is_scattered { score / 2.0 } else { score })
    }

    /// Whether an entry is about many things.
    fn is_long(&self, terms: &Terms) -> bool {
        terms.words().count() > LONG && self.flaw != Flaw::WeighsLongAsShort
    }

    /// Whether an entry needs nothing beside it to be understood.
    fn stands_alone(&self, terms: &Terms) -> bool {
        self.is_long(terms) && self.flaw != Flaw::LendsToAll
    }

    /// An entry, and the two that the same source wrote right before and behind it within an hour: what its relevance is asked of.
    fn in_sight<'a>(&'a self, kept: &'a Kept) -> Vec<&'a Terms> {
        let place = |kept: &Kept| (kept.entry.created, kept.entry.id);
        let mut run: Vec<&Kept> = self
            .in_space(Flaw::LeaksWords)
            .filter(|other| other.entry.source == kept.entry.source && other.entry.is_live(self.now))
            .filter(|other| place(other).0.as_nanos().abs_diff(place(kept).0.as_nanos()) <= HOUR)
            .collect();
        run.sort_by_key(|kept| place(kept));
        let at = run.partition_point(|other| place(other) < place(kept));
        let near = run.iter().skip(at.saturating_sub(2)).take(at.min(2) + 3);
        let others = near.filter(|other| other.entry.id != kept.entry.id && !self.stands_alone(&other.terms));
        others.map(|other| &other.terms).chain([&kept.terms]).collect()
    }

    fn check_free(&self, entry: &Entry) -> Result<(), Error> {
        let taken = self.mine().any(|other| other.id != entry.id && is_taken(entry, other));
        if taken && self.flaw != Flaw::TakesKeysTwice {
            return Err(Error::new(ErrorKind::Taken, "the key or name is another's"));
        }
        Ok(())
    }
}

impl Shelf for Table<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    /// The log tells of each change, and of more.
    fn revision(&mut self) -> Result<u64, Error> {
        Ok(if self.flaw == Flaw::KeepsItsRevision { 0 } else { self.rows.len() as u64 })
    }

    fn entry(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        Ok(self.live().find(|entry| entry.id == id).cloned())
    }

    fn entries(&mut self, ids: &[EntryId]) -> Result<Vec<Entry>, Error> {
        ids.iter().filter_map(|id| self.entry(*id).transpose()).collect()
    }

    fn any_entry(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        Ok(self.in_space(Flaw::LeaksById).map(|kept| &kept.entry).find(|entry| entry.id == id).cloned())
    }

    fn keyed(&mut self, source: &str, logical_key: &str) -> Result<Option<Entry>, Error> {
        let fits = |entry: &Entry| entry.source == source && entry.logical_key.as_deref() == Some(logical_key);
        Ok(self.live().find(|entry| fits(entry)).cloned())
    }

    fn named(&mut self, name: &Name) -> Result<Option<Entry>, Error> {
        Ok(self.live().find(|entry| entry.facets().name.as_ref() == Some(name)).cloned())
    }

    fn changes(&mut self, ids: &[EntryId]) -> Result<Vec<(EntryId, Vec<Change>)>, Error> {
        let found = ids.iter().filter_map(|id| Some((*id, self.kept(*id)?.changes.clone())));
        Ok(found.filter(|(_, changes)| !changes.is_empty()).collect())
    }

    fn page(&mut self, choice: &Choice, wish: &Wish) -> Result<EntryPage, Error> {
        let mut behind = self.chosen(choice, wish.by);
        if let Some(after) = wish.after {
            let key = (after.at, after.id);
            let repeats = self.flaw == Flaw::RepeatsBetweenPages;
            behind.retain(|entry| {
                let place = (wish.by.place(entry).at, entry.id);
                let is_behind = if wish.by.is_ascending() { key < place } else { place < key };
                is_behind || (repeats && place == key)
            });
        }
        let mut page = EntryPage::default();
        let mut n_bytes = 0;
        for entry in behind.into_iter().skip(usize::try_from(wish.offset).unwrap_or(usize::MAX)) {
            n_bytes += entry.weight();
            let is_long = wish.amount.max_bytes.is_some_and(|most| most < n_bytes) && !page.entries.is_empty();
            let is_long = is_long && self.flaw != Flaw::KnowsNoBytes;
            if is_long || page.entries.len() as u64 == wish.amount.limit {
                page.has_more = true;
                break;
            }
            page.entries.push(entry);
        }
        Ok(page)
    }

    fn count(&mut self, choice: &Choice) -> Result<u64, Error> {
        let all = Choice { shelved: Shelved::Anywhere, ..Choice::default() };
        let choice = if self.flaw == Flaw::CountsAll { &all } else { choice };
        Ok(self.chosen(choice, By::Touched).len() as u64)
    }

    fn stats(&mut self) -> Result<Stats, Error> {
        let counts_trash = self.flaw == Flaw::CountsTheTrash;
        let counted: Vec<&Entry> = self.mine().filter(|entry| counts_trash || self.is_live(entry)).collect();
        let n_of = |known| counted.iter().filter(|entry| entry.entry_type == known).count() as u64;
        let sources: BTreeSet<String> = counted.iter().map(|entry| entry.source.clone()).collect();
        Ok(Stats { n_entries: EntryType::ALL.map(n_of), sources: sources.into_iter().collect() })
    }

    fn tags(&mut self) -> Result<Vec<(String, u64)>, Error> {
        let mut counts = BTreeMap::<String, u64>::new();
        for entry in self.in_space(Flaw::LeaksTags).map(|kept| &kept.entry).filter(|entry| self.is_live(entry)) {
            for tag in entry.tags.iter().collect::<BTreeSet<_>>() {
                *counts.entry(tag.clone()).or_default() += 1;
            }
        }
        let mut tags: Vec<(String, u64)> = counts.into_iter().collect();
        tags.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Ok(tags)
    }

    fn related(&mut self, id: EntryId) -> Result<Vec<Entry>, Error> {
        let Some(entry) = self.entry(id)? else { return Ok(Vec::new()) };
        let named = entry.facets().related;
        let latest_first = |mut entries: Vec<Entry>| {
            entries.sort_by_key(|entry| std::cmp::Reverse((entry.touched(), entry.id)));
            entries
        };
        let forward = self.live().filter(|entry| named.contains(&entry.id)).cloned().collect();
        let names_it = |entry: &Entry| entry.facets().related.contains(&id) && !named.contains(&entry.id);
        let reverse = self.live().filter(|entry| entry.id != id && names_it(entry)).cloned().collect();
        let mut related = latest_first(forward);
        if self.flaw != Flaw::RelatesOneWay {
            related.extend(latest_first(reverse));
        }
        Ok(related)
    }

    fn briefing(&mut self) -> Result<Briefing, Error> {
        let of = |entry_type, state: &str| {
            self.chosen(&Choice { state: Some(state.to_owned()), ..Choice::of([entry_type]) }, By::Touched)
        };
        let alerts = of(EntryType::Alert, "active");
        let mut sources: BTreeSet<String> = alerts.iter().map(|alert| alert.source.clone()).collect();
        if self.flaw != Flaw::ForgetsGlobalSuppressions {
            sources.insert(String::new());
        }
        let chosen = |entry_type| self.chosen(&Choice::of([entry_type]), By::Touched);
        let suppressions = chosen(EntryType::Suppression);
        let n_suppressions = suppressions.len() as u64;
        let concerned = |entries: Vec<Entry>| -> Vec<Entry> {
            entries.into_iter().filter(|entry| sources.contains(&entry.source)).collect()
        };
        let mut patterns = concerned(chosen(EntryType::Pattern));
        patterns.retain(|entry| entry.facets().has_effect);
        let due = Choice { due_until: Some(self.now), ..Choice::of([EntryType::Intention]) };
        let moments = self.live().flat_map(|entry| [entry.facets().due, entry.expires]).flatten();
        let until = moments.filter(|at| self.now < *at && self.flaw != Flaw::ForgetsWhatExpires).min();
        Ok(Briefing {
            statuses: chosen(EntryType::Status),
            suppressions: concerned(suppressions),
            patterns,
            due: self.chosen(&due, By::Touched),
            fired: of(EntryType::Intention, "fired"),
            n_suppressions,
            n_pending: of(EntryType::Intention, "pending").len() as u64,
            alerts,
            until,
        })
    }

    fn readings(&mut self, ids: &[EntryId]) -> Result<Vec<Readings>, Error> {
        let told = self.told();
        let of = |id: &EntryId| {
            let read = |usage: &&Usage| usage.kind == UsageKind::Read && usage.entry == *id;
            let n_reads = told.iter().filter(read).count() as u64;
            Readings { entry: *id, n_reads, last: told.iter().filter(read).map(|usage| usage.at).max() }
        };
        Ok(ids.iter().map(of).collect())
    }

    fn usage(&mut self, wish: &UsageWish) -> Result<Vec<Usage>, Error> {
        let (offset, limit) = [wish.offset, wish.limit].map(|n| usize::try_from(n).unwrap_or(usize::MAX)).into();
        Ok(self.told().into_iter().rev().filter(|usage| wish.fits(usage)).skip(offset).take(limit).collect())
    }

    fn languages(&mut self) -> Result<Vec<String>, Error> {
        let languages: BTreeSet<_> = self.in_space(Flaw::None).map(|kept| kept.terms.language.to_owned()).collect();
        Ok(languages.into_iter().collect())
    }

    fn search(&mut self, question: &Question) -> Result<Found, Error> {
        let words: Vec<Forms> = question.words.iter().chain(&question.wholes).cloned().collect();
        let is_listed = words.is_empty() && question.phrases.is_empty();
        let fits: Vec<&Kept> = self
            .in_space(Flaw::LeaksWords)
            .filter(|kept| question.choice.fits(&kept.entry, self.now))
            .filter(|kept| question.phrases.iter().all(|phrase| says(&kept.terms, phrase)))
            .filter(|kept| {
                self.flaw == Flaw::HearsNoNot || !question.without.iter().any(|phrase| says(&kept.terms, phrase))
            })
            .collect();
        let direction = question.direction.as_ref().filter(|direction| {
            self.flaw != Flaw::KnowsNoDirection
                && self.models.iter().any(|(model, serves)| *serves && *model == direction.model)
        });
        let cosine = |kept: &Kept| {
            let direction = direction?;
            let id = self.models.iter().position(|(model, _)| *model == direction.model)? + 1;
            let own = kept.passages.iter().filter(|passage| usize::try_from(passage.0.0) == Ok(id));
            let product =
                |one: &[f32]| one.iter().zip(&direction.vector).map(|(one, other)| f64::from(one * other)).sum();
            own.map(|passage| product(&passage.2)).reduce(f64::max)
        };
        let weighed = |kept: &'_ &Kept| {
            let by_words = if is_listed { Some(0.0) } else { self.score(&kept.terms, &words) };
            let by_vector = cosine(kept).filter(|_| !is_listed);
            if by_words.is_none() && by_vector.is_none() {
                return None;
            }
            Some(by_words.unwrap_or_default() + by_vector.unwrap_or_default())
        };
        let mut hits: Vec<(&Kept, f64)> = fits.iter().filter_map(|kept| Some((*kept, weighed(kept)?))).collect();
        let looks_beside = question.neighbours && self.flaw != Flaw::LooksBesideNothing;
        if looks_beside && question.phrases.is_empty() {
            for kept in fits.iter().filter(|kept| !self.stands_alone(&kept.terms)) {
                let is_beside = |hit: &&(&Kept, f64)| {
                    let (one, other) = (&hit.0.entry, &kept.entry);
                    let apart = one.created.as_nanos().abs_diff(other.created.as_nanos());
                    one.source == other.source && apart <= HOUR && !self.stands_alone(&hit.0.terms)
                };
                if !hits.iter().any(|hit| hit.0.entry.id == kept.entry.id)
                    && let Some(lender) = hits.iter().find(is_beside)
                {
                    hits.push((kept, lender.1 * 0.4));
                }
            }
        }
        hits.sort_by(|one, other| {
            other.1.total_cmp(&one.1).then_with(|| other.0.entry.touched().cmp(&one.0.entry.touched()))
        });
        let covered = |kept: &Kept| {
            let is_alone = !looks_beside || self.stands_alone(&kept.terms);
            let said = if is_alone { vec![&kept.terms] } else { self.in_sight(kept) };
            let n_had = question.words.iter().filter(|word| said.iter().any(|terms| has(terms, word))).count();
            f64::from(u32::try_from(n_had).unwrap_or(0))
                / f64::from(u32::try_from(question.words.len()).unwrap_or(1).max(1))
        };
        let mut found: Vec<(Hit, &Terms)> = Vec::new();
        for (kept, score) in hits {
            let is_like = |other: &&mut (Hit, &Terms)| {
                other.0.entry.entry_type == kept.entry.entry_type
                    && (&other.1.title, &other.1.body) == (&kept.terms.title, &kept.terms.body)
            };
            if question.folds
                && self.flaw != Flaw::FoldsNothing
                && let Some(same) = found.iter_mut().find(is_like)
            {
                same.0.alike.push(kept.entry.id);
                continue;
            }
            let relevance = if is_listed { 1.0 } else { covered(kept) };
            found.push((Hit::new(kept.entry.clone(), score, relevance), &kept.terms));
        }
        let relevance = found.iter().map(|(hit, _)| hit.relevance).fold(0.0, f64::max);
        let offset = usize::try_from(question.offset).unwrap_or(usize::MAX);
        let endless = Question { max_bytes: None, ..question.clone() };
        let question = if self.flaw == Flaw::KnowsNoBytes { &endless } else { question };
        let hits = question.fill(found.into_iter().map(|(hit, _)| hit).skip(offset).map(Ok::<_, Error>))?;
        Ok(Found { hits, relevance, by_vectors: direction.is_some() && !is_listed })
    }
}

impl Desk for Table<'_> {
    fn entry_for_change(&mut self, id: EntryId) -> Result<Option<Entry>, Error> {
        let is_stale = self.flaw == Flaw::ReadsStale;
        Ok(self.kept(id).map(|kept| match &kept.before {
            Some(before) if is_stale => before.as_ref().clone(),
            _ => kept.entry.clone(),
        }))
    }

    fn keyed_for_change(&mut self, source: &str, logical_key: &str) -> Result<Option<Entry>, Error> {
        if self.flaw == Flaw::FindsNoKeyForChange {
            return Ok(None);
        }
        let has_key = |entry: &Entry| entry.source == source && entry.logical_key.as_deref() == Some(logical_key);
        Ok(self.found(|entry| entry.deleted.is_none() && has_key(entry)))
    }

    fn named_for_change(&mut self, name: &Name) -> Result<Option<Entry>, Error> {
        Ok(self.found(|entry| entry.deleted.is_none() && entry.facets().name.as_ref() == Some(name)))
    }

    fn stale(&mut self, before: Timestamp, limit: u64) -> Result<Vec<Entry>, Error> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.mine().filter(|entry| entry.is_stale(before)).take(limit).cloned().collect())
    }

    fn put(&mut self, mut entry: Entry, terms: &Terms, changes: &[Change]) -> Result<Entry, Error> {
        if self.kept(entry.id).is_some() {
            return Err(Error::new(ErrorKind::Taken, "the id is another's"));
        }
        self.check_free(&entry)?;
        (entry.n_changes, entry.changes_digest) = (0, [0; 32]);
        for change in changes {
            entry.add_change(change);
        }
        if self.flaw == Flaw::ForgetsTheLanguage {
            entry.language = None;
        }
        let changes = if self.flaw == Flaw::ForgetsChanges { Vec::new() } else { changes.to_vec() };
        self.all.push(Kept {
            space: self.space.to_owned(),
            entry: entry.clone(),
            terms: terms.clone(),
            changes,
            place: Place { n: self.all.iter().map(|kept| kept.place.n).max().unwrap_or(0) + 1, generation: 1 },
            embedded: entry.entry_type.is_embedded().then_some((ModelId(0), false)),
            passages: Vec::new(),
            before: None,
        });
        self.unrecorded.changed(self.space, &entry);
        Ok(entry)
    }

    fn replace(&mut self, mut entry: Entry, terms: Option<&Terms>, change: Option<&Change>) -> Result<Entry, Error> {
        self.check_free(&entry)?;
        let forgets = self.flaw == Flaw::ForgetsChanges;
        let Some(kept) = self.kept(entry.id) else {
            return Err(Error::new(ErrorKind::Invalid, "the entry is not there"));
        };
        if (kept.entry.entry_type, kept.entry.created) != (entry.entry_type, entry.created) {
            return Err(Error::new(ErrorKind::Invalid, "the entry is another"));
        }
        (entry.n_changes, entry.changes_digest) = (kept.entry.n_changes, kept.entry.changes_digest);
        if let Some(change) = change {
            entry.add_change(change);
            kept.changes.extend((!forgets).then(|| change.clone()));
        }
        if let Some(terms) = terms {
            kept.terms = terms.clone();
            kept.place.generation += 1;
            kept.embedded = kept.embedded.map(|_| (ModelId(0), false));
        }
        kept.before = Some(Box::new(std::mem::replace(&mut kept.entry, entry.clone())));
        self.unrecorded.changed(self.space, &entry);
        Ok(entry)
    }

    fn answered(&mut self, key: &[u8; 32]) -> Result<Option<Answered>, Error> {
        let found = self.answers.iter().find(|(space, known, _)| *space == self.space && known == key);
        Ok(found.map(|(.., answered)| answered.clone()))
    }

    fn keep_answer(&mut self, key: &[u8; 32], answered: &Answered) -> Result<(), Error> {
        self.answers.retain(|(space, known, _)| *space != self.space || known != key);
        self.answers.push((self.space.to_owned(), *key, answered.clone()));
        Ok(())
    }

    fn purge(&mut self, id: EntryId) -> Result<(), Error> {
        let now = self.now;
        if self.flaw == Flaw::PurgesIntoTheTrash {
            if let Some(kept) = self.kept(id) {
                kept.entry.deleted = Some(now);
            }
        } else if self.kept(id).is_some() {
            let space = self.space.to_owned();
            self.all.retain(|kept| kept.space != space || kept.entry.id != id);
        } else {
            return Ok(());
        }
        self.unrecorded.purged(id);
        Ok(())
    }
}

/// Whether it is a form of the word.
fn is_form(word: &Forms, known: &str) -> bool {
    word.iter().any(|form| form == known)
}

/// Whether the words are there in some form.
fn has(terms: &Terms, word: &Forms) -> bool {
    terms.words().any(|known| is_form(word, known))
}

/// Whether a field has the words one after the other.
fn says(terms: &Terms, phrase: &Phrase) -> bool {
    [&terms.title, &terms.body, &terms.labels].into_iter().any(|field| {
        let words: Vec<&str> = field.split_ascii_whitespace().collect();
        words
            .windows(phrase.len().max(1))
            .any(|window| phrase.iter().zip(window).all(|(word, known)| is_form(word, known)))
    })
}

/// Whether one passage has all of the words.
fn stand_together(terms: &Terms, words: &[Forms]) -> bool {
    let text: Vec<&str> = terms.words().collect();
    text.windows(PASSAGE.min(text.len()).max(1))
        .any(|passage| words.iter().all(|word| passage.iter().any(|known| is_form(word, known))))
}

/// Whether the key or name is the other's.
fn is_taken(entry: &Entry, other: &Entry) -> bool {
    let is_outside = entry.deleted.is_none() && other.deleted.is_none();
    let key = entry.logical_key.is_some() && (&entry.source, &entry.logical_key) == (&other.source, &other.logical_key);
    let (name, known) = (entry.facets().name, other.facets().name);
    is_outside && (key || (name.is_some() && name == known))
}
