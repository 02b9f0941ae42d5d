//! The places on each platform.

use std::ffi::OsString;

use super::{Platform, all};

fn check(platform: Platform, variables: &[(&str, &str)], expected: &[&str]) {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
    let places: Vec<String> =
        all(platform, variable).iter().map(|place| place.file.to_string_lossy().replace('\\', "/")).collect();
    assert_eq!(places, expected);
}

#[test]
fn each_platform_has_its_places() {
    check(
        Platform::Linux,
        &[("HOME", "/home/ada")],
        &[
            "/home/ada/.claude/settings.json",
            "/home/ada/.cursor/mcp.json",
            "/home/ada/.config/Code/User/mcp.json",
            "/home/ada/.config/Code - Insiders/User/mcp.json",
            "/home/ada/.config/VSCodium/User/mcp.json",
            "/home/ada/.config/Claude/claude_desktop_config.json",
        ],
    );
    check(
        Platform::MacOs,
        &[("HOME", "/Users/ada"), ("XDG_CONFIG_HOME", "/elsewhere")],
        &[
            "/Users/ada/.claude/settings.json",
            "/Users/ada/.cursor/mcp.json",
            "/Users/ada/Library/Application Support/Code/User/mcp.json",
            "/Users/ada/Library/Application Support/Code - Insiders/User/mcp.json",
            "/Users/ada/Library/Application Support/VSCodium/User/mcp.json",
            "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json",
        ],
    );
    check(
        Platform::Windows,
        &[("USERPROFILE", "C:/Users/ada"), ("APPDATA", "C:/R"), ("LOCALAPPDATA", "C:/L")],
        &[
            "C:/Users/ada/.claude/settings.json",
            "C:/Users/ada/.cursor/mcp.json",
            "C:/R/Code/User/mcp.json",
            "C:/R/Code - Insiders/User/mcp.json",
            "C:/R/VSCodium/User/mcp.json",
            "C:/R/Claude/claude_desktop_config.json",
            "C:/L/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
        ],
    );
}

#[test]
fn variables_move_the_places() {
    check(
        Platform::Linux,
        &[("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "/config"), ("CLAUDE_CONFIG_DIR", "/claude")],
        &[
            "/claude/settings.json",
            "/home/ada/.cursor/mcp.json",
            "/config/Code/User/mcp.json",
            "/config/Code - Insiders/User/mcp.json",
            "/config/VSCodium/User/mcp.json",
            "/config/Claude/claude_desktop_config.json",
        ],
    );
    check(Platform::Linux, &[("HOME", "")], &[]);
}
