//! What may stand beside a stem where it is part of a secret.
//!
//! Some stems are frequent in harmless text: `passed`, `keyboard`, `author`, a backup, a URL in an event without any `@`.
//! A look at the bytes beside them keeps the slow pass from running for these, and keeps it from going on where it runs:
//! both ask here, so that both find the same. Must never say no where the slow pass takes a value; a test walks over
//! all lists of keys.

use super::keys::QUALIFIERS;

/// How many separators may stand between two words of a key.
const MAX_SEPARATORS: usize = 8;

/// Stems of three letters that are looked at closely.
pub(super) const CLOSE: &[&str] = &["key", "otp"];

/// Whether the stem (in lower case), which was found at `at`, can be part of a secret there.
pub(super) fn is_plausible(stem: &[u8], bytes: &[u8], at: usize) -> bool {
    let end = at + stem.len();
    let (before, rest) = (&bytes[..at], bytes.get(end..).unwrap_or_default());
    match stem {
        // `password`, `passphrase`, `passcode`, `db_pass=`; not `passed`, `passing`, `passage`.
        b"pass" => ends_name(bytes, end, b"wpc"),
        // `api_key`, `apiKey`, `api key`, `apikeys`; not `keyboard`, `hotkey`… as far as a letter on each side tells.
        b"key" => {
            let letter = before.last().map_or(b' ', u8::to_ascii_lowercase);
            let fits = matches!(letter, b'_' | b'-' | b'.' | b' ' | b'?' | b'&') || b"iestgnprh".contains(&letter);
            fits && ends_name(bytes, end, b"s")
        }
        // `authorization`, `"auth"`, `_auth=`, `auth_header`; not `author`, `oauth`, `src/auth.rs`.
        b"auth" => {
            let is_path =
                matches!(rest.first(), Some(b'.' | b'/')) && !begins_with(without_separators(rest), QUALIFIERS);
            begins_with(rest, &["oriz"]) || (!is_path && begins_name(bytes, at) && ends_name(bytes, end, b""))
        }
        // `otp`, `totp`, `smsOtp`; not `hotpath`.
        b"otp" => {
            let is_totp = before.last().is_some_and(|letter| letter.eq_ignore_ascii_case(&b't'));
            (begins_name(bytes, at) || (is_totp && begins_name(bytes, at - 1))) && ends_name(bytes, end, b"")
        }
        // `seed phrase`; a passphrase has a stem of its own.
        b"phrase" => ends_with(before, &["seed"]),
        // `recovery_code`, `backupCodes`.
        b"recovery" | b"backup" => begins_with(without_separators(rest), &["code"]),
        b"signature" => rest.first() == Some(&b'=') || ends_with(before, &["amz", "goog"]),
        // `hooks.slack.com`, `webhooks/`.
        b"hooks" => begins_with(rest, &[".sl", "/"]),
        b"://" => bytes.contains(&b'@'),
        // Below 20 are the control characters that JSON text must escape. The backslash is folded.
        b"|u00" => matches!(rest.first(), Some(b'2'..=b'7')),
        _ => true,
    }
}

/// Whether a name can begin here: after a separator, at a hump, or after the letter of a `\n` written out.
fn begins_name(bytes: &[u8], start: usize) -> bool {
    let Some((&before, earlier)) = bytes[..start].split_last() else { return true };
    !before.is_ascii_alphanumeric()
        || (before.is_ascii_lowercase() && bytes[start].is_ascii_uppercase())
        || (matches!(before, b'n' | b'r' | b't') && earlier.last() == Some(&b'\\'))
}

/// Whether a name can end here, or go on with one of these letters or with a word that may follow any name.
fn ends_name(bytes: &[u8], end: usize, letters: &[u8]) -> bool {
    let rest = bytes.get(end..).unwrap_or_default();
    let Some(after) = rest.first() else { return true };
    !after.is_ascii_alphabetic()
        || (after.is_ascii_uppercase() && bytes[end - 1].is_ascii_lowercase())
        || letters.contains(&after.to_ascii_lowercase())
        || (b"vhcprsb".contains(&after.to_ascii_lowercase()) && begins_with(rest, QUALIFIERS))
}

fn begins_with(bytes: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes())))
}

/// Whether the bytes end with one of these and separators.
fn ends_with(bytes: &[u8], words: &[&str]) -> bool {
    let n_separators = bytes.iter().rev().take(MAX_SEPARATORS).take_while(|byte| is_separator(**byte)).count();
    let bytes = &bytes[..bytes.len() - n_separators];
    let ends = |word: &&str| bytes.len().checked_sub(word.len()).is_some_and(|at| begins_with(&bytes[at..], &[word]));
    words.iter().any(ends)
}

fn without_separators(bytes: &[u8]) -> &[u8] {
    let n_separators = bytes.iter().take(MAX_SEPARATORS).take_while(|byte| is_separator(**byte)).count();
    &bytes[n_separators..]
}

fn is_separator(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric()
}
