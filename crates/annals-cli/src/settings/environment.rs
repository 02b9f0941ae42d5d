//! Variables that somebody set in the belief that they do something.
//!
//! The service reads the variables that it knows. One that is misspelt would be believed to be in force, so that it is told here.

use annals::Settings;

use super::server;
use crate::failure::Failure;

/// What the variables begin with of which there are many: those of the audit trail and of a server.
const PREFIXES: [&str; 2] = ["ANNALS_AUDIT_", "ANNALS_SERVER_"];

/// Refuses what must not be ignored.
pub(super) fn check() -> Result<(), Failure> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let mut known: Vec<&str> = Settings::new("").list().iter().map(|setting| setting.variable).collect();
    known.extend(server::variables());
    let mut names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    names.sort_unstable();
    for name in names.iter().filter(|name| is_set(name)) {
        if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && !known.contains(&name.as_str()) {
            return Err(unknown(name, &known));
        }
    }
    Ok(())
}

fn unknown(name: &str, known: &[&str]) -> Failure {
    // What all of them begin with says nothing about likeness.
    let Some(prefix) = PREFIXES.into_iter().find(|prefix| name.starts_with(prefix)) else {
        return Failure::usage(format!("`{name}` is the variable of no setting"));
    };
    let own = |name: &str| name.strip_prefix(prefix).unwrap_or_default().to_owned();
    let likely = known
        .iter()
        .filter(|near| near.starts_with(prefix))
        .map(|near| (strsim::normalized_damerau_levenshtein(&own(name), &own(near)), near));
    let hint = match likely.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| 0.5 <= *likeness) {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None => "`annals config --json` lists them".to_owned(),
    };
    Failure::usage(format!("`{name}` is the variable of no setting (hint: {hint})"))
}
