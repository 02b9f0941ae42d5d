//! Where an agent works: its project, user and machine, as far as files tell.
//!
//! The project is the git work tree around a folder, found by walking up; no `git` is started, which would take longer than all the rest, and no variable of git's is asked, since
//! the agent's environment is not its project's. It knows nothing of other version control systems.

use std::fs;
use std::path::{Component, Path, PathBuf};

use annals_capture::{Project, Surroundings};

/// A file `.git` is one line; whatever is longer is none.
const MOST_BYTES: u64 = 16 << 10;

/// Looks around for an agent that works in this folder, which need not exist any more.
pub(crate) fn find(cwd: &Path) -> Surroundings {
    let mut found = here();
    found.project = project(cwd);
    found
}

/// The same without a folder.
pub(crate) fn here() -> Surroundings {
    let mut found = Surroundings::default();
    found.user = Some(annals::system_user());
    found.host = host();
    found
}

#[cfg(unix)]
fn host() -> Option<String> {
    let name = rustix::system::uname();
    Some(name.nodename().to_string_lossy().into_owned()).filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn host() -> Option<String> {
    std::env::var("COMPUTERNAME").ok().filter(|name| !name.is_empty())
}

/// The work tree around a folder. A relative one is meant from where this process runs.
fn project(cwd: &Path) -> Option<Project> {
    let absolute = std::path::absolute(cwd).ok()?;
    // `..` behind a link is another folder than the text says.
    let plain = if absolute.components().any(|part| part == Component::ParentDir) {
        fs::canonicalize(&absolute).ok()?
    } else {
        absolute
    };
    around(&plain).or_else(|| around(&fs::canonicalize(&plain).ok()?))
}

fn around(folder: &Path) -> Option<Project> {
    folder.ancestors().find_map(|root| {
        let git = root.join(".git");
        let kind = fs::metadata(&git).ok()?;
        let named = if kind.is_dir() {
            // An empty folder of this name is no repository, to git neither.
            git.join("HEAD").exists().then(|| root.to_owned())?
        } else {
            main_of(root, &git)?
        };
        let name = named.file_name()?.to_string_lossy().into_owned();
        Some(Project { name, root: root.to_string_lossy().into_owned() })
    })
}

/// What the work tree is called whose `.git` is a file: a linked work tree like the repository that it belongs to, a submodule by itself.
fn main_of(root: &Path, git: &Path) -> Option<PathBuf> {
    let repository = root.join(line(git)?.strip_prefix("gitdir:")?.trim());
    // Only a linked work tree shares a repository with another folder.
    let Some(shared) = line(&repository.join("commondir")) else { return Some(root.to_owned()) };
    let shared = fs::canonicalize(repository.join(shared.trim())).ok()?;
    match shared.file_name()?.to_str()? {
        ".git" => shared.parent().map(Path::to_owned),
        // A bare repository is called like its folder, without what marks it as one.
        _ if shared.extension().is_some_and(|extension| extension == "git") => Some(shared.with_extension("")),
        _ => Some(shared),
    }
}

/// The first line of a small file.
fn line(path: &Path) -> Option<String> {
    let is_small = fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= MOST_BYTES);
    let text = is_small.then(|| fs::read_to_string(path).ok())??;
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests;
