//! What stands beside the entries, held against them and the log: who read them and acted on them, what is counted, and the words by which they are found.
//!
//! The store says what does not follow, once of each kind, and here it is put into words. Entry and event are named; a space is not, nor is anything that was written there: whoever verifies may be
//! of another space.

use annals_store::awareness::{Astray, AwarenessStore, Beside};
use annals_store::{Error, ErrorKind};

use super::Verdict;
use super::findings::Findings;

/// Accuses what does not follow.
pub(super) fn judge(entries: &dyn AwarenessStore, findings: &mut Findings) -> Result<(), Error> {
    match entries.check() {
        Ok(astray) => {
            for astray in &astray {
                findings.beside(Verdict::Edited, told(astray));
            }
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            findings.beside(
                Verdict::Edited,
                "what stands beside the entries cannot be read: none of it is what Annals wrote",
            );
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn told(astray: &Astray) -> String {
    let entry = astray.entry.map_or_else(|| "an entry".to_owned(), |entry| format!("entry {entry}"));
    let text = match (astray.what, astray.entry, astray.seq) {
        (Beside::Usage, _, Some(seq)) => {
            format!("the list of who read {entry} and acted on it is not what the log tells at event {seq}")
        }
        (Beside::Usage, ..) => format!("the list of who read {entry} and acted on it is not what the log tells"),
        (Beside::Readings, ..) => format!("how often {entry} was read is not what the list of its readings tells"),
        (Beside::Unread, ..) => format!("whether {entry} was ever read is not what its readings tell"),
        (Beside::Counted, ..) => format!("{entry} is left out of what is counted or wrongly in it"),
        (Beside::Counts, ..) => "a count of entries by source and type or by tag is not that of the entries".to_owned(),
        (Beside::Words, Some(_), _) => format!("{entry} has lost the words by which it is found"),
        (Beside::Words, ..) => "there are words of entries that are not there".to_owned(),
        (Beside::Index, ..) => "the index by which entries are found is not that of their words".to_owned(),
    };
    match astray.n {
        0 | 1 => text,
        n => format!("{text} (and {} more of this kind)", n - 1),
    }
}

#[cfg(test)]
mod tests;
