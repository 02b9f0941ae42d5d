//! `annals key`: show the log's public key, replace the key, or bring the private one back.

use std::io::Read;
use std::path::Path;

use annals::{KeyState, LogKey};

use super::checkpoint;
use crate::arguments::{Common, Key, KeyAction};
use crate::failure::{self, Exit, Failure};
use crate::output::{Field, Fields, Format, Output};
use crate::reading::Reading;
use crate::settings;

/// More than any key has.
const MAX_BYTES: u64 = 64 << 10;

/// Does what is asked for.
pub(super) fn run(common: &Common, key: &Key) -> Result<Exit, Failure> {
    let settings = settings::load(common)?;
    let to_write = key.on_rollback.applied_to(settings.clone());
    match (key.action, &key.file) {
        (KeyAction::Show, None) => {
            let evidence = Reading::of(&settings)?.audit.evidence()?;
            let evidence =
                evidence.ok_or_else(|| Failure::could_not("this database keeps nothing that a key could sign"))?;
            print(common, &evidence.origin, &evidence.key)?;
            Ok(if evidence.key.state == KeyState::NotMade { Exit::Partly } else { Exit::Done })
        }
        (KeyAction::Rotate, None) => {
            let audit = checkpoint::open_existing(&settings, to_write)?;
            let rotation = audit.rotate_key()?;
            audit.close()?;
            checkpoint::print(common, &rotation)?;
            Ok(Exit::Done)
        }
        (KeyAction::Import, Some(file)) => {
            let text = read(file)?;
            let audit = checkpoint::open_existing(&settings, to_write)?;
            let imported = audit.import_key(&text)?;
            // What was recorded without the key is signed now.
            let newest = audit.checkpoint()?;
            audit.close()?;
            print(common, &newest.origin, &imported)?;
            Ok(Exit::Done)
        }
        (_, _) => Err(Failure::usage("`FILE` is for `import` alone (hint: `annals key import FILE`)")),
    }
}

fn print(common: &Common, origin: &str, key: &LogKey) -> Result<(), Failure> {
    let fields = [
        ("key", Field::text(key.vkey.as_deref())),
        ("origin", Field::Text(origin.to_owned())),
        ("private_key", Field::Text(key.state.as_str().to_owned())),
        ("path", Field::Text(key.path.display().to_string())),
    ];
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        // Not cut to the screen's width: a key is there to be copied.
        for (name, field) in &fields {
            if let Field::Text(text) = field {
                output.line(&format!("{name:<12} {text}"))?;
            }
        }
    } else {
        Fields::default().write(&mut output, &fields)?;
    }
    output.flush()?;
    match key.state {
        KeyState::NotMade => failure::note("this log has no key yet (hint: `annals checkpoint` makes one)"),
        KeyState::Missing | KeyState::Other => failure::note(
            "the private key is not here, and the log is not sealed (hint: bring it back with `annals key import FILE`)",
        ),
        _ => {}
    }
    if is_open_to_others(&key.path) {
        let path = key.path.display();
        failure::note(&format!(
            "others on this machine may read `{path}`, and sign in this log's name (hint: `chmod 600`, and `annals key rotate` if somebody did)"
        ));
    }
    Ok(())
}

/// Whether anybody but its owner may read a file.
#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

/// The text of a private key; what is wrong is told without any of it.
fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MAX_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::could_not(format!("`{}` could not be read: {error}", file.display())))?;
    Ok(text)
}
