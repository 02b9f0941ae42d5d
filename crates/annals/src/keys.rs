//! The log's private key, in a file beside the database that nobody else may read.
//!
//! `log.key` holds it. A key is written out, whole and flushed, before the database pins it, under a name that says what it is for: `log.key.next` while a rotation is on its way, and
//! `log.key.<log id>` while a log goes on under a new name. So a crash at any step leaves the pinned key findable, and whoever looks for it next puts it in its place. Keys of names
//! that were given up stay as `log.key.<log id>`.
//!
//! Which key is the right one is the database's to say, see [`crate::seal`]; a file here that is not that one signs nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use annals_store::{Error, ErrorKind, LogId, origin_of};
use annals_tlog::{KeyName, Origin, SignerKey, VerifierKey};
use zeroize::Zeroizing;

use crate::files::{self, Lock};

/// How long to wait for another process that puts a key in its place.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys of one data directory.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    data: PathBuf,
}

impl Keys {
    pub(crate) fn in_data(data: &Path) -> Self {
        Self { data: data.to_path_buf() }
    }

    /// Where the key in force lies.
    pub(crate) fn path(&self) -> PathBuf {
        self.data.join("log.key")
    }

    fn path_of_next(&self) -> PathBuf {
        self.data.join("log.key.next")
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.data.join(format!("log.key.{name}"))
    }

    /// The key in `log.key`, whatever it is for.
    pub(crate) fn current(&self) -> Result<Option<SignerKey>, Error> {
        read(&self.path())
    }

    /// The private half of this key, if it is here; one that a crash left on its way is put in its place.
    pub(crate) fn find(&self, key: &VerifierKey) -> Result<Option<SignerKey>, Error> {
        let current = self.current()?;
        if current.as_ref().is_some_and(|current| current.verifier() == key) {
            return Ok(current);
        }
        for path in [self.path_of_next(), self.path_of(tail(key.name()))] {
            if let Some(found) = read(&path)?.filter(|found| found.verifier() == key) {
                self.install(&path)?;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether the private half of this key is here. Moves nothing.
    pub(crate) fn look_for(&self, key: &VerifierKey) -> Result<bool, Error> {
        for path in [self.path(), self.path_of_next(), self.path_of(tail(key.name()))] {
            if read(&path)?.is_some_and(|found| found.verifier() == key) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The private half of a key that is no longer in force, if it is here. Moves nothing.
    pub(crate) fn find_old(&self, key: &VerifierKey) -> Result<Option<SignerKey>, Error> {
        for path in [self.path(), self.path_of(tail(key.name()))] {
            if let Some(found) = read(&path)?.filter(|found| found.verifier() == key) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The key for a log that never had one: made if nobody else has made it meanwhile, and never in place of one of the same name.
    pub(crate) fn make(&self, origin: &Origin) -> Result<SignerKey, Error> {
        let mut random = [0; 4];
        fill(&mut random)?;
        let temporary = self.path_of(&format!("{:08x}.tmp", u32::from_be_bytes(random)));
        let key = fresh(origin)?;
        write(&temporary, &key)?;
        let made = self.name_or_read(&temporary, origin, key);
        // Whatever it became, its name for the meantime goes.
        let _ = fs::remove_file(&temporary);
        made
    }

    fn name_or_read(&self, temporary: &Path, origin: &Origin, key: SignerKey) -> Result<SignerKey, Error> {
        let path = self.path();
        match fs::hard_link(temporary, &path) {
            Ok(()) => return files::sync_folder(&self.data).map(|()| key),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(files::explain(&path, "could not be made", error)),
        }
        let is_ours = |found: &SignerKey| found.verifier().name().as_str() == origin.as_str();
        // What is there is another process's of this moment, or that of a log which was taken away; only one may put it aside.
        if let Some(found) = self.current()?.filter(is_ours) {
            return Ok(found);
        }
        let _lock = self.lock()?;
        if let Some(found) = self.current()?.filter(is_ours) {
            return Ok(found);
        }
        self.install(temporary)?;
        Ok(key)
    }

    /// Makes a key and writes it where a rotation leaves it until it is pinned.
    pub(crate) fn make_next(&self, origin: &Origin) -> Result<(SignerKey, NotInForce), Error> {
        self.make_at(self.path_of_next(), origin)
    }

    /// Makes the key of a new name of the log and writes it where it is found once that is in force.
    pub(crate) fn make_for(&self, log: LogId) -> Result<(SignerKey, NotInForce), Error> {
        self.make_at(self.path_of(&log.to_string()), &origin_of(log))
    }

    fn make_at(&self, path: PathBuf, origin: &Origin) -> Result<(SignerKey, NotInForce), Error> {
        let key = fresh(origin)?;
        write(&path, &key)?;
        files::sync_folder(&self.data)?;
        Ok((key, NotInForce(path)))
    }

    /// Puts a key that is in force now in its place; one of another log that lies there stays beside it.
    #[expect(clippy::needless_pass_by_value, reason = "what is in force can't be discarded any more")]
    pub(crate) fn put_in_force(&self, key: NotInForce) -> Result<(), Error> {
        self.install(&key.0)
    }

    /// Takes away a key that never came into force.
    #[expect(clippy::unused_self, reason = "a key goes by the hands that made it")]
    pub(crate) fn discard(&self, key: &NotInForce) {
        let _ = fs::remove_file(&key.0);
    }

    /// Puts this key into `log.key`.
    pub(crate) fn import(&self, key: &SignerKey) -> Result<(), Error> {
        let _lock = self.lock()?;
        let temporary = self.path_of("import.tmp");
        write(&temporary, key)?;
        self.install(&temporary)
    }

    /// Only one process at a time replaces a key. What is done by two all the same (a move that is mended) comes to the same end.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        Lock::take(&self.path_of("lock"), PATIENCE)
    }

    /// Gives the file the name `log.key`. What has the name now keeps another, unless it is an older key of the same log, which is of no use any more.
    fn install(&self, from: &Path) -> Result<(), Error> {
        let Some(key) = read(from)? else { return Ok(()) };
        // A file that is no key is worth keeping too.
        let aside = match self.current() {
            Ok(current) => current.map(|current| current.verifier().name().clone()),
            Err(_) => "damaged".parse().ok(),
        };
        if let Some(name) = aside.filter(|name| name != key.verifier().name()) {
            match fs::hard_link(self.path(), self.path_of(tail(&name))) {
                Err(error) if !matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {
                    return Err(files::explain(&self.path(), "could not be put aside", error));
                }
                _ => {}
            }
        }
        match fs::rename(from, self.path()) {
            // Another process has just done it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(files::explain(&self.path(), "could not be replaced", error)),
            Ok(()) => files::sync_folder(&self.data),
        }
    }
}

/// The file of a key that nothing is signed with yet.
pub(crate) struct NotInForce(PathBuf);

/// Reads a private key's text, such as a user brings it back.
pub(crate) fn parse(text: &str) -> Option<SignerKey> {
    SignerKey::from_str(text.trim()).ok()
}

/// 16 random bytes for a name that nobody else has.
pub(crate) fn random_name() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    fill(&mut bytes).map(|()| bytes)
}

/// What tells a name's key from others in a file name: the log id, which is the end of its origin.
fn tail(name: &KeyName) -> &str {
    name.as_str().rsplit('/').next().unwrap_or_default()
}

fn fresh(origin: &Origin) -> Result<SignerKey, Error> {
    let name = origin
        .as_str()
        .parse()
        .map_err(|error| Error::new(ErrorKind::Invalid, format!("the origin `{origin}` can't name a key: {error}")))?;
    let mut seed = Zeroizing::new([0; 32]);
    fill(seed.as_mut_slice())?;
    Ok(SignerKey::from_seed(name, &seed))
}

/// A key must never be guessed: without the system's randomness there is none.
fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes)
        .map_err(|error| Error::new(ErrorKind::Io, format!("the system gives no random bits: {error}")))
}

fn write(path: &Path, key: &SignerKey) -> Result<(), Error> {
    let text = Zeroizing::new(key.to_secret_text() + "\n");
    files::write_flushed(path, text.as_bytes())
}

fn read(path: &Path) -> Result<Option<SignerKey>, Error> {
    let Some(bytes) = files::read(path)?.map(Zeroizing::new) else { return Ok(None) };
    let key = str::from_utf8(&bytes).ok().and_then(parse).ok_or_else(|| {
        Error::new(
            ErrorKind::Corrupt,
            format!("`{}` is no private key (hint: bring the key back with `annals key import FILE`)", path.display()),
        )
    })?;
    Ok(Some(key))
}

#[cfg(test)]
mod tests;
