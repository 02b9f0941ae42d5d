//! Keys whose values are secret.
#[derive(Clone)]
pub(super) struct Keys {
    custom: Vec<Box<str>>,
}
impl Keys {
    pub(super) fn standard() -> Self {
        Self { custom: Vec::new() }
    }
    pub(super) fn with<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { custom: keys.into_iter().map(|key| key.as_ref().to_ascii_lowercase().into()).collect() }
    }
    pub(super) fn is_sensitive(&self, key: &str) -> bool {
        let lower = key.to_ascii_lowercase().replace(['-', '_'], "");
        ["password", "token", "secret", "apikey", "authorization", "cookie", "privatekey"]
            .iter()
            .any(|k| lower.ends_with(k))
            || self.custom.iter().any(|k| lower.ends_with(&**k))
    }
}
