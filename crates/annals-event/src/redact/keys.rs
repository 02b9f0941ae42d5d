//! Keys whose values are secret, whatever the value is.
//!
//! A key is compared without case, separators and trailing digits, from its end: `DB_PASSWORD`, `dbPassword2` and
//! `X-Api-Key` end as `password` and `apikey` do, `token_count`, `max_tokens` and `secretary` end as nothing here does.
//! Matching anywhere in the key was refused for those three. Most keys are ruled out by their last three letters.

use serde_json::Value;

#[cfg(test)]
mod tests;

/// A key ends with one of these.
const ENDINGS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passwort",
    "passphrase",
    "passphrases",
    "passcode",
    "pwd",
    "secret",
    "secrets",
    "token",
    "accesstokens",
    "authtokens",
    "apitokens",
    "refreshtokens",
    "apikey",
    "apikeys",
    "appkey",
    "applicationkey",
    "accountkey",
    "accesskey",
    "accesskeys",
    "authkey",
    "consumerkey",
    "decryptionkey",
    "encryptionkey",
    "functionskey",
    "licensekey",
    "masterkey",
    "privatekey",
    "privatekeys",
    "secretkey",
    "secretkeys",
    "secretid",
    "serverkey",
    "sessionkey",
    "signingkey",
    "sshkey",
    "subscriptionkey",
    "authorization",
    "authorizationcode",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "amzsignature",
    "googsignature",
    "mnemonic",
    "seedphrase",
    "recoverycode",
    "recoverycodes",
    "backupcode",
    "backupcodes",
    "keypass",
    "storepass",
    "dbpass",
    "userpass",
];

/// A key ends with one of these, as a word of its own: `db_pass`, `dbPass`, not `bypass`.
const WORDS: &[&str] = &["pass", "jwt", "otp", "totp", "cvv", "cvc"];

/// A key is just this.
pub(super) const WHOLE: &[&str] = &["auth", "bearer"];

/// A word that may follow: `password_hash`, `api_key_value`.
pub(super) const QUALIFIERS: &[&str] =
    &["value", "hash", "header", "confirmation", "confirm", "plaintext", "plain", "raw", "string", "base"];

/// Tokens that are no secret: of language models' vocabularies and of paging.
const HARMLESS: &[&str] = &[
    "pagetoken",
    "continuationtoken",
    "cancellationtoken",
    "pertoken",
    "maxtoken",
    "stoptoken",
    "eostoken",
    "bostoken",
    "padtoken",
    "unktoken",
    "septoken",
    "masktoken",
    "clstoken",
];

/// Shells call the working directory so, others a password.
const DIRECTORIES: &[&str] = &["pwd", "oldpwd"];

/// The longest ending that is looked at, in letters.
const MAX_ENDING: usize = 48;

/// Own keys of at most this many letters must stand as a word of their own.
const SHORT: usize = 4;

/// Which values a key makes secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sensitivity {
    None,
    /// Texts: `pass` and `auth` also stand for counts and objects.
    Text,
    /// Texts that are no absolute path.
    TextButPath,
    AnyValue,
}

impl Sensitivity {
    pub(super) fn hides_text(self, text: &str) -> bool {
        match self {
            Self::None => false,
            Self::Text | Self::AnyValue => true,
            Self::TextButPath => {
                let drive = text.len() > 2 && text.as_bytes()[0].is_ascii_alphabetic() && text[1..].starts_with(':');
                !(text.starts_with(['/', '~', '$', '.']) || drive)
            }
        }
    }

    pub(super) fn hides(self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.hides_text(text),
            // A list of passwords is as secret as one.
            Value::Array(items) => self == Self::AnyValue || items.iter().any(|item| self.hides(item)),
            _ => self == Self::AnyValue,
        }
    }
}

/// The built-in keys and a service's own.
#[derive(Clone)]
pub(super) struct Keys {
    own: Vec<Box<str>>,
    last_three: LastThree,
}

impl Keys {
    pub(super) fn new<K: AsRef<str>>(own: impl IntoIterator<Item = K>) -> Self {
        let own = own.into_iter().map(|key| normal(key.as_ref())).filter(|key| !key.is_empty());
        let mut keys = Self { own: own.collect(), last_three: LastThree(vec![0; 26_usize.pow(3).div_ceil(64)]) };
        for list in [ENDINGS, WORDS, WHOLE, QUALIFIERS] {
            for entry in list {
                keys.last_three.mark(entry);
            }
        }
        for entry in &keys.own {
            keys.last_three.mark(entry);
        }
        keys
    }

    /// The service's own keys, normalised.
    pub(super) fn own(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(AsRef::as_ref)
    }

    pub(super) fn sensitivity(&self, key: &str) -> Sensitivity {
        let bytes = key.as_bytes();
        if !self.last_three.may_end(bytes) {
            return Sensitivity::None;
        }
        let mut tail = [0; MAX_ENDING];
        let ending = ending(bytes, &mut tail);
        let whole = self.of_ending(bytes, ending);
        if whole != Sensitivity::None {
            return whole;
        }
        QUALIFIERS
            .iter()
            .filter_map(|qualifier| ending.strip_suffix(qualifier.as_bytes()))
            .filter(|rest| !rest.is_empty())
            .map(|rest| self.of_ending(bytes, rest))
            .find(|rest| *rest != Sensitivity::None)
            .unwrap_or(Sensitivity::None)
    }

    fn of_ending(&self, key: &[u8], ending: &[u8]) -> Sensitivity {
        let ends_with = |entry: &str| ending.ends_with(entry.as_bytes());
        let as_word = |entry: &str| ending == entry.as_bytes() || (ends_with(entry) && word(key, entry));
        let own = |entry: &str| if entry.len() <= SHORT { as_word(entry) } else { ends_with(entry) };
        if self.own().any(own) {
            Sensitivity::AnyValue
        } else if DIRECTORIES.iter().any(|entry| ending == entry.as_bytes()) {
            Sensitivity::TextButPath
        } else if HARMLESS.iter().any(|entry| ends_with(entry)) {
            Sensitivity::None
        } else if ENDINGS.iter().any(|entry| ends_with(entry)) {
            Sensitivity::AnyValue
        } else if WORDS.iter().any(|entry| as_word(entry)) || WHOLE.iter().any(|entry| ending == entry.as_bytes()) {
            Sensitivity::Text
        } else {
            Sensitivity::None
        }
    }
}

/// A bit for each three letters that an entry ends with.
#[derive(Clone)]
struct LastThree(Vec<u64>);

impl LastThree {
    fn mark(&mut self, entry: &str) {
        match place(entry.as_bytes()) {
            Place::Of(bit) => self.0[bit / 64] |= 1 << (bit % 64),
            // Too short, or not in ASCII: every key has to be looked at.
            Place::Unclear | Place::Short => self.0.fill(u64::MAX),
        }
    }

    /// False is certain.
    fn may_end(&self, key: &[u8]) -> bool {
        match place(key) {
            Place::Of(bit) => self.0[bit / 64] & (1 << (bit % 64)) != 0,
            Place::Unclear => true,
            // No built-in entry is that short; a service's own makes all bits set.
            Place::Short => self.0[0] == u64::MAX,
        }
    }
}

enum Place {
    Of(usize),
    Short,
    Unclear,
}

/// The number of the last three letters, whatever stands between and behind them.
fn place(key: &[u8]) -> Place {
    let (mut number, mut n_letters) = (0, 0);
    for byte in key.iter().rev() {
        let lower = byte | 0x20;
        if lower.is_ascii_lowercase() && byte.is_ascii() {
            number = number * 26 + usize::from(lower - b'a');
            n_letters += 1;
            if n_letters == 3 {
                return Place::Of(number);
            }
        } else if !byte.is_ascii() || (byte.is_ascii_digit() && n_letters > 0) {
            return Place::Unclear;
        }
    }
    Place::Short
}

/// Letters and digits in lower case without the digits at the end; other scripts are kept as they are.
fn normal(key: &str) -> Box<str> {
    let normal: String = key.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    normal.trim_end_matches(|c: char| c.is_ascii_digit()).into()
}

/// The normalised end of a key without trailing digits.
fn ending<'t>(key: &[u8], tail: &'t mut [u8; MAX_ENDING]) -> &'t [u8] {
    let mut start = MAX_ENDING;
    for byte in key.iter().rev() {
        let kept = byte.is_ascii_alphabetic() || *byte >= 0x80 || (byte.is_ascii_digit() && start < MAX_ENDING);
        if !kept {
            continue;
        }
        if start == 0 {
            break;
        }
        start -= 1;
        tail[start] = byte.to_ascii_lowercase();
    }
    &tail[start..]
}

/// Whether `entry`, in which the key ends but for digits and separators, begins a word: after a separator or a hump.
fn word(key: &[u8], entry: &str) -> bool {
    let Some(end) = key.iter().rposition(u8::is_ascii_alphabetic) else { return false };
    let Some(start) = (end + 1).checked_sub(entry.len()) else { return false };
    if !key[start..=end].eq_ignore_ascii_case(entry.as_bytes()) {
        return false;
    }
    match start.checked_sub(1).map(|before| key[before]) {
        None => true,
        Some(before) => {
            !before.is_ascii_alphanumeric() || (before.is_ascii_lowercase() && key[start].is_ascii_uppercase())
        }
    }
}

/// Every entry that makes a key sensitive.
#[cfg(test)]
pub(super) fn entries() -> impl Iterator<Item = &'static str> {
    [ENDINGS, WORDS, WHOLE].into_iter().flatten().copied()
}
