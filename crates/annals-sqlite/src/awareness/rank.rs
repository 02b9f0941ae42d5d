//! Words as FTS5 is asked for them; how well an entry fits them is weighed without it.

pub(super) use annals_store::backend::rank::{Occurrences, Scale, Word, occurrences};

/// Any of these, as FTS5 is asked for it.
pub(super) fn quoted(forms: &[String]) -> String {
    forms.iter().map(|form| format!("\"{form}\"")).collect::<Vec<_>>().join(" OR ")
}
