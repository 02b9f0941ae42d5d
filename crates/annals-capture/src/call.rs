//! A call of a tool, as whoever heard of it hands it over: to the guard, which asks what it names, and to the policy, which decides what is kept of it.

use serde_json::Value;

/// A call of a tool.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The tool's name, as the client tells it.
    pub tool: &'a str,
    /// What it was called with; an object, as a rule.
    pub arguments: &'a Value,
    /// The absolute path of the project's root; a resource below it is told relative to it.
    pub root: Option<&'a str>,
}
