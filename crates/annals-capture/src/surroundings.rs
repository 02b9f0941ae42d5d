//! Where an agent runs, as the program found it out.

/// What stands in every event of one place: all of it is optional, and what is unknown is left out.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Surroundings {
    /// The operating system's user.
    pub user: Option<String>,
    /// This machine's name.
    pub host: Option<String>,
    /// The project that the agent works in.
    pub project: Option<Project>,
}

/// A project: the work tree of a version control system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// What it is called: the name of its root folder.
    pub name: String,
    /// The absolute path of its root; a resource below it is told relative to it.
    pub root: String,
}
