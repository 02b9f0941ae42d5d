//! Which settings are in force: flag over environment over `annals.toml` over default.
//!
//! The service keeps the table of settings and where each value came from; this module only brings the layers in their order.
//! The data directory comes first, since the file lies in it: it can be given by flag or environment, never by the file.

mod directory;
mod environment;
mod file;
mod server;

use std::fs;
use std::path::{Path, PathBuf};

use annals::{Origin, Settings};
use annals_event::Types;

use crate::arguments::Common;
use crate::failure::Failure;

pub(crate) use self::server::ServerSettings;

/// The settings for a command that works on the trail of this machine.
pub(crate) fn load(common: &Common) -> Result<Settings, Failure> {
    let settings = load_anywhere(common)?;
    check_is_here(&settings)?;
    Ok(settings)
}

/// The settings, also where a server keeps the trail.
pub(crate) fn load_anywhere(common: &Common) -> Result<Settings, Failure> {
    load_with_server(common).map(|(settings, _)| settings)
}

/// Refuses what would look at the trail of this machine where a server keeps it.
pub(crate) fn check_is_here(settings: &Settings) -> Result<(), Failure> {
    let Some(server) = settings.server_address() else { return Ok(()) };
    Err(Failure::usage(format!(
        "the server `{server}` keeps this trail, says {} (hint: look at {server}/ in a browser, or give `--set server=` for the trail of this machine)",
        place(settings, "server")
    )))
}

/// The same with those of a server.
pub(crate) fn load_with_server(common: &Common) -> Result<(Settings, ServerSettings), Failure> {
    environment::check()?;
    let mut server = ServerSettings::default();
    let data = data_directory(common)?;
    let mut settings = Settings::new(&data);
    file::apply(&mut settings, &mut server, &data.join("annals.toml"))?;
    let mut settings = settings.and_env()?;
    server.apply_env()?;
    if let Some(data) = &common.data {
        settings.set("data", data, flag("--data"))?;
    }
    if let Some(url) = &common.database_url {
        settings.set("database_url", url, flag("--database-url"))?;
    }
    for pair in &common.set {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`--set` is `{pair}` (hint: give NAME=VALUE; `annals config` lists the names)"))
        })?;
        if server::is_server(name.trim()) {
            server.set(name.trim(), value.trim(), flag("--set"))?;
        } else {
            settings.set(name.trim(), value.trim(), flag("--set"))?;
        }
    }
    types(&settings)?;
    Ok((settings, server))
}

/// Makes the folder above the platform's data directory, which a fresh account may lack. A directory that somebody named is theirs to make way for:
/// a slip of the pen would otherwise become a second log.
pub(crate) fn make_way(settings: &Settings) -> Result<(), Failure> {
    let is_named = settings.list().iter().any(|setting| setting.name == "data" && setting.origin != Origin::Default);
    match settings.data().parent() {
        Some(parent) if !is_named => fs::create_dir_all(parent).map_err(|error| {
            Failure::could_not(format!("could not make `{}`: {error} (hint: give `--data DIR`)", parent.display()))
        }),
        _ => Ok(()),
    }
}

/// Whether the data lie where they would without a word from anybody.
pub(crate) fn is_default_data(settings: &Settings) -> bool {
    directory::platform(|name| std::env::var_os(name)).is_some_and(|platform| platform == settings.data())
}

/// The event types that the settings allow.
pub(crate) fn types(settings: &Settings) -> Result<Types, Failure> {
    Types::with(names(settings, "audit_event_types"))
        .map_err(|invalid| Failure::from(invalid).within(&place(settings, "audit_event_types")))
}

/// A setting as whoever set it knows it: by its variable, or with the file that it stands in.
fn place(settings: &Settings, name: &str) -> String {
    match settings.list().into_iter().find(|setting| setting.name == name).map(|setting| setting.origin) {
        Some(Origin::Environment(variable)) => format!("`{variable}`"),
        Some(Origin::File(path)) => format!("`{name}` in `{}`", path.display()),
        _ => format!("`{name}`"),
    }
}

/// The names that a setting lists.
pub(crate) fn names(settings: &Settings, name: &str) -> Vec<String> {
    let text = value(settings, name);
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A setting's value as text.
pub(crate) fn value(settings: &Settings, name: &str) -> String {
    settings.list().into_iter().find(|setting| setting.name == name).map(|setting| setting.value).unwrap_or_default()
}

/// Where the data lies, whatever else is set.
pub(crate) fn data_directory(common: &Common) -> Result<PathBuf, Failure> {
    if let Some(data) = &common.data {
        return Ok(Path::new(data).to_owned());
    }
    match std::env::var_os("ANNALS_DATA") {
        Some(data) if !data.is_empty() => Ok(data.into()),
        _ => directory::platform(|name| std::env::var_os(name)).ok_or_else(|| {
            Failure::usage("no data directory is known, since the environment names no home (hint: give `--data DIR` or set `ANNALS_DATA`)")
        }),
    }
}

fn flag(name: &str) -> Origin {
    Origin::Flag(name.to_owned())
}
