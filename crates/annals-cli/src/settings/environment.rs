//! Variables that somebody set in the belief that they do something.
//!
//! The service reads the variables that it knows. One that is misspelt would be believed to be in force, so that it is told here.

use annals::Settings;

use crate::failure::Failure;

/// What the variables of the audit trail begin with.
const PREFIX: &str = "ANNALS_AUDIT_";

/// Refuses what must not be ignored.
pub(super) fn check() -> Result<(), Failure> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("ANNALS_SERVER") {
        return Err(Failure::usage(
            "`ANNALS_SERVER` is set, and this version speaks to no server (hint: unset it to work on the data directory of this machine)",
        ));
    }
    let known: Vec<&str> = Settings::new("").list().iter().map(|setting| setting.variable).collect();
    let mut names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    names.sort_unstable();
    for name in names.iter().filter(|name| is_set(name)) {
        if name.starts_with(PREFIX) && !known.contains(&name.as_str()) {
            return Err(unknown(name, &known));
        }
    }
    Ok(())
}

fn unknown(name: &str, known: &[&str]) -> Failure {
    // What all of them begin with says nothing about likeness.
    let own = |name: &str| name.strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let likely = known.iter().map(|near| (strsim::normalized_damerau_levenshtein(&own(name), &own(near)), near));
    let hint = match likely.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| 0.5 <= *likeness) {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None => "`annals config --json` lists them".to_owned(),
    };
    Failure::usage(format!("`{name}` is the variable of no setting (hint: {hint})"))
}
