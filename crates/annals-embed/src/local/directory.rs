//! The files of a model, each read once, and one digest over all that was read.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::tensors::{BadTensors, Tensors};
use crate::SettingsError;

/// A text file of a model is not nearly so long; the largest are vocabularies of many languages.
const MAX_TEXT: u64 = 256 << 20;
/// How much of the digest stands in the model's identity, in hexadecimal digits.
const N_DIGITS: usize = 16;

/// A model's directory.
pub(super) struct Directory {
    path: PathBuf,
    digest: Sha256,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self, SettingsError> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(Self { path: path.to_owned(), digest: Sha256::new() }),
            Ok(_) => Err(SettingsError::new(
                "model",
                format!("`{}` is a file (hint: give the directory in which the model's files lie)", path.display()),
            )),
            Err(error) => Err(SettingsError::new(
                "model",
                format!(
                    "`{}` can't be opened: {error} (hint: the path of a directory on this machine; nothing is downloaded)",
                    path.display()
                ),
            )),
        }
    }

    /// The directory's name, and a digest over the names and bytes of all files that were read.
    pub(super) fn identity(&self) -> String {
        // The real name, where the path ends in a dot.
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let name = path.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned());
        let digest = self.digest.clone().finalize();
        let digits: String = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(N_DIGITS).map(digit).collect();
        format!("{name}@{digits}")
    }

    /// What is wrong with a file, and what would be right.
    pub(super) fn wrong(&self, name: &str, problem: &str, hint: &str) -> SettingsError {
        SettingsError::new("model", format!("`{}` {problem} (hint: {hint})", self.path.join(name).display()))
    }

    /// The bytes of a file that must be there.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, SettingsError> {
        self.bytes_if_there(name)?.ok_or_else(|| self.missing(name))
    }

    /// The object in a file that must be there.
    pub(super) fn json(&mut self, name: &str) -> Result<Value, SettingsError> {
        let bytes = self.bytes(name)?;
        self.parsed(name, &bytes)
    }

    /// The JSON in a file that may be missing.
    pub(super) fn json_if_there(&mut self, name: &str) -> Result<Option<Value>, SettingsError> {
        self.bytes_if_there(name)?.map(|bytes| self.parsed(name, &bytes)).transpose()
    }

    /// The numbers in a file that must be there.
    pub(super) fn tensors(&mut self, name: &str) -> Result<Tensors, SettingsError> {
        let Some((file, n_bytes)) = self.file(name)? else { return Err(self.missing(name)) };
        self.begin(name, n_bytes);
        let mut reader = Hashing { file, digest: &mut self.digest };
        Tensors::read(&mut reader, n_bytes).map_err(|bad| match bad {
            BadTensors::Unreadable(error) => self.unreadable(name, &error),
            BadTensors::Wrong(problem) => {
                self.wrong(name, &problem, "copy it again; it has to be a whole file in the format safetensors")
            }
        })
    }

    fn bytes_if_there(&mut self, name: &str) -> Result<Option<Vec<u8>>, SettingsError> {
        let Some((file, n_bytes)) = self.file(name)? else { return Ok(None) };
        if MAX_TEXT < n_bytes {
            return Err(self.wrong(name, &format!("has {n_bytes} bytes"), "no model has one of nearly that size"));
        }
        let mut bytes = Vec::new();
        file.take(MAX_TEXT).read_to_end(&mut bytes).map_err(|error| self.unreadable(name, &error))?;
        self.begin(name, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.digest.update(&bytes);
        Ok(Some(bytes))
    }

    fn file(&self, name: &str) -> Result<Option<(File, u64)>, SettingsError> {
        let path = self.path.join(name);
        // Looked at first, since opening what is no file, such as a pipe, may never come back.
        let found = match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(name, &error)),
            Ok(found) if !found.is_file() => return Err(self.wrong(name, "is no file", "put the model's file there")),
            Ok(found) => found,
        };
        let file = File::open(path).map_err(|error| self.unreadable(name, &error))?;
        Ok(Some((file, found.len())))
    }

    /// Tells the digest where a file begins, so that no two sets of files are the same bytes.
    fn begin(&mut self, name: &str, n_bytes: u64) {
        self.digest.update(name.as_bytes());
        self.digest.update([0]);
        self.digest.update(n_bytes.to_le_bytes());
    }

    fn parsed(&self, name: &str, bytes: &[u8]) -> Result<Value, SettingsError> {
        serde_json::from_slice(bytes).map_err(|error| {
            self.wrong(name, &format!("is no JSON: {error}"), "copy it again; it may have been cut off")
        })
    }

    fn missing(&self, name: &str) -> SettingsError {
        self.wrong(name, "is missing", "a model has `config.json`, `tokenizer.json` and `model.safetensors`")
    }

    fn unreadable(&self, name: &str, error: &std::io::Error) -> SettingsError {
        self.wrong(name, &format!("can't be read: {error}"), "look at its permissions")
    }
}

/// A file that is digested as it is read.
struct Hashing<'a> {
    file: File,
    digest: &'a mut Sha256,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n_read = self.file.read(buffer)?;
        self.digest.update(&buffer[..n_read]);
        Ok(n_read)
    }
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).expect("half a byte is a hexadecimal digit")
}
