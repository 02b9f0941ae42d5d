//! The settings of a server, in the same layers as those of the service.
//!
//! The service knows nothing of them: a name that begins with `server_` is the server's, in the file, the environment and behind `--set`.

use std::collections::BTreeMap;

use annals::Origin;
use annals_server::{BadSetting, Config};

use crate::failure::Failure;

/// What the names of the server's settings begin with.
const PREFIX: &str = "server_";

/// The server's settings, and where each came from.
#[derive(Debug, Default)]
pub(crate) struct ServerSettings {
    pub(crate) config: Config,
    origins: BTreeMap<&'static str, Origin>,
}

/// Whether a setting of this name is the server's.
pub(super) fn is_server(name: &str) -> bool {
    name.replace('-', "_").starts_with(PREFIX)
}

/// The names of all variables of a server.
pub(super) fn variables() -> Vec<&'static str> {
    Config::default().list().iter().map(|setting| setting.variable).collect()
}

impl ServerSettings {
    /// Sets one value by its name.
    pub(crate) fn set(&mut self, name: &str, text: &str, origin: Origin) -> Result<(), Failure> {
        let shown = match &origin {
            Origin::Environment(variable) => (*variable).to_owned(),
            _ => name.to_owned(),
        };
        self.config.set(name, text).map_err(|bad| match bad {
            BadSetting::Unknown => {
                let names: Vec<&str> = self.config.list().iter().map(|setting| setting.name).collect();
                Failure::usage(format!("`{name}` is no setting of a server (hint: one of {})", names.join(", ")))
            }
            BadSetting::Wrong(right) => {
                let text: String = text.chars().take(60).collect();
                Failure::usage(format!("`{shown}` is `{text}` (hint: give {right})"))
            }
        })?;
        let plain = name.replace('-', "_");
        if let Some(setting) = self.config.list().iter().find(|setting| setting.name == plain) {
            self.origins.insert(setting.name, origin);
        }
        Ok(())
    }

    /// What the environment says, on top.
    pub(super) fn apply_env(&mut self) -> Result<(), Failure> {
        for setting in self.config.list() {
            match std::env::var(setting.variable) {
                Ok(text) if text.is_empty() => {}
                Ok(text) => self.set(setting.name, &text, Origin::Environment(setting.variable))?,
                Err(std::env::VarError::NotPresent) => {}
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(Failure::usage(format!("`{}` is not valid UTF-8", setting.variable)));
                }
            }
        }
        Ok(())
    }

    /// Every setting with its variable, its value and where that came from.
    pub(crate) fn list(&self) -> Vec<(&'static str, &'static str, String, Origin)> {
        let origin = |name| self.origins.get(name).cloned().unwrap_or(Origin::Default);
        let settings = self.config.list().into_iter();
        settings.map(|setting| (setting.name, setting.variable, setting.value, origin(setting.name))).collect()
    }
}
