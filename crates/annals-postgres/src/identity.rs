//! What tells one database from another whoever names it, and holds no secret.

use std::collections::BTreeSet;

use annals_store::Error;
use tokio_postgres::config::Host;

use crate::address::Address;

/// What stands for a database wherever it has to be known again: its servers with their ports, in one order, and its name. Neither the user nor the password nor any parameter is in it, so
/// that a new password makes no new database. Nobody is contacted.
///
/// Errors: `Invalid` for what is no address, which never repeats it.
pub fn identity(url: &str) -> Result<String, Error> {
    let address = Address::parse(url)?;
    let config = address.config();
    let servers = address.servers().iter().map(|server| {
        let port = server.port;
        match (&server.host, server.at) {
            (Some(Host::Tcp(name)), _) => format!("{}:{port}", name.to_ascii_lowercase()),
            #[cfg(unix)]
            (Some(Host::Unix(folder)), _) => format!("{}:{port}", folder.display()),
            (None, at) => format!("{}:{port}", at.map(|at| at.to_string()).unwrap_or_default()),
        }
    });
    let servers: BTreeSet<String> = servers.collect();
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    let servers: Vec<String> = servers.into_iter().collect();
    Ok(format!("postgres:{}/{database}", servers.join(",")))
}

#[cfg(test)]
mod tests {
    //! One database has one identity, and a secret has none.

    use super::identity;

    #[test]
    fn one_database_is_known_again_whoever_names_it() {
        for url in [
            "postgres://db.example/annals",
            "postgresql://DB.example:5432/annals",
            "postgres://ann:secret@db.example/annals?application_name=x&connect_timeout=3",
            "postgres://other@db.example/annals",
            "postgres:///annals?host=db.example",
        ] {
            assert_eq!(identity(url).unwrap(), "postgres:db.example:5432/annals", "{url}");
        }
        let several = identity("postgres://two:5433,one/annals").unwrap();
        assert_eq!(several, identity("postgres://u@one:5432,two:5433/annals").unwrap());
        assert_ne!(several, identity("postgres://one/annals").unwrap());
        assert_ne!(identity("postgres://h/a").unwrap(), identity("postgres://h/b").unwrap());
        assert_eq!(identity("postgres://u:p@/a?host=/run/pg").unwrap(), "postgres:/run/pg:5432/a");
    }

    #[test]
    fn what_names_no_database_is_refused_without_being_repeated() {
        for url in ["postgres://", "postgres:///annals", "postgres://u:hush@h:x/a", "postgres://u:hu@sh@h/a"] {
            let error = identity(url).unwrap_err().to_string();
            assert!(!error.contains("hush") && !error.contains("hu@") && !error.contains("sh@"), "{url}: {error}");
            assert!(error.starts_with("the address of the database"), "{error}");
        }
    }
}
