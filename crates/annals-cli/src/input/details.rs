//! The value of `--details`: JSON, the file that has it, or standard input.
//!
//! What is too long is refused by its size, and no more of it is read than it takes to know that.

use std::fs::File;
use std::io::{self, Read};

use annals::Value;
use annals_event::json::{MAX_JSON_BYTES, parse_details};

use crate::failure::Failure;

/// Reads the details that the flag names.
pub(crate) fn details(flag: &str) -> Result<Value, Failure> {
    let text = match flag {
        "-" => read(io::stdin().lock(), "standard input")?,
        flag => match flag.strip_prefix('@') {
            Some(path) => {
                let file = File::open(path).map_err(|error| unreadable(&format!("`{path}`"), &error))?;
                read(file, &format!("`{path}`"))?
            }
            None => flag.to_owned(),
        },
    };
    Ok(parse_details(&text)?)
}

fn read(source: impl Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_JSON_BYTES).unwrap_or(u64::MAX);
    source.take(most + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if MAX_JSON_BYTES < bytes.len() {
        return Err(Failure::usage(format!(
            "`details`: {name} has more than {MAX_JSON_BYTES} bytes (hint: keep the size and a digest instead of the content)"
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(format!(
            "`details`: {name} is not valid UTF-8 from byte {at} on (hint: JSON is written in UTF-8)"
        ))
    })
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::could_not(format!("`details`: could not read {name}: {error}"))
}
