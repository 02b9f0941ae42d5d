//! The log that is attacked: made by recording through the library, with everything in it that a log of some age has.
//!
//! Several processes recorded, some of them died; events were dropped, refused and lost to a damaged file, and each loss declared; operations were left open; the key was changed; somebody was erased,
//! old events were pruned. Between the steps the database is copied, for whoever will put an older copy back.

pub(crate) mod forgetting;
mod losses;

use std::fs;
use std::path::{Path, PathBuf};

use annals::{Audit, Mode, Settings};
use annals_tlog::SignerKey;
use anyhow::{Context, ensure};

use crate::child::{Child, Role};
use crate::random::Random;
use crate::{attack, folder, work};

/// The log, closed and sealed, and its older copies.
pub(crate) struct Original {
    /// A data directory without journals, key or WAL.
    pub(crate) data: PathBuf,
    /// Database files of before, oldest first.
    pub(crate) older: Vec<PathBuf>,
    /// How many events the newest checkpoint covers.
    pub(crate) n_sealed: u64,
    /// How many there are.
    pub(crate) n_events: u64,
    /// The keys that it was ever signed with, oldest first.
    pub(crate) keys: Vec<SignerKey>,
}

impl Original {
    /// Makes it in this folder.
    pub(crate) fn make(folder: &Path, seed: u64) -> anyhow::Result<Self> {
        let mut making = Making {
            live: folder.join("live"),
            folder: folder.to_path_buf(),
            older: Vec::new(),
            keys: Vec::new(),
            random: Random::of_try(seed, "original", 0),
        };
        for step in STEPS {
            step(&mut making)?;
            making.keep_copy()?;
        }
        making.record(40)?;
        // The last copy would be no older one if nothing came after it.
        let data = folder.join("original");
        folder::copy_evidence(&making.live, &data)?;
        let connection = attack::open(&data.join(folder::DATABASE))?;
        let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned);
        let n_sealed = count("SELECT max(size) FROM checkpoint")?;
        let n_events = count("SELECT max(seq) + 1 FROM event")?;
        ensure!(n_sealed == n_events, "closing left {n_events} events, {n_sealed} of them under a checkpoint");
        Ok(Self { data, older: making.older, n_sealed, n_events, keys: making.keys })
    }
}

/// The steps by which a log gets old.
const STEPS: &[fn(&mut Making) -> anyhow::Result<()>] = &[
    |making| making.record(150),
    losses::target_lost,
    Making::record_beside,
    losses::shed,
    Making::die,
    |making| making.record(100),
    losses::dead_letter,
    losses::damaged,
    |making| making.with(|audit| Ok(audit.rotate_key().map(drop)?)),
    |making| making.record(150),
    |making| making.with(forgetting::erase_user),
    |making| making.with(forgetting::prune_details),
    Making::record_beside,
    |making| making.record(200),
    |making| making.with(forgetting::prune_details),
    |making| making.with(forgetting::prune_rows),
    |making| making.record(300),
    |making| making.with(forgetting::erase_user),
    |making| making.record(100),
];

/// A log while it is made.
pub(crate) struct Making {
    folder: PathBuf,
    /// The data directory in which it lives.
    live: PathBuf,
    older: Vec<PathBuf>,
    keys: Vec<SignerKey>,
    random: Random,
}

impl Making {
    /// One process records, and closes.
    fn record(&mut self, n_events: u64) -> anyhow::Result<()> {
        let audit = self.open()?;
        work::record(&audit, &mut self.random, n_events)?;
        Ok(audit.close()?)
    }

    /// A service does something else than record.
    fn with(&mut self, work: fn(&Audit) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let audit = self.open()?;
        work(&audit)?;
        Ok(audit.close()?)
    }

    /// Three processes record beside each other.
    fn record_beside(&mut self) -> anyhow::Result<()> {
        let children: Vec<Child> = (0..3)
            .map(|_| Child::start(Role::Some, &self.live, self.random.number()))
            .collect::<anyhow::Result<_>>()?;
        children.into_iter().try_for_each(Child::end)
    }

    /// A process dies while it records, and the next one takes over what it left.
    fn die(&mut self) -> anyhow::Result<()> {
        let mut child = Child::start(Role::Forever, &self.live, self.random.number())?;
        child.wait_for_word()?;
        child.kill()?;
        self.record(20)
    }

    fn open(&self) -> anyhow::Result<Audit> {
        Ok(Audit::with_settings(&Settings::new(&self.live))?)
    }

    /// Keeps the database as it is now.
    fn keep_copy(&mut self) -> anyhow::Result<()> {
        let copy = self.folder.join(format!("older-{:02}.db", self.older.len()));
        settle(&self.live)?;
        fs::copy(self.live.join(folder::DATABASE), &copy).context("cannot keep an older copy")?;
        self.older.push(copy);
        let key: SignerKey = fs::read_to_string(self.live.join("log.key"))?.trim().parse()?;
        if self.keys.last().is_none_or(|last| last.verifier() != key.verifier()) {
            self.keys.push(key);
        }
        Ok(())
    }
}

/// Has SQLite bring everything into the one file.
pub(crate) fn settle(data: &Path) -> anyhow::Result<()> {
    let connection = attack::open(&data.join(folder::DATABASE))?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// Has one process take over whatever dead ones left behind.
pub(crate) fn adopt(data: &Path) -> anyhow::Result<()> {
    // Synchronously nothing is adopted, so that this is a service like any other.
    let audit = Audit::with_settings(&Settings::new(data).mode(Mode::Asynchronous))?;
    audit.record(annals::Event::new("context.built").actor("witness"))?;
    audit.flush()?;
    Ok(audit.close()?)
}
