//! Whose word a log stands on: which key is believed, what it vouches for, and what nobody vouches for.

use annals_event::{Gap, GapReason};
use annals_store::{DeadLetter, Error, EvidenceStore};

use super::claims::Claims;
use super::findings::Findings;
use super::notes::Signed;
use super::{Trust, Verdict};

/// What is to be believed.
pub(super) struct Judged {
    pub(super) trust: Trust,
    /// The key that signed the newest checkpoint that holds.
    pub(super) signer: Option<usize>,
    /// Which of the good checkpoints that is.
    pub(super) newest: Option<usize>,
}

/// Decides by whose word, and accuses keys that nobody vouches for.
pub(super) fn judge(
    claims: &Claims<'_>,
    known: Option<usize>,
    begin: Option<&Signed>,
    n_events: u64,
    findings: &mut Findings,
) -> Judged {
    let keys = &claims.keys;
    let present: Vec<usize> = keys.present().collect();
    let (trust, anchors) = match (known, begin) {
        (Some(key), _) => (Trust::Key, vec![key]),
        (None, Some(begin)) => (Trust::Checkpoint, begin.signers.clone()),
        (None, None) if !keys.beside.is_empty() => (Trust::Beside, keys.beside.clone()),
        (None, None) if !keys.used.is_empty() || keys.has_any() => (Trust::Database, present.clone()),
        (None, None) => (Trust::Nothing, Vec::new()),
    };
    let trusted = if trust == Trust::Database { keys.used.clone() } else { keys.vouched(&anchors) };
    if let Some(key) = known.filter(|key| !keys.is_pinned(*key)) {
        let text = format!("`{}` never was a key of this log", keys.text(key));
        findings.nowhere(Verdict::UnknownKey, text);
    } else if matches!(trust, Trust::Key | Trust::Checkpoint | Trust::Beside) {
        for key in present.iter().filter(|key| !trusted.contains(key)) {
            let text = format!("the log's key `{}` was signed by no key that is known from elsewhere", keys.text(*key));
            findings.nowhere(Verdict::UnknownKey, text);
        }
    }
    // A name is given together with a key, so that one without a key was not given by Annals: under it nothing is signed, and what was signed before has no say any more.
    if keys.has_any() && present.is_empty() {
        findings.nowhere(Verdict::UnknownKey, "the log bears a name that none of its keys is for");
    }
    let good = claims.good.iter().enumerate();
    let newest = good
        .filter(|(_, signed)| signed.signers.iter().any(|key| trusted.contains(key)))
        .max_by_key(|(_, signed)| signed.head.size)
        .map(|(n, _)| n);
    // Whoever takes all checkpoints away may change anything; who asks for a key asks for its word.
    if known.is_some() && newest.is_none() && n_events > 0 && !findings.has_any() {
        findings.nowhere(
            Verdict::UnknownKey,
            "nothing in the log was signed by the key that was asked for, nor by one that it vouches for",
        );
    }
    let signer = newest
        .and_then(|newest| claims.good.get(newest))
        .and_then(|signed| signed.signers.iter().rev().copied().find(|key| trusted.contains(key)));
    Judged { trust, signer, newest }
}

/// Whether an event declares that dead letter.
pub(super) fn declares(store: &dyn EvidenceStore, letter: &DeadLetter) -> Result<bool, Error> {
    let at = i64::try_from(letter.gap_seq).unwrap_or(i64::MAX);
    let mut found = false;
    store.scan(at, at, &mut |scanned| {
        let Ok(content) = &scanned.content else { return };
        let gap = content.row.details.filter(|_| content.row.event_type == Gap::EVENT_TYPE).map(Gap::from_details);
        found = gap.is_some_and(|gap| {
            gap.is_ok_and(|gap| gap.reason == GapReason::DeadLetter && gap.producer == letter.producer)
        });
    })?;
    Ok(found)
}
