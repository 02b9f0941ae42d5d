//! Which database an address names, and how it is opened.
//!
//! This is the one place that knows which backends there are; everybody else has a store, or asks for the file where only a file will do. An address of PostgreSQL may hold a password, so that
//! it is never shown whole.

mod list;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_sqlite::SqliteStore;
use annals_store::moving::Target;
use annals_store::{EventStore, OpenMode, Opening};

use crate::{Error, ErrorKind};

/// What an address looks like.
#[cfg(feature = "postgres")]
pub(crate) const ADDRESS: &str = "`sqlite:PATH`, a path without `?`, or `postgres://USER@HOST/DATABASE`";
/// What an address looks like.
#[cfg(not(feature = "postgres"))]
pub(crate) const ADDRESS: &str = "`sqlite:PATH`, a path without `?`";

/// How an address of PostgreSQL begins.
const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];

/// A database.
#[derive(Clone)]
pub(crate) enum Database {
    /// The SQLite file at this path.
    File(PathBuf),
    /// The database of PostgreSQL with this address, and where it tells what others write, if not there.
    #[cfg(feature = "postgres")]
    Postgres(String, Option<String>),
}

impl Database {
    /// Reads an address; none means `annals.db` in the data directory. An error does not repeat it, since it may hold a password.
    pub(crate) fn of(data: &Path, url: Option<&str>) -> Result<Self, Error> {
        match url {
            None => Ok(Self::File(data.join("annals.db"))),
            Some(url) if is_postgres(url) => postgres(url),
            Some(url) => sqlite_path(url).map(Self::File).ok_or_else(|| {
                Error::new(
                    ErrorKind::Setting,
                    format!("`database_url` is no address that this version opens (hint: give {ADDRESS})"),
                )
            }),
        }
    }

    /// Has it told at this address what others write, where it is one that tells.
    #[cfg(feature = "postgres")]
    pub(crate) fn listen_at(&mut self, url: &str) -> Result<(), Error> {
        if let Self::Postgres(_, listen_at) = self {
            annals_postgres::identity(url).map_err(|error| bad_address("listen_url", &error))?;
            *listen_at = Some(url.to_owned());
        }
        Ok(())
    }

    /// A file tells nothing.
    #[cfg(not(feature = "postgres"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "another database does")]
    pub(crate) fn listen_at(&mut self, _: &str) -> Result<(), Error> {
        Ok(())
    }

    /// The file, where it is one.
    #[cfg_attr(not(feature = "postgres"), expect(clippy::unnecessary_wraps, reason = "only a file is one"))]
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            #[cfg(feature = "postgres")]
            Self::Postgres(..) => None,
        }
    }

    /// The file, for what only a file will do.
    pub(crate) fn needs_file(&self) -> Result<&Path, Error> {
        self.file().ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                "the log is in PostgreSQL, which has no file to copy or to put back (hint: use `pg_dump` and `pg_restore`, then `annals verify`; a restored log goes on after `annals checkpoint --accept-rollback`)",
            )
        })
    }

    /// What tells it from other databases, without a secret.
    #[cfg_attr(not(feature = "postgres"), expect(clippy::unnecessary_wraps, reason = "only an address can be wrong"))]
    pub(crate) fn identity(&self, data: &Path) -> Result<String, Error> {
        let path = match self {
            Self::File(path) => path,
            #[cfg(feature = "postgres")]
            Self::Postgres(url, _) => {
                return annals_postgres::identity(url).map_err(|error| bad_address("database_url", &error));
            }
        };
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let path = absolute(path);
        Ok(format!("sqlite:{}", path.strip_prefix(absolute(data)).unwrap_or(&path).display()))
    }

    /// Opens it.
    pub(crate) fn open(&self, mode: OpenMode, opening: Opening) -> Result<Arc<dyn EventStore>, annals_store::Error> {
        match self {
            Self::File(path) => Ok(Arc::new(SqliteStore::open_as(path, mode, opening)?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(url, listen_at) => {
                let mut opening = annals_postgres::Opening::from(opening);
                if let Some(url) = listen_at {
                    opening = opening.listening_at(url);
                }
                Ok(Arc::new(annals_postgres::PostgresStore::open_as(url, mode, opening)?))
            }
        }
    }
}

impl Database {
    /// How far its tables are, from 1; 0 where there are none. Nothing is changed.
    pub(crate) fn format(&self) -> Result<u64, annals_store::Error> {
        match self {
            Self::File(path) => SqliteStore::format_at(path),
            #[cfg(feature = "postgres")]
            Self::Postgres(url, _) => annals_postgres::format(url),
        }
    }

    /// Opens it to bring a log into it; a file's folder must be there.
    pub(crate) fn open_to_copy_into(&self) -> Result<Box<dyn Target>, annals_store::Error> {
        match self {
            Self::File(path) => SqliteStore::open_to_copy_into(path),
            #[cfg(feature = "postgres")]
            Self::Postgres(url, _) => annals_postgres::PostgresStore::open_to_copy_into(url),
        }
    }
}

/// As messages call it.
impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            #[cfg(feature = "postgres")]
            Self::Postgres(url, _) => formatter.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Database({self})")
    }
}

/// Whether a text has the shape of an address. What is wrong with the rest of one of PostgreSQL is told when it is opened.
pub(crate) fn is_address(url: &str) -> bool {
    is_postgres(url) || sqlite_path(url).is_some()
}

/// An address as it may be shown: one of PostgreSQL without the password, wherever it stands, any other as it is.
pub(crate) fn without_password(url: &str) -> String {
    if list::is_list(url) {
        return list::without_password(url);
    }
    let Some((scheme, rest)) = url.split_once("://").filter(|_| is_postgres(url)) else { return url.to_owned() };
    let (before, parameters) = rest.split_once('?').map_or((rest, None), |(before, after)| (before, Some(after)));
    let (user, place) = before.split_once('@').map_or(("", before), |(user, place)| (user, place));
    // A password that was not escaped ends nobody knows where.
    if place.contains('@') || parameters.is_some_and(|parameters| parameters.contains('@')) {
        return format!("{scheme}://[not shown]");
    }
    let mut shown = format!("{scheme}://");
    if before.contains('@') {
        shown.push_str(user.split_once(':').map_or(user, |(user, _)| user));
        shown.push('@');
    }
    shown.push_str(place);
    let is_open = |parameter: &&str| {
        let name = parameter.split_once('=').map_or(*parameter, |(name, _)| name);
        // A name that is written in another way than plainly may be that of a password.
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !name.contains("pass")
    };
    for (n, parameter) in parameters.into_iter().flat_map(|it| it.split('&')).filter(is_open).enumerate() {
        shown.push(if n == 0 { '?' } else { '&' });
        shown.push_str(parameter);
    }
    shown
}

/// Whether it is meant for an address of PostgreSQL: a URL of its scheme, or a list of `libpq`'s. A file's name is behind `sqlite:` and is neither.
pub(crate) fn is_postgres(url: &str) -> bool {
    POSTGRES.iter().any(|scheme| url.starts_with(scheme)) || list::is_list(url)
}

/// The file that an address names. Forms that SQLite elsewhere takes for something else than a file (`:memory:`, `?mode=ro`) name none.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (!path.is_empty() && !path.contains('?') && !path.starts_with(':')).then(|| PathBuf::from(path))
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Result<Database, Error> {
    annals_postgres::identity(url).map_err(|error| bad_address("database_url", &error))?;
    Ok(Database::Postgres(url.to_owned(), None))
}

/// A database of PostgreSQL can be named and not be opened.
#[cfg(not(feature = "postgres"))]
fn postgres(_: &str) -> Result<Database, Error> {
    Err(Error::new(
        ErrorKind::Setting,
        "`database_url` names a database of PostgreSQL, and this program was built without the feature `postgres` of the crate `annals` (hint: build it with that feature, or give `sqlite:PATH`)",
    ))
}

#[cfg(feature = "postgres")]
fn bad_address(setting: &str, error: &annals_store::Error) -> Error {
    Error::new(ErrorKind::Setting, format!("`{setting}`: {error}"))
}

#[cfg(test)]
mod tests;
