//! Where the log was before it moved here: a file in the data directory, by which journals that know no more than the old address are told to be this log's.
//!
//! A line for each place: the digest of its address, as a journal's target has it, and the log's name. It lies beside the journals and not in the database, since an address may be one of this
//! directory: `annals.db` of another one is another log.

use std::path::{Path, PathBuf};

use annals_store::{Error, LogId};

use crate::files;

/// The file of one data directory.
pub(super) struct Moved(PathBuf);

impl Moved {
    pub(super) fn in_data(data: &Path) -> Self {
        Self(data.join("moved"))
    }

    /// Writes down that this log was at the place of this address. Once is enough.
    pub(super) fn remember(&self, address: &[u8; 32], log: LogId) -> Result<(), Error> {
        if self.has(address, |known| known == log.to_string()) {
            return Ok(());
        }
        let mut text = self.text()?;
        text.push_str(&line(address, log));
        let whole = self.0.with_extension("tmp");
        files::write_flushed(&whole, text.as_bytes())?;
        files::replace(&whole, &self.0)
    }

    /// Whether one of these logs was at the place of this address.
    pub(super) fn has(&self, address: &[u8; 32], is_log: impl Fn(&str) -> bool) -> bool {
        // What can't be read says of no journal that it is ours; it waits.
        let text = self.text().unwrap_or_default();
        let address = hex(address);
        text.lines().filter_map(|line| line.split_once(' ')).any(|(known, log)| known == address && is_log(log))
    }

    fn text(&self) -> Result<String, Error> {
        let bytes = files::read(&self.0)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn line(address: &[u8; 32], log: LogId) -> String {
    format!("{} {log}\n", hex(address))
}

fn hex(bytes: &[u8; 32]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // A text takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
