//! Shell commands: what they name, what they write, and the documents in them.
//!
//! This is no shell: quotes, escapes and here-documents are read, nothing is expanded or run.
//! What is written to a guarded file may stand anywhere in a command (`S=…; echo $S > .env`), so that a command which may write to one keeps its frame alone: known programs, short options, operators and the guarded name.
//! A list of programs that only read decides which may not; whatever isn't on it may write.

use std::borrow::Cow;
use std::ops::Range;

use annals_event::REDACTED;

use super::name;
use crate::content::plain;

mod document;
mod words;

use words::{Kind, Word};

/// What shell commands stand under.
const COMMANDS: &[&str] =
    &["bash", "cmd", "command", "commandline", "commands", "run", "script", "shell", "shellcommand"];

/// Programs that write nothing of their words into a file, or nothing but names.
const READERS: &[&str] = &[
    ".",
    "ag",
    "awk",
    "base64",
    "bat",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cksum",
    "cmp",
    "cp",
    "curl",
    "cut",
    "diff",
    "du",
    "egrep",
    "fd",
    "fgrep",
    "file",
    "find",
    "git",
    "grep",
    "gunzip",
    "gzip",
    "head",
    "hexdump",
    "less",
    "ll",
    "ls",
    "md5sum",
    "mkdir",
    "more",
    "mv",
    "nl",
    "od",
    "openssl",
    "pwd",
    "readlink",
    "realpath",
    "rg",
    "rm",
    "rsync",
    "scp",
    "sed",
    "sha256sum",
    "shasum",
    "sort",
    "source",
    "ssh-add",
    "stat",
    "strings",
    "tac",
    "tail",
    "tar",
    "test",
    "touch",
    "tr",
    "tree",
    "type",
    "uniq",
    "wc",
    "wget",
    "which",
    "xxd",
    "zip",
];

/// Programs that are named in the frame although they write.
const WRITERS: &[&str] = &[
    "bash",
    "cargo",
    "dd",
    "deno",
    "docker",
    "docker-compose",
    "echo",
    "env",
    "export",
    "install",
    "jq",
    "make",
    "nano",
    "node",
    "npm",
    "perl",
    "php",
    "pnpm",
    "printf",
    "python",
    "python3",
    "ruby",
    "set",
    "sh",
    "ssh",
    "sudo",
    "tee",
    "time",
    "vi",
    "vim",
    "xargs",
    "yarn",
    "zsh",
];

/// Whether a text under this key is a command.
pub(crate) fn is_command(key: &str) -> bool {
    COMMANDS.contains(&plain(key).as_str())
}

/// The first guarded name in a command.
pub(crate) fn guarded_word(command: &str) -> Option<String> {
    // As it is written first, where a backslash may separate folders; then as a shell reads it.
    words::all(command).filter(|word| word.kind == Kind::Word).find_map(|word| {
        name::first_in(word.raw).or_else(|| match &word.text {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => name::first_in(text),
        })
    })
}

/// Whether nothing of the command's words can be content of a guarded file.
pub(crate) fn only_reads(command: &str) -> bool {
    if command.contains("<<") {
        return false;
    }
    let words: Vec<Word<'_>> = words::all(command).collect();
    let any = |is: fn(&str) -> bool| words.iter().any(|word| word.kind == Kind::Word && is(&word.text));
    // `-i` also stands among other letters: `sed -Ei`.
    let in_place = |word: &str| match word.strip_prefix('-') {
        Some(long) if long.starts_with('-') => word.starts_with("--i"),
        Some(letters) => letters.bytes().take_while(u8::is_ascii_alphabetic).any(|letter| letter == b'i'),
        None => false,
    };
    let edits = words.iter().any(|word| word.kind == Kind::Word && in_place(&word.text))
        || any(|word| word.contains('>') || word.contains("w "));
    let redirects = |pair: &[Word<'_>]| {
        pair[0].kind == Kind::Operator && pair[0].raw.contains('>') && name::first_in(&pair[1].text).is_some()
    };
    let configures = any(|word| word == "config");
    let reads = |word: &Word<'_>| {
        let program = word.text.rsplit('/').next().unwrap_or_default();
        let writes = match program {
            "awk" | "sed" => edits,
            // `git config --file .env NAME VALUE`
            "git" => configures,
            _ => false,
        };
        READERS.binary_search(&program).is_ok() && !writes
    };
    words.iter().filter(|word| word.is_program).all(reads)
        && !words.windows(2).any(redirects)
        && !any(|word| {
            matches!(word, "-exec" | "-execdir" | "-fprintf" | "-ok" | "-okdir" | "/dev/stdin")
                || word.contains("$(")
                || word.contains('`')
        })
}

/// The parts of a command that are here-documents.
pub(crate) fn documents(command: &str) -> Vec<Range<usize>> {
    document::all(command)
}

/// The command with something else in place of each here-document.
pub(crate) fn without_documents(command: &str, instead: impl Fn(&str) -> String) -> Cow<'_, str> {
    let documents = document::all(command);
    if documents.is_empty() {
        return Cow::Borrowed(command);
    }
    let mut left = String::with_capacity(command.len().min(4096));
    let mut at = 0;
    for range in documents {
        left.push_str(&command[at..range.start]);
        left.push_str(&instead(&command[range.clone()]));
        left.push('\n');
        at = range.end;
    }
    left.push_str(&command[at..]);
    Cow::Owned(left)
}

/// What is kept of a command that names a guarded file.
pub(crate) fn without_written(command: &str) -> Cow<'_, str> {
    if only_reads(command) { Cow::Borrowed(command) } else { Cow::Owned(frame(command)) }
}

/// Known programs, short options, operators and guarded names; the rest is withheld.
fn frame(command: &str) -> String {
    let command = without_documents(command, |_| REDACTED.to_owned());
    let mut framed = String::with_capacity(command.len().min(4096));
    let mut at = 0;
    for word in words::all(&command) {
        let gap = &command[at..word.start];
        framed.push_str(if gap.contains('\n') {
            "\n"
        } else if gap.is_empty() {
            ""
        } else {
            " "
        });
        framed.push_str(if stays(&word) { word.raw } else { REDACTED });
        at = word.start + word.raw.len();
    }
    framed
}

fn stays(word: &Word<'_>) -> bool {
    let raw = word.raw;
    let known = |program: &&str| READERS.contains(program) || WRITERS.contains(program);
    match word.kind {
        Kind::Operator => true,
        Kind::Word if raw == REDACTED => true,
        Kind::Word if word.is_program && known(&raw) => true,
        Kind::Word => is_short_option(raw) || is_guarded_name(raw),
    }
}

fn is_short_option(raw: &str) -> bool {
    let Some(letters) = raw.strip_prefix('-') else { return false };
    letters.len() <= 2 && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A guarded name that is nothing else: `KEY=1/.env` may hold what is written.
fn is_guarded_name(raw: &str) -> bool {
    let plain = raw.trim_matches(['"', '\'']);
    plain.len() <= 256
        && plain
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '/' | '\\' | '.' | '_' | '-' | '~' | '*' | '?' | '[' | ']'))
        && name::is_guarded(plain)
}

#[cfg(test)]
mod tests;
