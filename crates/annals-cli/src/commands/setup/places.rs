//! Where each client keeps its user-level settings.
//!
//! One function of the platform and the environment's variables, so that every platform's places are tested on each of them.
//! Settings of a single project are not looked for: they are shared with people who may not have this program.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::arguments::Client;

/// The file in which Claude Code keeps its MCP servers, among much else.
pub(super) const CLAUDE_SERVERS: &str = ".claude.json";

/// The three kinds of platform whose folders differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Platform {
    Linux,
    MacOs,
    Windows,
}

impl Platform {
    /// That of this build.
    pub(super) fn here() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }
}

/// A settings file of a client, which may not be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) client: Client,
    pub(super) file: PathBuf,
}

impl Place {
    /// Whether the client has been on this machine: its folder is there.
    pub(super) fn is_found(&self) -> bool {
        if self.file.file_name().is_some_and(|name| name == CLAUDE_SERVERS) {
            let beside = self.file.parent().map(|home| home.join(".claude"));
            return self.file.symlink_metadata().is_ok() || beside.is_some_and(|folder| folder.is_dir());
        }
        self.file.symlink_metadata().is_ok() || self.file.parent().is_some_and(Path::is_dir)
    }
}

/// All places, those of one client together; empty where the environment names no home.
pub(super) fn all(platform: Platform, variable: impl Fn(&str) -> Option<OsString>) -> Vec<Place> {
    let path = |name| variable(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    let home = match platform {
        Platform::Windows => path("USERPROFILE").or_else(|| path("HOME")),
        Platform::Linux | Platform::MacOs => path("HOME"),
    };
    let Some(home) = home else { return Vec::new() };
    // Where programs built on Electron keep their settings.
    let programs = match platform {
        Platform::Windows => path("APPDATA").unwrap_or_else(|| home.join("AppData").join("Roaming")),
        Platform::MacOs => home.join("Library").join("Application Support"),
        Platform::Linux => {
            let named = path("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
            named.unwrap_or_else(|| home.join(".config"))
        }
    };
    let claude = path("CLAUDE_CONFIG_DIR").unwrap_or_else(|| home.join(".claude"));
    let place = |client, file: PathBuf| Place { client, file };
    let mut places = vec![
        place(Client::ClaudeCode, claude.join("settings.json")),
        place(Client::Cursor, home.join(".cursor").join("mcp.json")),
    ];
    for program in ["Code", "Code - Insiders", "VSCodium"] {
        places.push(place(Client::Vscode, programs.join(program).join("User").join("mcp.json")));
    }
    let desktop = |folder: PathBuf| place(Client::ClaudeDesktop, folder.join("claude_desktop_config.json"));
    places.push(desktop(programs.join("Claude")));
    if platform == Platform::Windows {
        // Installed from the store, it sees a folder of its own in the place of the roaming one.
        let local = path("LOCALAPPDATA").unwrap_or_else(|| home.join("AppData").join("Local"));
        let package = local.join("Packages").join("Claude_pzs8sxrjxfjjc");
        places.push(desktop(package.join("LocalCache").join("Roaming").join("Claude")));
    }
    places
}

/// The places where the clients keep their MCP servers. Claude Code's is not its settings file.
pub(super) fn of_servers(platform: Platform, variable: impl Fn(&str) -> Option<OsString>) -> Vec<Place> {
    let named = variable("CLAUDE_CONFIG_DIR").filter(|text| !text.is_empty());
    let mut places = all(platform, variable);
    for place in places.iter_mut().filter(|place| place.client == Client::ClaudeCode) {
        // Beside the folder of its settings, or in it where somebody named that folder.
        let folder = place.file.parent().map(Path::to_path_buf).unwrap_or_default();
        let folder = if named.is_some() { folder } else { folder.parent().map(Path::to_path_buf).unwrap_or(folder) };
        place.file = folder.join(CLAUDE_SERVERS);
    }
    places
}

#[cfg(test)]
mod tests;
