//! Points this data directory at a server, by a few lines of ours in its `annals.toml`, so that whatever records here, a client's hook or wrapper first of all, forwards.
//!
//! The file was chosen over words in each client's settings: one place to change, and the token's file is named where only its owner reads.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use annals::{Origin, Settings};

use crate::failure::Failure;

const BEGIN: &str = "# annals setup --server: begin";
const END: &str = "# annals setup --server: end";

/// The new text of the file; `None` where nothing changes.
pub(super) fn planned(settings: &Settings, url: &str, token_file: Option<&Path>) -> Result<Option<String>, Failure> {
    let mut checked = settings.clone();
    checked
        .set("server", url, Origin::Flag("--server".to_owned()))
        .map_err(|error| Failure::from(error).within("`--server`"))?;
    let address = checked.server_address().unwrap_or_default().to_owned();
    let mut lines = vec![BEGIN.to_owned(), format!("server = {}", quoted(&address)?)];
    if let Some(file) = token_file {
        let absolute = std::path::absolute(file).map_err(|error| Failure::usage(format!("`--token-file`: {error}")))?;
        let text = absolute.to_str().ok_or_else(|| Failure::usage("`--token-file` is not valid UTF-8"))?;
        fs::metadata(&absolute).map_err(|error| Failure::usage(format!("`--token-file` is `{text}`: {error}")))?;
        lines.push(format!("token_file = {}", quoted(text)?));
    }
    lines.push(END.to_owned());
    let old = text_of(settings)?;
    let rest = without_ours(&old);
    let names = |line: &str| line.split('=').next().map(|name| name.trim().to_owned());
    if let Some(name) = rest.lines().filter_map(names).find(|name| name == "server" || name == "token_file") {
        return Err(Failure::usage(format!(
            "`annals.toml` in the data directory has a line `{name}` of somebody else's (hint: change it there, or take it out first)"
        )));
    }
    // At the top, where no table can have begun.
    let new = format!("{}\n{rest}", lines.join("\n"));
    Ok((new != old).then_some(new))
}

/// The text without our lines; `None` where there are none.
pub(super) fn undone(settings: &Settings) -> Result<Option<String>, Failure> {
    let old = text_of(settings)?;
    let new = without_ours(&old);
    Ok((new != old).then_some(new))
}

/// Writes the file, whole or not at all; one that would be empty is taken away.
pub(super) fn write(settings: &Settings, text: &str) -> Result<(), Failure> {
    let path = settings.data().join("annals.toml");
    let written = if text.trim().is_empty() {
        fs::remove_file(&path)
    } else {
        fs::create_dir_all(settings.data()).and_then(|()| {
            let mut file = tempfile::NamedTempFile::new_in(settings.data())?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        })
    };
    written.map_err(|error| Failure::could_not(format!("could not write `{}`: {error}", path.display())))
}

fn text_of(settings: &Settings) -> Result<String, Failure> {
    let path = settings.data().join("annals.toml");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::could_not(format!("could not read `{}`: {error}", path.display()))),
    }
}

fn without_ours(text: &str) -> String {
    let mut is_ours = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        is_ours |= line.trim_end() == BEGIN;
        if !is_ours {
            kept.push_str(line);
        }
        is_ours &= line.trim_end() != END;
    }
    kept
}

fn quoted(text: &str) -> Result<String, Failure> {
    if text.chars().any(char::is_control) {
        return Err(Failure::usage("a path with control characters can't be named in `annals.toml`"));
    }
    Ok(toml::Value::String(text.to_owned()).to_string())
}

#[cfg(test)]
mod tests {
    //! Put in, put in again, taken out.

    use super::*;

    #[test]
    fn our_lines_come_and_go_and_leave_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(folder.path());
        let path = folder.path().join("annals.toml");
        fs::write(&path, "capture = \"full\"\n").unwrap();
        let token = folder.path().join("to \"ken");
        fs::write(&token, "secret").unwrap();
        for url in ["http://h:1/", "https://other"] {
            let text = planned(&settings, url, Some(&token)).unwrap().unwrap();
            write(&settings, &text).unwrap();
            assert_eq!(planned(&settings, url, Some(&token)).unwrap(), None, "the same twice changes nothing");
            let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
            assert_eq!(table["server"].as_str(), Some(url.trim_end_matches('/')));
            assert_eq!(table["token_file"].as_str(), token.to_str());
            assert_eq!(table["capture"].as_str(), Some("full"));
        }
        write(&settings, &undone(&settings).unwrap().unwrap()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "capture = \"full\"\n");
        assert_eq!(undone(&settings).unwrap(), None);
        assert!(planned(&settings, "http://me:pw@h", None).unwrap_err().message().contains("--server"));
        assert!(planned(&settings, "http://h", Some(Path::new("/no/such"))).is_err());
        fs::write(&path, "server = \"http://x\"\n").unwrap();
        assert!(planned(&settings, "http://h", None).is_err(), "somebody's own line is not doubled");
    }
}
