//! clap's errors in one line, as every other error of this program.
//!
//! clap writes a paragraph, a tip and the usage; the paragraph becomes the message, the tip the hint.

use clap::Error;
use clap::error::ErrorKind;

use crate::failure::Failure;

/// Tells what is wrong with the words.
pub(super) fn explain(error: &Error) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("a command is missing (hint: `annals --help` lists them)");
    }
    let text = error.to_string();
    let mut paragraphs = text.split("\n\n");
    let message = joined(paragraphs.next().unwrap_or_default().trim_start_matches("error: "));
    let tip = paragraphs.clone().find_map(|paragraph| paragraph.trim_start().strip_prefix("tip: ")).map(joined);
    if message.contains("(hint: ") {
        return Failure::usage(message);
    }
    match tip.or_else(|| help(&text)) {
        Some(hint) => Failure::usage(format!("{message} (hint: {hint})")),
        // A bad value's message has said already what would be right.
        None => Failure::usage(message),
    }
}

/// The help of the command that the usage line names, where there is such a line.
fn help(text: &str) -> Option<String> {
    let usage = text.lines().find_map(|line| line.strip_prefix("Usage: annals "))?;
    let command = usage.split(' ').next().filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    Some(match command {
        Some(command) => format!("see `annals {command} --help`"),
        None => "see `annals --help`".to_owned(),
    })
}

fn joined(paragraph: &str) -> String {
    paragraph.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
