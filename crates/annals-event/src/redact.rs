//! Taking secrets out, before the first byte of an event leaves memory.
//!
//! This page is the whole list. A secret is replaced by `[REDACTED]`, and nothing around it is touched.
//!
//! **By key**, at every depth of details (`keys`): the whole value under `password` `passwd` `passphrase` `passcode`
//! `pwd` `secret` `token` `api_key` `access_key` `private_key` `secret_key` `signing_key` `encryption_key` … `authorization`
//! `cookie` `credential` `mnemonic` `seed_phrase` `recovery_code` `backup_code` `otp` `totp` `jwt` `cvv` `cvc` `auth` and what a
//! service adds, in any case, with any separators, and as the end of a longer key:
//! `DB_PASSWORD`, `xApiKey`, `set-cookie`, `client_secret`. Not `token_count`, `max_tokens`, `secretary`. Also the value
//! beside such a name (`{"name": "Authorization", "value": "…"}`), behind it in a pair (`["Cookie", "…"]`), and behind
//! such a flag (`["--password", "…"]`).
//!
//! **By form**, in every text column, every string and every key of details (`scan`):
//! - prefixes of providers' keys: `sk-` (`sk-ant-`, `sk-proj-`, …), `sk_live_` `sk_test_` `rk_live_` `rk_test_`, `ghp_` `gho_`
//!   `ghs_` `ghu_` `ghr_` `github_pat_`, `glpat-`, `xoxa-` `xoxb-` `xoxe-` `xoxp-` `xoxr-` `xoxs-` `xapp-`, `AKIA` `ASIA`, `AIza`,
//!   `ya29.` `GOCSPX-`, `hf_`, `npm_`, `pypi-`, `gsk_`, `xai-`, `hvs.`, `dop_v1_`, `shpat_`, `dckr_pat_`, `AGE-SECRET-KEY-1`
//! - JSON web tokens: `eyJ….….…`
//! - PEM blocks of private keys, also with `\n` written out, cut off, or without their beginning
//! - user and password in URLs: `scheme://user:pass@host`
//! - `Bearer …`, `Basic …` where it decodes to `user:pass`
//! - webhook addresses of Slack and Discord
//! - command lines: `curl -u user:pass`, `mysql -pSECRET`, `sshpass -p SECRET`
//!
//! **By key in text** (`assignment`): `FOO_TOKEN=…`, `export API_KEY='…'`, `password: …`, `"token": "…"` with any number
//! of backslashes before the quotes, `--password …`, `--token=…`, `?access_token=…&`, `token%3D…`, `Authorization: …` up
//! to the end of the line, `<password>…</password>`. Left alone are variables (`$TOKEN`, `${TOKEN}`), types
//! (`password: String`), calls (`token = read()`), and `unexpected token: …`.
//!
//! What this can't do: find a secret that looks like any word and has no name beside it, or one that was taken apart,
//! encrypted or encoded beforehand. It errs towards taking too much.
//!
//! Nearly all events have no secret, so a fast pass over the encoded bytes (`screen`) decides whether the slow one runs.
//! No `regex`: it would be the largest dependency of the library, for patterns that need to look back and count
//! backslashes anyway.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

mod assignment;
mod forms;
mod keys;
mod neighbours;
mod scan;
mod screen;

use keys::Keys;
use scan::Scan;
use screen::Screen;

#[cfg(test)]
mod tests;

/// What stands where a secret stood.
pub const REDACTED: &str = "[REDACTED]";

/// Takes secrets out of texts and details. Compiled once; a clone shares it.
#[derive(Clone)]
pub struct Redactor(Arc<Compiled>);

struct Compiled {
    keys: Keys,
    screen: Screen,
    scan: Scan,
}

impl Redactor {
    /// The built-in keys and forms.
    pub fn standard() -> Self {
        Self::shared().clone()
    }

    /// The built-in keys and these besides. Case, separators and digits at the end don't count: `credit_card` stands for
    /// `CreditCard`, `CREDIT-CARD2` and `customer.credit_card` as well. A key without letters is ignored.
    pub fn with_keys<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        let mut keys = keys.into_iter().peekable();
        if keys.peek().is_none() {
            // Its automaton takes longer to build than many a process lives.
            return Self::standard();
        }
        Self::compiled(Keys::new(keys))
    }

    fn compiled(keys: Keys) -> Self {
        let screen = Screen::new(keys.own());
        let scan = Scan::new(keys.own());
        Self(Arc::new(Compiled { keys, screen, scan }))
    }

    /// The built-in one, for messages and the like.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Redactor> = OnceLock::new();
        SHARED.get_or_init(|| Self::compiled(Keys::new::<&str>([])))
    }

    /// Whether values under this key are replaced.
    pub fn is_sensitive_key(&self, key: &str) -> bool {
        self.0.keys.sensitivity(key) != keys::Sensitivity::None
    }

    /// The text without its secrets.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.clean(text).0
    }

    /// The text without its secrets, and how many those were.
    pub(crate) fn clean<'t>(&self, text: &'t str) -> (Cow<'t, str>, u32) {
        self.0.scan.clean(text, &self.0.keys)
    }

    /// Whether a secret may be in the bytes of an event; false is certain.
    pub(crate) fn suspects(&self, bytes: &[u8]) -> bool {
        self.0.screen.suspects(bytes)
    }

    /// Whether this value is replaced for its key.
    pub(crate) fn hides(&self, key: &str, value: &Value) -> bool {
        self.0.keys.sensitivity(key).hides(value)
    }

    /// The key of the value in an object like `{"name": "Authorization", "value": "…"}`.
    pub(crate) fn named_secret<'m>(&self, members: &'m Map<String, Value>) -> Option<&'m str> {
        // The caller waits for this, and nearly no key begins so.
        let may_hold = |key: &str| key.as_bytes().first().is_some_and(|byte| b"vcd".contains(&(byte | 0x20)));
        let holds = |key: &str| may_hold(key) && is_one_of(key, &["value", "values", "val", "content", "data"]);
        let (key, _) = members.iter().find(|(key, _)| holds(key))?;
        let named = |(key, name): (&String, &Value)| {
            is_one_of(key, &["name", "key", "header", "field", "variable", "param", "parameter", "option", "env"])
                && name.as_str().is_some_and(|name| self.is_sensitive_key(name))
        };
        members.iter().any(named).then_some(key.as_str())
    }

    /// Whether an array's item is replaced for the item before it: a flag, or the first of a pair.
    pub(crate) fn hides_next(&self, items: &[Value], n: usize) -> bool {
        let Some(before) = n.checked_sub(1).and_then(|before| items[before].as_str()) else { return false };
        let is_flag = before.starts_with('-') && !before.contains('=');
        if !(is_flag || items.len() == 2) || before.contains(char::is_whitespace) || !self.is_sensitive_key(before) {
            return false;
        }
        match &items[n] {
            // The next flag, or a list of two names of fields.
            Value::String(text) => !(is_flag && text.starts_with("--")) && (is_flag || !self.is_sensitive_key(text)),
            Value::Number(_) => is_flag,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        }
    }
}

impl Default for Redactor {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own: Vec<&str> = self.0.keys.own().collect();
        f.debug_struct("Redactor").field("own_keys", &own).finish_non_exhaustive()
    }
}

fn is_one_of(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}
