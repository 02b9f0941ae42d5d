//! Where the data directory keeps what, and where the log itself is.

mod database;
mod moved;

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use annals_event::{ProducerId, Timestamp};
use annals_journal::Target;
use annals_store::{EventStore, LogId, OpenMode, Opening};
use sha2::{Digest, Sha256};

use crate::keys::Keys;
use crate::place::moved::Moved;
use crate::published::Published;
use crate::settings::{Values, address};
use crate::{Error, ErrorKind};

pub(crate) use database::{ADDRESS, Database, is_address, is_postgres, without_password};

/// The places of one data directory.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    data: PathBuf,
    database: Database,
    /// What stands for the database in a journal's target; it holds no secret. A file stands there relative to the data directory where it lies inside, so that the whole directory can be moved.
    address: String,
    /// The server that keeps the log, where it is not kept here.
    server: Option<Server>,
}

/// How a server is reached.
#[derive(Clone)]
pub(crate) struct Server {
    address: String,
    #[cfg(feature = "forward")]
    token: annals_forward::Token,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Server").field(&self.address).finish()
    }
}

impl Place {
    /// Reads where the log is kept: by a server, or in the database of this address; none means `annals.db` in the data directory.
    pub(crate) fn of(values: &Values) -> Result<Self, Error> {
        let mut place = Self::new(&values.data, values.database_url.as_deref())?;
        if let Some(url) = &values.listen_url {
            place.database.listen_at(url)?;
        }
        let Some(server) = &values.server else { return Ok(place) };
        let address = address::server(server).ok_or_else(|| {
            // It is not repeated, since it may hold a password.
            Error::new(
                ErrorKind::Setting,
                format!("`server` is no address that this version speaks to (hint: give {})", address::SERVER),
            )
        })?;
        place.address = format!("server:{address}");
        place.server = Some(Server {
            address,
            #[cfg(feature = "forward")]
            token: match (&values.token, &values.token_file) {
                (Some(token), _) => annals_forward::Token::Given(token.clone()),
                (None, Some(path)) => annals_forward::Token::File(path.clone()),
                (None, None) => annals_forward::Token::None,
            },
        });
        Ok(place)
    }

    /// Reads the database's address; none means `annals.db` in the data directory.
    pub(crate) fn new(data: &Path, database_url: Option<&str>) -> Result<Self, Error> {
        Self::at(data, &Database::of(data, database_url)?)
    }

    /// The places of a data directory whose log is in this database.
    pub(crate) fn at(data: &Path, database: &Database) -> Result<Self, Error> {
        let database = database.clone();
        let address = database.identity(data)?;
        Ok(Self { data: data.to_path_buf(), database, address, server: None })
    }

    /// Makes the data directory if only its last part is missing. What lies above is the user's to make, so that a slip in a path makes no tree.
    pub(crate) fn make(&self) -> Result<(), annals_store::Error> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&self.data) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => {
                let path = self.data.display();
                let (kind, hint) = match error.kind() {
                    io::ErrorKind::NotFound => (
                        annals_store::ErrorKind::NotFound,
                        "make the folder above it first, or give another with `--data`",
                    ),
                    io::ErrorKind::PermissionDenied => {
                        (annals_store::ErrorKind::Permission, "give a folder that this user may write")
                    }
                    io::ErrorKind::StorageFull => {
                        (annals_store::ErrorKind::StorageFull, "make room on this file system")
                    }
                    io::ErrorKind::ReadOnlyFilesystem => {
                        (annals_store::ErrorKind::ReadOnly, "give a folder on a file system that can be written")
                    }
                    _ => (annals_store::ErrorKind::Io, "look at the path"),
                };
                Err(annals_store::Error::with_source(
                    kind,
                    format!("could not make the data directory `{path}`: {error} (hint: {hint})"),
                    error,
                ))
            }
        }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The database.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The database's file, where it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.database.file()
    }

    /// The folder of the journals.
    pub(crate) fn journals(&self) -> PathBuf {
        self.data.join("journal")
    }

    /// The log's key.
    pub(crate) fn keys(&self) -> Keys {
        Keys::in_data(&self.data)
    }

    /// The checkpoints outside the database.
    pub(crate) fn published(&self) -> Published {
        Published::in_data(&self.data)
    }

    /// What a journal that begins now is written for.
    pub(crate) fn target(&self, log: Option<LogId>) -> Target {
        // A server's log id is not told to journals: whoever opens that log as a database must not take them for its own.
        let log = log.filter(|_| self.server.is_none()).map(|log| *log.as_bytes());
        Target { address: Sha256::digest(self.address.as_bytes()).into(), log }
    }

    /// Whether a journal found here was written for this database: by its log id where it knew one, else by the database's address.
    pub(crate) fn is_ours(&self, target: &Target, store: &dyn EventStore) -> bool {
        match target.log {
            Some(_) if self.server.is_some() => false,
            Some(log) => {
                let (id, history) = store.log_ids();
                let log = LogId::from_bytes(log);
                log == id || history.contains(&log)
            }
            None => target.address == self.target(None).address || self.was_at(&target.address, Some(store)),
        }
    }

    /// Whether the log of this store was at the place of this address before it moved here; without a store, whether any log was.
    pub(crate) fn was_at(&self, address: &[u8; 32], store: Option<&dyn EventStore>) -> bool {
        let Some(store) = store else { return Moved::in_data(&self.data).has(address, |_| true) };
        let (log, earlier) = store.log_ids();
        Moved::in_data(&self.data)
            .has(address, |name| log.to_string() == name || earlier.iter().any(|earlier| earlier.to_string() == name))
    }

    /// Writes down that this log is at another place from now on, for the journals that are left here.
    pub(crate) fn moves_away(&self, log: LogId) -> Result<(), annals_store::Error> {
        Moved::in_data(&self.data).remember(&self.target(None).address, log)
    }

    /// The address of the server that keeps the log, where one does.
    pub(crate) fn server(&self) -> Option<&str> {
        self.server.as_ref().map(|server| server.address.as_str())
    }

    /// The way to the server, which contacts nobody yet; `None` where the log is kept here. `timeout` bounds one request.
    #[cfg(feature = "forward")]
    pub(crate) fn way(&self, timeout: Duration) -> Option<annals_forward::ForwardStore> {
        let server = self.server.as_ref()?;
        Some(annals_forward::ForwardStore::new(&server.address, server.token.clone(), timeout))
    }

    /// Opens the way to the server that keeps the log.
    #[cfg(feature = "forward")]
    pub(crate) fn open_way(&self, timeout: Duration) -> Option<Result<Arc<dyn EventStore>, annals_store::Error>> {
        self.way(timeout).map(|way| Ok(Arc::new(way) as Arc<dyn EventStore>))
    }

    /// A server can be named and not be reached.
    #[cfg(not(feature = "forward"))]
    pub(crate) fn open_way(&self, _: Duration) -> Option<Result<Arc<dyn EventStore>, annals_store::Error>> {
        let server = self.server.as_ref()?;
        let message =
            format!("this program was built without the feature `forward`, which speaks to `{}`", server.address);
        Some(Err(annals_store::Error::new(annals_store::ErrorKind::Invalid, message)))
    }

    /// Opens the database for recording, making it and its folder where they are missing.
    pub(crate) fn open_for_writing(&self, opening: Opening) -> Result<Arc<dyn EventStore>, annals_store::Error> {
        self.make()?;
        self.database.open(OpenMode::ReadWriteCreate, opening.with_outside(Arc::new(self.published())))
    }

    /// Opens a database that was cut or put back, to have it go on under a new name and for nothing else.
    pub(crate) fn open_cut(&self) -> Result<Arc<dyn EventStore>, annals_store::Error> {
        self.database.open(OpenMode::ReadWriteCreate, Opening::default().accepting_rollback())
    }

    /// Opens the database for reading alone: makes nothing, changes nothing.
    pub(crate) fn open_for_reading(&self) -> Result<Arc<dyn EventStore>, annals_store::Error> {
        self.database.open(OpenMode::ReadOnly, Opening::default())
    }
}

/// A journal as a reader sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Waiting {
    /// Whose journal it is.
    pub producer: ProducerId,
    /// How many events its files hold that the database has not; of a database that is not open, or is a server's, nobody asks, and some may be durable already. 0 for a journal that cannot be read.
    pub n_events: u64,
    /// What is to be expected of it.
    pub state: WaitingState,
    /// When the first of them was recorded, as far as that is known.
    pub since: Option<Timestamp>,
    /// Whether it was written for the log of this service: its database, or its server.
    pub is_ours: bool,
}

/// What is to be expected of a journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum WaitingState {
    /// Its process lives and drains it.
    Live,
    /// Its process is gone; the next one that records here drains it.
    Dead,
    /// A newer Annals wrote it in this version of the format; only that one drains it.
    Newer(u16),
    /// It was written for another database, and waits for it.
    Foreign,
    /// Its header is damaged, so that nobody knows for which database it is. It is left alone.
    Damaged,
}
