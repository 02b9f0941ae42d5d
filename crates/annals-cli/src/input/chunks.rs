//! A source of bytes that never makes its reader deaf.
//!
//! A read from a pipe may wait for ever, so that a thread of its own does it and hands over chunks, a few ahead; the command waits for them in short steps and can be
//! interrupted in between. The thread ends with its source or with the process.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::arguments::Source;
use crate::failure::Failure;

/// How many bytes are read at once.
const CHUNK_BYTES: usize = 64 << 10;
/// How many chunks may be read ahead.
const N_AHEAD: usize = 4;
/// How long a wait for a chunk takes at most, which is how late Ctrl-C may be noticed.
const STEP: Duration = Duration::from_millis(50);

/// What is read.
pub(crate) struct Input {
    reader: Box<dyn Read + Send>,
    /// The file itself, where it can be read a second time.
    file: Option<File>,
    name: String,
    n_bytes: Option<u64>,
}

impl Input {
    /// Opens the source.
    pub(crate) fn open(source: &Source) -> Result<Self, Failure> {
        let path = match source {
            Source::Input => {
                let name = "standard input".to_owned();
                return Ok(Self { reader: Box::new(io::stdin()), file: None, name, n_bytes: None });
            }
            Source::File(path) => path,
        };
        let name = format!("`{}`", path.display());
        let opened = || -> io::Result<Self> {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            if metadata.is_dir() {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            let again = if metadata.is_file() { Some(file.try_clone()?) } else { None };
            let n_bytes = metadata.is_file().then_some(metadata.len());
            Ok(Self { reader: Box::new(file), file: again, name: name.clone(), n_bytes })
        };
        opened().map_err(|error| unreadable(&name, &error))
    }

    /// The number of bytes, where it is known.
    pub(crate) fn n_bytes(&self) -> Option<u64> {
        self.n_bytes
    }

    /// Begins to read.
    pub(crate) fn chunks(self) -> Result<Chunks, Failure> {
        let Self { mut reader, name, .. } = self;
        let (sender, receiver) = sync_channel(N_AHEAD);
        let read = move || {
            loop {
                let mut chunk = vec![0; CHUNK_BYTES];
                let sent = match reader.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(n_bytes) => {
                        chunk.truncate(n_bytes);
                        sender.send(Ok(chunk))
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => sender.send(Err(error)),
                };
                if sent.is_err() {
                    return;
                }
            }
        };
        let started = thread::Builder::new().name("input".to_owned()).spawn(read);
        started.map_err(|error| Failure::could_not(format!("could not start the thread that reads: {error}")))?;
        Ok(Chunks { receiver, name })
    }

    /// Begins to read for the first of two times, and says from where the second reads the same.
    ///
    /// A file is read twice. Of anything else, what the first reading keeps lies meanwhile in a file that has no name, so that nobody else can open it and it is
    /// gone with the process; its bytes are on a disk all the same, so that only what has no secrets is kept.
    pub(crate) fn twice(mut self) -> Result<(Chunks, Spool), Failure> {
        let n_bytes = self.n_bytes;
        let spool = if let Some(file) = self.file.take() {
            Spool { file: BufWriter::new(file), is_copy: false, n_bytes }
        } else {
            let file = tempfile::tempfile()
                .map_err(|error| Failure::could_not(format!("could not make a temporary file: {error}")))?;
            Spool { file: BufWriter::new(file), is_copy: true, n_bytes }
        };
        Ok((self.chunks()?, spool))
    }
}

/// Where a source that is read twice is kept.
pub(crate) struct Spool {
    file: BufWriter<File>,
    is_copy: bool,
    n_bytes: Option<u64>,
}

impl Spool {
    /// Whether the second reading is of what was kept.
    pub(crate) fn is_copy(&self) -> bool {
        self.is_copy
    }

    /// Keeps bytes that have no secret in them.
    pub(crate) fn keep(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.file.write_all(line).map_err(|error| {
            Failure::could_not(format!(
                "could not write a temporary file: {error} (hint: give the input as a file, which needs none)"
            ))
        })
    }

    /// The same bytes again.
    pub(crate) fn again(self) -> Result<Input, Failure> {
        let name = "the input's second reading".to_owned();
        let mut file = self.file.into_inner().map_err(|error| unreadable(&name, error.error()))?;
        file.seek(SeekFrom::Start(0)).map_err(|error| unreadable(&name, &error))?;
        let n_bytes = self.n_bytes.or_else(|| file.metadata().ok().map(|metadata| metadata.len()));
        Ok(Input { reader: Box::new(file), file: None, name, n_bytes })
    }
}

/// What a short wait for the next chunk brought.
pub(crate) enum Next {
    /// Bytes.
    Chunk(Vec<u8>),
    /// Nothing yet.
    NotYet,
    /// The end.
    End,
}

/// The chunks of a source.
pub(crate) struct Chunks {
    receiver: Receiver<io::Result<Vec<u8>>>,
    name: String,
}

impl Chunks {
    /// Waits a short while for the next chunk.
    pub(crate) fn next(&self) -> Result<Next, Failure> {
        match self.receiver.recv_timeout(STEP) {
            Ok(Ok(chunk)) => Ok(Next::Chunk(chunk)),
            Ok(Err(error)) => Err(unreadable(&self.name, &error)),
            Err(RecvTimeoutError::Timeout) => Ok(Next::NotYet),
            Err(RecvTimeoutError::Disconnected) => Ok(Next::End),
        }
    }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::could_not(format!("could not read {name}: {error}"))
}
