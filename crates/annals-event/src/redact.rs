//! Redaction.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use serde_json::{Map, Value};

mod keys;

use keys::Keys;

/// What stands where a secret stood.
pub const REDACTED: &str = "[REDACTED]";

/// Takes secrets out of texts and details.
#[derive(Clone)]
pub struct Redactor {
    keys: Keys,
}

impl Redactor {
    /// The built-in keys and patterns.
    pub fn standard() -> Self {
        Self { keys: Keys::standard() }
    }

    /// The built-in keys and these.
    pub fn with_keys<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { keys: Keys::with(keys) }
    }

    /// One for messages and the like.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Redactor> = OnceLock::new();
        SHARED.get_or_init(Self::standard)
    }

    /// Whether values under this key are replaced.
    pub fn is_sensitive_key(&self, key: &str) -> bool {
        self.keys.is_sensitive(key)
    }

    /// The text without its secrets.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.clean(text).0
    }

    pub(crate) fn clean<'t>(&self, text: &'t str) -> (Cow<'t, str>, u32) {
        (Cow::Borrowed(text), 0)
    }

    pub(crate) fn suspects(&self, _bytes: &[u8]) -> bool {
        false
    }

    pub(crate) fn hides(&self, key: &str, _value: &Value) -> bool {
        self.keys.is_sensitive(key)
    }

    pub(crate) fn named_secret<'m>(&self, _members: &'m Map<String, Value>) -> Option<&'m String> {
        None
    }

    pub(crate) fn hides_next(&self, _items: &[Value], _n: usize) -> bool {
        false
    }
}

impl Default for Redactor {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}
