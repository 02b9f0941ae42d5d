//! The platform's place for a program's data, with `annals` in it.
//!
//! Three short rules instead of a crate: what the XDG base directory specification, macOS and Windows say.
//! On Windows it is the local folder and not the roaming one, which is copied between machines while a database in it is open.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The data directory, from the environment's variables; `None` when there is no home.
pub(super) fn platform(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name| variable(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        path("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        path("HOME")?.join("Library/Application Support")
    } else {
        // A relative path is to be ignored, says the specification.
        let named = path("XDG_DATA_HOME").filter(|path| Path::is_absolute(path));
        match named {
            Some(named) => named,
            None => path("HOME")?.join(".local/share"),
        }
    };
    Some(base.join("annals"))
}

#[cfg(test)]
mod tests;
