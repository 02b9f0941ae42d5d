//! Making content go: which rows are meant, what is declared of them, and how they are emptied while the tree over them stays.
//!
//! A declaration and the list of what it covers are one transaction; the list stands in the table `emptied`, so that whoever comes later can finish what somebody else
//! declared, though the event never says whom it was about. Emptying is another transaction, which asks for a checkpoint behind the declaration first.
//!
//! When a row is emptied, the commitments to its groups are computed from what it holds and kept beside it: its leaf stays what it was. Of rows that are deleted the tiles keep the
//! leaf. What tables beside the log repeat of a row goes with it.

mod empty;
mod find;

use annals_event::Encoded;
use annals_store::backend::{self, Effect, Ledger as _, OWN_SPACE, unbelievable};
use annals_store::{
    CarriedOut, Declared, ErasingStore, Erasure, ErasurePlan, Error, ErrorKind, MAX_COVERED, Remains, Selection,
    Wording,
};

use self::find::Fate;
use crate::connection::Parameter;
use crate::failure::Trouble;
use crate::ledger::{Ledger, seqs};
use crate::row::{counted, stored};
use crate::sql;
use crate::store::PostgresStore;
use crate::writer::{Ending, Writing};

/// How many dead letters one transaction looks at.
const LETTERS_A_TIME: u64 = 1_000;
/// Where content was that went.
const SCRUBBED_TABLES: [&str; 8] = [
    "event",
    "commitment",
    "dead_letter",
    "producer",
    "open_operation",
    "idempotency",
    "entry_usage",
    "entry_readings",
];

impl ErasingStore for PostgresStore {
    fn plan_erasure(&self, erasure: &Erasure) -> Result<ErasurePlan, Error> {
        let mut plan = ErasurePlan::default();
        let mut by_type = std::collections::BTreeMap::<String, u64>::new();
        let limit = self.pool().read(|connection| find::row_limit(connection, erasure))?;
        let mut next = Some(0);
        while let Some(from) = next {
            let (looked, more) = self.pool().read(|connection| find::look(connection, erasure, from))?;
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
        plan.missing = self.pool().read(|connection| find::missing(connection, erasure))?;
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
        self.transaction(|writing| {
            // Somebody else may have erased some of them meanwhile.
            let covered = find::still(writing.connection, erasure, &found).map_err(|error| writing.failed(error))?;
            if covered.is_empty() && letters.is_empty() {
                return Ok(Ending::Nothing(None));
            }
            let event = backend::declared_by(&erasure.what, wording, &covered, letters.len() as u64);
            let mut ledger = Ledger::open(writing)?;
            let seq = ledger.put_own(&event, OWN_SPACE, wording.credential)?;
            put_emptied(&mut ledger, seq, &covered)?;
            for letter in &letters {
                execute(ledger.writing(), sql::CONDEMN_DEAD_LETTER, &[&stored(*letter)])?;
            }
            ledger.finish()?;
            Ok(Ending::Commit(Some(Declared { seq, n_rows: covered.len() as u64, next })))
        })
    }

    fn unfinished_erasures(&self) -> Result<Vec<Declared>, Error> {
        let declared = self.pool().read(|connection| {
            let rows = connection.rows(sql::ERASURES, &[])?;
            rows.iter()
                .map(|row| Ok((counted(row, 0)?, row.try_get::<_, Option<String>>(1)?)))
                .collect::<Result<Vec<_>, _>>()
        })?;
        let mut unfinished = Vec::new();
        for (seq, details) in declared {
            // What can't be read is `verify`'s to tell.
            let Ok(declaration) = backend::read_declaration(seq, details.as_deref()) else { continue };
            let is_open: bool = self.pool().read(|connection| {
                let is_deleted = declaration.effect == Effect::Deleted;
                Ok(connection.one(sql::IS_UNFINISHED, &[&stored(seq), &is_deleted])?.try_get(0)?)
            })?;
            if is_open {
                unfinished.push(Declared { seq, n_rows: declaration.count, next: None });
            }
        }
        Ok(unfinished)
    }

    fn carry_out(&self, declared: u64) -> Result<CarriedOut, Error> {
        self.transaction(|writing| {
            let failed = |error: Trouble| writing.failed(error);
            let event = crate::read::by_seq(writing.connection, declared).map_err(failed)?;
            let event = event
                .filter(|event| matches!(event.event_type.as_str(), "audit.erased" | "audit.pruned"))
                .ok_or_else(|| unbelievable(declared, "is none"))?;
            let declaration = backend::read_declaration(declared, event.details.as_deref())?;
            let sealed = writing.connection.one(sql::IS_SEALED, &[&stored(declared)]);
            let is_sealed: bool = sealed.and_then(|row| Ok(row.try_get(0)?)).map_err(failed)?;
            if !is_sealed {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!(
                        "the erasure that event {declared} declares is under no checkpoint, so it is not carried out"
                    ),
                ));
            }
            let covered = seqs(writing.connection, sql::EMPTIED_BY, &[&stored(declared)]).map_err(failed)?;
            if covered.len() as u64 != declaration.count || backend::digest(&covered) != declaration.digest {
                return Err(unbelievable(declared, "covers other rows than it says"));
            }
            let ids = empty::empty(writing, declared, declaration.effect, &covered)?;
            execute(writing, sql::ASK_FOR_SCRUB, &[])?;
            Ok(if ids.is_empty() { Ending::Nothing(CarriedOut::default()) } else { Ending::Commit(CarriedOut { ids }) })
        })
    }

    fn empty_dead_letters(&self, erasure: &Erasure) -> Result<u64, Error> {
        let mut n_emptied = 0;
        let mut next = Some(0);
        while let Some(from) = next {
            let (meant, more) = self.letters_meant(erasure, Letters::All, from)?;
            if !meant.is_empty() {
                self.transaction(|writing| {
                    for gap_seq in &meant {
                        execute(writing, sql::EMPTY_DEAD_LETTER, &[&stored(*gap_seq)])?;
                    }
                    execute(writing, sql::ASK_FOR_SCRUB, &[])?;
                    Ok(Ending::Commit(()))
                })?;
                n_emptied += meant.len() as u64;
            }
            next = more;
        }
        Ok(n_emptied)
    }

    fn scrub(&self) -> Result<Vec<Remains>, Error> {
        scrub(self)
    }
}

/// Has the server write the tables anew that hold what was emptied. Its log, its standbys and its backups hold old pages until they age out, which nobody can ask of it.
fn scrub(store: &PostgresStore) -> Result<Vec<Remains>, Error> {
    // The writer's own checks: that the store is open, and the log still the one that was opened.
    let n_emptied: i64 = store.transaction(|writing| {
        let row = writing.connection.one(sql::TO_SCRUB, &[]);
        row.and_then(|row| Ok(row.try_get(0)?)).map(Ending::Nothing).map_err(|error| writing.failed(error))
    })?;
    if n_emptied == 0 {
        return Ok(Vec::new());
    }
    let connection = store.pool().take()?;
    for table in SCRUBBED_TABLES {
        if let Err(trouble) = connection.rows(sql::REWRITE, &[&table]) {
            let error = trouble.of(store.address());
            return Ok(vec![match error.kind() {
                ErrorKind::Busy => Remains::Reader,
                ErrorKind::StorageFull => Remains::NoRoom(error.to_string()),
                _ => Remains::Failed(error.to_string()),
            }]);
        }
    }
    drop(connection);
    store.transaction(|writing| execute(writing, sql::SCRUBBED, &[&n_emptied]).map(Ending::Commit))?;
    Ok(Vec::new())
}

impl PostgresStore {
    /// The next rows that one declaration covers, and where the next one begins.
    fn next_to_go(&self, erasure: &Erasure, from: u64) -> Result<(Vec<u64>, Option<u64>), Error> {
        let limit = self.pool().read(|connection| find::row_limit(connection, erasure))?;
        let mut rows = Vec::new();
        let mut next = Some(from);
        while let Some(from) = next {
            let (looked, more) = self.pool().read(|connection| find::look(connection, erasure, from))?;
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
        self.pool().read(|connection| {
            let rows = connection.rows(sql::DEAD_LETTERS, &[&stored(from), &stored(LETTERS_A_TIME)])?;
            let (mut meant, mut last) = (Vec::new(), from);
            for row in &rows {
                last = counted(row, 0)?;
                if row.try_get(2)? {
                    meant.extend((which == Letters::All).then_some(last));
                    continue;
                }
                let declared = crate::read::by_seq(connection, last)?;
                let is_spared = declared.is_some_and(|declared| erasure.spare_since <= declared.recorded_at);
                if !is_spared && is_meant(&erasure.what, row.try_get(1)?) {
                    meant.push(last);
                }
            }
            let n_looked = rows.len() as u64;
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

fn put_emptied(ledger: &mut Ledger<'_, '_>, by: u64, covered: &[u64]) -> Result<(), Error> {
    let covered: Vec<i64> = covered.iter().map(|seq| stored(*seq)).collect();
    let put = ledger.connection()?.execute(sql::PUT_EMPTIED, &[&stored(by), &covered]);
    put.map(drop).map_err(|error| ledger.writing().failed(error))
}

fn execute(writing: &Writing<'_>, statement: &'static str, values: &[&dyn Parameter]) -> Result<(), Error> {
    writing.connection.execute(statement, values).map(drop).map_err(|error| writing.failed(error))
}
