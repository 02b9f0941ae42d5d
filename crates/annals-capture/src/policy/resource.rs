//! What a call acts on, found among its arguments by their names.

use std::borrow::Cow;

use serde_json::Value;

use crate::content::plain;
use crate::guard::name::percent_decoded;

/// Where it is looked for, the most telling name first.
const NAMES: &[&str] = &[
    "filepath",
    "notebookpath",
    "path",
    "paths",
    "filename",
    "filepaths",
    "file",
    "files",
    "uri",
    "url",
    "resource",
    "resourceuri",
    "directory",
    "dir",
    "folder",
    "source",
    "destination",
    "targetfile",
    "worktreepath",
    "newcwd",
];

/// Names that may hold other things as well; what is under them must look like a path.
const VAGUE: &[&str] = &["destination", "directory", "dir", "file", "files", "folder", "resource", "source"];

/// The path, URL or URI argument of a call.
pub(super) fn named_by(arguments: &Value) -> Option<String> {
    let members = arguments.as_object()?;
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.iter().find_map(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let named = |name: &&str| members.iter().filter(|(key, _)| plain(key) == **name).find_map(|(_, value)| text(value));
    let is_name = |name: &str, text: &str| {
        !text.trim().is_empty() && !text.contains('\n') && (!VAGUE.contains(&name) || text.contains(['/', '\\', '.']))
    };
    NAMES.iter().find_map(|name| named(name).filter(|text| is_name(name, text)))
}

/// A path below the root relative to it; everything else as it is.
pub(super) fn relative(named: &str, root: Option<&str>) -> String {
    let path: Cow<'_, str> = match named.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("file://") => {
            let path = percent_decoded(&named[7..]);
            let path = path.strip_prefix("localhost").unwrap_or(&path);
            // A Windows drive: file:///C:/folder.
            Cow::Owned(if path.as_bytes().get(2) == Some(&b':') { path[1..].to_owned() } else { path.to_owned() })
        }
        _ => Cow::Borrowed(named),
    };
    let path = resolved(&path);
    let Some(root) = root.map(|root| root.trim_end_matches(['/', '\\'])).filter(|root| !root.is_empty()) else {
        return path.into_owned();
    };
    match path.strip_prefix(root) {
        Some("") => ".".to_owned(),
        Some(below) if below.starts_with(['/', '\\']) && below.len() > 1 => below[1..].to_owned(),
        _ => path.into_owned(),
    }
}

/// An absolute path without `.` and `..`, as far as that is known without looking at the disk.
fn resolved(path: &str) -> Cow<'_, str> {
    let odd = |part: &str| matches!(part, "." | ".." | "");
    let Some(below) = path.strip_prefix('/').filter(|below| below.split('/').any(odd)) else {
        return Cow::Borrowed(path.strip_prefix("./").filter(|rest| !rest.is_empty()).unwrap_or(path));
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in below.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    Cow::Owned(format!("/{}", parts.join("/")))
}
