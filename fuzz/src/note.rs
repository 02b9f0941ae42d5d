//! Signed notes, checkpoints and verifier keys, as another log, a witness or a stranger hands them over.

use std::sync::LazyLock;

use annals_tlog::{Checkpoint, MAX_SIGNATURES, Note, Origin, Signature, SignerKey, VerifierKey};

/// The key under which the seeds are signed.
pub(crate) static SIGNER: LazyLock<SignerKey> =
    LazyLock::new(|| SignerKey::from_seed("annals/fuzz".parse().expect("a key's name"), &[7; 32]));

pub(crate) fn run(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        key(text.trim_end());
    }
    let Ok(note) = Note::parse(bytes) else { return };
    assert_eq!(note.to_string().as_bytes(), bytes, "a note is printed as it was read");
    assert!((1..=MAX_SIGNATURES).contains(&note.signatures().len()));
    for signature in note.signatures() {
        assert_eq!(signature.to_string().parse::<Signature>().as_ref(), Ok(signature));
    }
    if let Ok(checkpoint) = Checkpoint::unverified(&note) {
        assert_eq!(checkpoint.to_string(), note.unverified_text(), "a checkpoint is printed as it was read");
    }
    opened(&note);
}

/// A note that opens was signed: under this key a text has one signature, which stands in it.
pub(crate) fn opened(note: &Note) {
    let origin = Origin::from(SIGNER.verifier().name());
    if let Ok(checkpoint) = Checkpoint::open(note, &origin, std::slice::from_ref(SIGNER.verifier())) {
        let signature = SIGNER.sign(note.unverified_text());
        assert!(note.signatures().contains(&signature), "a note opened that nobody signed: {note}");
        assert_eq!(checkpoint.origin(), &origin);
    }
}

fn key(text: &str) {
    if let Ok(key) = text.parse::<VerifierKey>() {
        // The id's digits may be of either case.
        assert_eq!(key.to_string().to_ascii_lowercase(), text.to_ascii_lowercase());
        assert_eq!(key.to_string().parse().as_ref(), Ok(&key));
    }
}
