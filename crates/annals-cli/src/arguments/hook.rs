//! The words of `annals hook`, read without clap.
//!
//! Two reasons: a client waits for this process at each of its steps, and the definition of all commands takes longer to build than the event to record; and whatever stands
//! there, nothing may be printed and the exit code is fixed, which is the opposite of what clap does with a mistake. Its definition stands beside it for help, manual and completions.

use std::ffi::{OsStr, OsString};

use clap::Args;

use super::Common;

/// One event of a client's.
#[derive(Args, Debug)]
pub(crate) struct Hook {
    /// Whose payload it is: claude-code
    #[arg(value_name = "CLIENT")]
    pub(crate) client: String,
    /// Exit 2 where the event is neither durable nor left for later
    #[arg(long)]
    pub(crate) fail_closed: bool,
}

/// What the words say, mistakes included.
#[derive(Debug, Default)]
pub(crate) struct HookWords {
    pub(crate) common: Common,
    pub(crate) client: Option<String>,
    pub(crate) fail_closed: bool,
    /// The first mistake.
    pub(crate) problem: Option<String>,
}

/// Reads the words, the program's name first. `None` where they are for another command, or ask for help.
pub(crate) fn hook_words(words: &[OsString]) -> Option<HookWords> {
    let mut read = HookWords::default();
    let mut is_hook = false;
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let text = word.to_string_lossy();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (&*text, None),
        };
        match name {
            "-h" | "--help" | "-V" | "--version" => return None,
            "--data" | "--database-url" | "--set" | "--format" => {
                let value = value.or_else(|| rest.next().and_then(|word| text_of(word)));
                read.option(name, value);
            }
            "--json" if value.is_none() => {}
            "--fail-closed" if value.is_none() => read.fail_closed = true,
            _ if name.starts_with('-') => read.mistake(format!("`{name}` is no option of `hook`")),
            "hook" if !is_hook => is_hook = true,
            _ if !is_hook => return None,
            _ if read.client.is_none() => read.client = Some(text.into_owned()),
            _ => read.mistake("more than one client is named".to_owned()),
        }
    }
    is_hook.then_some(read)
}

impl HookWords {
    /// The same of words that clap has read.
    pub(crate) fn of(common: &Common, hook: &Hook) -> Self {
        let client = Some(hook.client.clone());
        Self { common: common.clone(), client, fail_closed: hook.fail_closed, problem: None }
    }

    fn option(&mut self, name: &str, value: Option<String>) {
        let Some(value) = value else { return self.mistake(format!("`{name}` has no value")) };
        match name {
            "--data" => self.common.data = Some(value),
            "--database-url" => self.common.database_url = Some(value),
            "--set" => self.common.set.push(value),
            // How answers look means nothing where there are none.
            _ => {}
        }
    }

    fn mistake(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }
}

fn text_of(word: &OsStr) -> Option<String> {
    word.to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests;
