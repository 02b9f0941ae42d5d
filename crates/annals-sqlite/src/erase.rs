//! Making content go: which rows are meant, what is declared of them, and how they are emptied while the tree over them stays.
//!
//! A declaration and the list of what it covers are one transaction; the list stands in the table `emptied`, so that whoever comes later can finish what somebody else
//! declared, though the event never says whom it was about. Emptying is another transaction, which asks for a checkpoint behind the declaration first.
//!
//! When a row is emptied, the commitments to its groups are computed from what it holds and kept beside it: its leaf stays what it was. Of rows that are deleted the tiles keep the
//! leaf. What tables beside the log repeat of a row goes with it.

mod empty;
mod find;
mod scrub;

use annals_event::Encoded;
use annals_store::backend::{self, Effect, Ledger as _, OWN_SPACE, unbelievable};
use annals_store::{
    CarriedOut, Declared, ErasingStore, Erasure, ErasurePlan, Error, ErrorKind, MAX_COVERED, Remains, Selection,
    Wording,
};
use rusqlite::params;

use self::find::Fate;
use crate::ledger::Ledger;
use crate::row::{counted, stored};
use crate::sql;
use crate::store::SqliteStore;
use crate::writer::{Ending, Writing};

/// How many dead letters one transaction looks at.
const LETTERS_A_TIME: u64 = 1_000;

impl ErasingStore for SqliteStore {
    fn plan_erasure(&self, erasure: &Erasure) -> Result<ErasurePlan, Error> {
        let mut plan = ErasurePlan::default();
        let mut by_type = std::collections::BTreeMap::<String, u64>::new();
        let limit = self.readers().read(|connection| find::row_limit(connection, erasure))?;
        let mut next = Some(0);
        while let Some(from) = next {
            let (looked, more) = self.readers().read(|connection| find::look(connection, erasure, from))?;
            for row in looked {
                match row.fate {
                    Fate::Goes if limit.is_none_or(|limit| row.seq < limit) => {
                        plan.n_events += 1;
                        plan.span = Some((plan.span.map_or(row.seq, |(first, _)| first), row.seq));
                        *by_type.entry(row.event_type).or_default() += 1;
                    }
                    Fate::Spared => plan.n_spared += 1,
                    Fate::KeptForEver => plan.n_kept_for_ever += 1,
                    _ => {}
                }
            }
            next = more;
        }
        plan.by_type = by_type.into_iter().collect();
        plan.missing = self.readers().read(|connection| find::missing(connection, erasure))?;
        plan.n_dead_letters = self.all_letters(erasure, Letters::All)?.len() as u64;
        plan.n_unfinished = self.unfinished_erasures()?.len() as u64;
        Ok(plan)
    }

    fn declare_erasure(&self, erasure: &Erasure, wording: Wording<'_>, from: u64) -> Result<Option<Declared>, Error> {
        let (found, next) = self.next_to_go(erasure, from)?;
        let letters = if from == 0 { self.all_letters(erasure, Letters::Undeclared)? } else { Vec::new() };
        if found.is_empty() && letters.is_empty() {
            return Ok(None);
        }
        self.writer()?.transaction(|writing| {
            // Somebody else may have erased some of them meanwhile.
            let mut covered = Vec::with_capacity(found.len());
            for seq in &found {
                if find::goes(writing.connection, erasure, *seq).map_err(|error| writing.failed(error))? {
                    covered.push(*seq);
                }
            }
            if covered.is_empty() && letters.is_empty() {
                return Ok(Ending::Nothing(None));
            }
            let event = backend::declared_by(&erasure.what, wording, &covered, letters.len() as u64);
            let mut ledger = Ledger::open(writing, 1)?;
            let seq = ledger.put_own(&event, OWN_SPACE, wording.credential)?;
            put_emptied(ledger.writing(), seq, &covered)?;
            for letter in &letters {
                execute(ledger.writing(), sql::CONDEMN_DEAD_LETTER, [stored(*letter)])?;
            }
            ledger.finish()?;
            Ok(Ending::Commit(Some(Declared { seq, n_rows: covered.len() as u64, next })))
        })
    }

    fn unfinished_erasures(&self) -> Result<Vec<Declared>, Error> {
        let declared = self.readers().read(|connection| {
            connection
                .prepare_cached(sql::ERASURES)?
                .query_map([], |row| Ok((counted(row, 0)?, row.get::<_, Option<String>>(1)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let mut unfinished = Vec::new();
        for (seq, details) in declared {
            // What can't be read is `verify`'s to tell.
            let Ok(declaration) = backend::read_declaration(seq, details.as_deref()) else { continue };
            let is_open: bool = self.readers().read(|connection| {
                connection
                    .prepare_cached(sql::IS_UNFINISHED)?
                    .query_row(params![stored(seq), declaration.effect == Effect::Deleted], |row| row.get(0))
            })?;
            if is_open {
                unfinished.push(Declared { seq, n_rows: declaration.count, next: None });
            }
        }
        Ok(unfinished)
    }

    fn carry_out(&self, declared: u64) -> Result<CarriedOut, Error> {
        self.writer()?.transaction(|writing| {
            let failed = |error| writing.failed(error);
            let event = crate::read::by_seq(writing.connection, declared).map_err(failed)?;
            let event = event
                .filter(|event| matches!(event.event_type.as_str(), "audit.erased" | "audit.pruned"))
                .ok_or_else(|| unbelievable(declared, "is none"))?;
            let declaration = backend::read_declaration(declared, event.details.as_deref())?;
            let is_sealed: bool = writing
                .connection
                .prepare_cached(sql::IS_SEALED)
                .and_then(|mut is_sealed| is_sealed.query_row([stored(declared)], |row| row.get(0)))
                .map_err(failed)?;
            if !is_sealed {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!(
                        "the erasure that event {declared} declares is under no checkpoint, so it is not carried out"
                    ),
                ));
            }
            let covered = writing
                .connection
                .prepare_cached(sql::EMPTIED_BY)
                .and_then(|mut emptied| {
                    emptied
                        .query_map([stored(declared)], |row| counted(row, 0))?
                        .collect::<rusqlite::Result<Vec<u64>>>()
                })
                .map_err(failed)?;
            if covered.len() as u64 != declaration.count || backend::digest(&covered) != declaration.digest {
                return Err(unbelievable(declared, "covers other rows than it says"));
            }
            let ids = empty::empty(writing, declared, declaration.effect, &covered)?;
            execute(writing, sql::ASK_FOR_SCRUB, [])?;
            Ok(if ids.is_empty() { Ending::Nothing(CarriedOut::default()) } else { Ending::Commit(CarriedOut { ids }) })
        })
    }

    fn empty_dead_letters(&self, erasure: &Erasure) -> Result<u64, Error> {
        let mut n_emptied = 0;
        let mut next = Some(0);
        while let Some(from) = next {
            let (meant, more) = self.letters_meant(erasure, Letters::All, from)?;
            if !meant.is_empty() {
                self.writer()?.transaction(|writing| {
                    for gap_seq in &meant {
                        execute(writing, sql::EMPTY_DEAD_LETTER, [stored(*gap_seq)])?;
                    }
                    execute(writing, sql::ASK_FOR_SCRUB, [])?;
                    Ok(Ending::Commit(()))
                })?;
                n_emptied += meant.len() as u64;
            }
            next = more;
        }
        Ok(n_emptied)
    }

    fn scrub(&self) -> Result<Vec<Remains>, Error> {
        // The writer's own checks: that the store is open, and the database still the one that was opened.
        self.writer()?.transaction(|_| Ok(Ending::Nothing(())))?;
        scrub::scrub(self.location())
    }
}

impl SqliteStore {
    /// The next rows that one declaration covers, and where the next one begins.
    fn next_to_go(&self, erasure: &Erasure, from: u64) -> Result<(Vec<u64>, Option<u64>), Error> {
        let limit = self.readers().read(|connection| find::row_limit(connection, erasure))?;
        let mut rows = Vec::new();
        let mut next = Some(from);
        while let Some(from) = next {
            let (looked, more) = self.readers().read(|connection| find::look(connection, erasure, from))?;
            let going = looked.into_iter().filter(|row| row.fate == Fate::Goes).map(|row| row.seq);
            rows.extend(going.filter(|seq| limit.is_none_or(|limit| *seq < limit)));
            next = more.filter(|more| limit.is_none_or(|limit| *more < limit));
            if MAX_COVERED <= rows.len() {
                rows.truncate(MAX_COVERED);
                if limit.is_some() {
                    find::cut(&mut rows);
                }
                next = rows.last().map(|last| last + 1);
                break;
            }
        }
        Ok((rows, next))
    }

    fn all_letters(&self, erasure: &Erasure, which: Letters) -> Result<Vec<u64>, Error> {
        let mut all = Vec::new();
        let mut next = Some(0);
        while let Some(from) = next {
            let (meant, more) = self.letters_meant(erasure, which, from)?;
            all.extend(meant);
            next = more;
        }
        Ok(all)
    }

    /// Dead letters that are meant, and where to look on. Nobody knows when they would have been recorded; each lies with the event that declares it, whose time is looked at.
    fn letters_meant(&self, erasure: &Erasure, which: Letters, from: u64) -> Result<(Vec<u64>, Option<u64>), Error> {
        self.readers().read(|connection| {
            let mut statement = connection.prepare_cached(sql::DEAD_LETTERS)?;
            let mut rows = statement.query(params![stored(from), stored(LETTERS_A_TIME)])?;
            let (mut meant, mut n_looked, mut last) = (Vec::new(), 0, from);
            while let Some(row) = rows.next()? {
                n_looked += 1;
                last = counted(row, 0)?;
                if row.get(2)? {
                    meant.extend((which == Letters::All).then_some(last));
                    continue;
                }
                let declared = crate::read::by_seq(connection, last)?;
                let is_spared = declared.is_some_and(|declared| erasure.spare_since <= declared.recorded_at);
                let payload = row.get_ref(1)?.as_bytes().unwrap_or_default();
                if !is_spared && is_meant(&erasure.what, payload) {
                    meant.push(last);
                }
            }
            Ok((meant, (n_looked == LETTERS_A_TIME).then_some(last + 1)))
        })
    }
}

/// Which dead letters are looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Letters {
    /// Those that are meant and that no declaration counted yet.
    Undeclared,
    /// Also those that an erasure declared, whichever it was, and left.
    All,
}

/// Whether a refused event is meant. Of one that can't be read the bytes are searched, rather too much than too little.
fn is_meant(selection: &Selection, payload: &[u8]) -> bool {
    match Encoded::decode(payload) {
        Ok(event) => selection.means(&event),
        Err(_) => match selection {
            Selection::User(user) => {
                !user.is_empty() && payload.windows(user.len()).any(|window| window == user.as_bytes())
            }
            Selection::Events(ids) => payload.get(..16).is_some_and(|head| ids.iter().any(|id| id.as_bytes() == head)),
            Selection::Details { .. } | Selection::Rows { .. } => false,
        },
    }
}

fn put_emptied(writing: &Writing<'_>, by: u64, covered: &[u64]) -> Result<(), Error> {
    covered.iter().try_for_each(|seq| execute(writing, sql::PUT_EMPTIED, params![stored(by), stored(*seq)]))
}

fn execute(writing: &Writing<'_>, statement: &str, values: impl rusqlite::Params) -> Result<(), Error> {
    let done = writing.connection.prepare_cached(statement).and_then(|mut statement| statement.execute(values));
    done.map(drop).map_err(|error| writing.failed(error))
}
