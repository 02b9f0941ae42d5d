//! `annals.toml` in the data directory: flat, `name = value`, the names those of the settings.
//!
//! A key that is no setting and a value that cannot be read are errors that name the file and the key: a setting that is silently not in force is found out too late.

use std::fs;
use std::io;
use std::path::Path;

use annals::{Origin, Settings};
use toml::{Table, Value};

use super::server::{ServerSettings, is_server};
use crate::failure::Failure;

/// Brings the file's values in; a file that is not there has none.
pub(super) fn apply(settings: &mut Settings, server: &mut ServerSettings, path: &Path) -> Result<(), Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(Failure::usage(format!(
                "`{}` is not valid UTF-8 (hint: TOML is written in UTF-8)",
                path.display()
            )));
        }
        Err(error) => {
            let hint = match error.kind() {
                io::ErrorKind::PermissionDenied => {
                    "ask its owner for the right to read it, or give another data directory with `--data DIR`"
                }
                _ => "a file of settings, or none, must be there",
            };
            return Err(Failure::could_not(format!("could not read `{}`: {error} (hint: {hint})", path.display())));
        }
    };
    for (name, text) in read(&text).map_err(|failure| failure.within(&format!("`{}`", path.display())))? {
        let origin = Origin::File(path.to_owned());
        if is_server(&name) {
            let within = |failure: Failure| failure.within(&format!("`{}`", path.display()));
            server.set(&name, &text, origin).map_err(within)?;
            continue;
        }
        settings.set(&name, &text, origin).map_err(|error| {
            let failure = Failure::from(error);
            let names_file = failure.message().contains(&path.display().to_string());
            if names_file { failure } else { failure.within(&format!("`{}`", path.display())) }
        })?;
    }
    Ok(())
}

/// The file's names and values as text.
fn read(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        let problem = error.message().replace('\n', ", ");
        Failure::usage(format!(
            "line {line} is no TOML: {problem} (hint: a line looks like `audit_record_timeout = \"30s\"`)"
        ))
    })?;
    table.into_iter().map(|(name, value)| Ok((setting(&name)?, plain(&name, &value)?))).collect()
}

fn setting(name: &str) -> Result<String, Failure> {
    if name == "data" {
        return Err(Failure::usage(
            "`data` can't be set in the file that lies in it (hint: give `--data DIR` or set `ANNALS_DATA`)",
        ));
    }
    Ok(name.to_owned())
}

/// A value as it would be given on the command line; a list is joined by commas.
fn plain(name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(switch) => Ok(switch.to_string()),
        Value::Array(values) => {
            let texts: Result<Vec<_>, _> = values.iter().map(|value| plain(name, value)).collect();
            Ok(texts?.join(","))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => {
            let kind = value.type_str();
            Err(Failure::usage(format!(
                "`{name}` is a {kind} (hint: give a string, a whole number, true or false, or a list of strings)"
            )))
        }
    }
}

#[cfg(test)]
mod tests;
