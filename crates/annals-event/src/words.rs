//! The closed vocabularies of an event: phase, outcome, decision; and how much of what an agent handled is kept.
//!
//! Each word is the same in Rust, SQL, JSON and flags. What a caller writes is matched exactly, in lower case: a trail
//! that accepts three spellings is searched three times.

use std::fmt;
use std::str::FromStr;

use crate::error::{Invalid, InvalidKind, nearest, quoted};

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident, $field:literal { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$word_doc])* $word,)+ }

        impl $name {
            /// Every word there is.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// The word as it stands in SQL, JSON and flags.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    let words: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    refused($field, text, &words)
                })
            }
        }
    };
}

vocabulary! {
    /// Where in an operation an event stands.
    Phase, "phase" {
        /// The event is the whole operation.
        Single = "single",
        /// Something is about to be done.
        Intent = "intent",
        /// It has ended, well or not.
        Outcome = "outcome",
    }
}

vocabulary! {
    /// How what an event tells of ended.
    Outcome, "outcome" {
        /// It was done.
        Success = "success",
        /// It was tried and failed.
        Failure = "failure",
        /// It was not allowed.
        Denied = "denied",
        /// It took too long.
        Timeout = "timeout",
        /// It was given up before it ended.
        Cancelled = "cancelled",
        /// Nobody knows: the process that began it is gone.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// What a policy or a person decided.
    Decision, "decision" {
        /// Go ahead.
        Allow = "allow",
        /// Somebody is to be asked.
        Ask = "ask",
        /// Not this.
        Deny = "deny",
    }
}

vocabulary! {
    /// How much is kept of what an agent handled: the arguments of its calls, their results, prompts. What a caller of the library puts into an event is always kept.
    Capture, "capture" {
        /// That something happened, to what and how it ended, and the sizes of what it handled.
        Metadata = "metadata",
        /// The arguments too; of file bodies and prompts only size and SHA-256.
        Arguments = "arguments",
        /// Everything, but for the content of files that hold secrets.
        Full = "full",
    }
}

fn refused(field: &'static str, text: &str, words: &[&str]) -> Invalid {
    let problem = format!("`{}` is not one of {}", quoted(text), words.join(", "));
    let error = Invalid::new(field, InvalidKind::Malformed, problem);
    match nearest(text, words.iter().copied()) {
        Some(word) => error.with_hint(format!("did you mean `{word}`?")),
        None => error,
    }
}
