//! Notes against the vectors of the specification, of Go's `sumdb/note`, and another implementation.

use proptest::prelude::*;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};

use super::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note};
use crate::testing::{flipped, signer};
use crate::{Error, ErrorKind, SignerKey, VerifierKey};

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
const ENOCH_LINE: &str =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=";

fn key(text: &str) -> VerifierKey {
    text.parse().expect("a verifier key")
}

fn note(text: &str) -> Note {
    Note::parse(text.as_bytes()).expect("a note")
}

/// Who signed, or what is wrong.
fn signers(note: &Note, keys: &[VerifierKey]) -> Result<Vec<String>, ErrorKind> {
    let verified = note.verify(keys).map_err(|error| error.kind())?;
    assert_eq!(verified.text, note.unverified_text());
    Ok(verified.signers.iter().map(|key| key.name().to_string()).collect())
}

#[test]
fn the_notes_of_the_specification_are_taken() {
    let example = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let foo = key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    assert_eq!(signers(&note(example), &[foo]), Ok(vec!["example.com/foo".to_owned()]));

    let poem = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    let poem_note = note(poem);
    assert_eq!(poem_note.to_string(), poem);
    assert!(poem_note.unverified_text().ends_with("sole:\n\ned è subito sera.\n"), "the last empty line separates");
    assert_eq!(poem_note.signatures()[0].id().to_string(), "367ba04b");
}

#[test]
fn the_notes_of_go_are_ours_to_the_byte() {
    let peter: SignerKey = PETER_SECRET.parse().expect("a signer key");
    let enoch = signer("EnochRoot", 0);
    let both = Note::sign(TEXT, &[&peter, &enoch]).expect("a text");
    assert_eq!(both.to_string(), format!("{TEXT}\n{PETER_LINE}\n{ENOCH_LINE}\n"));
    assert_eq!(Note::parse(both.to_string().as_bytes()), Ok(both));
}

#[test]
fn known_signatures_count_and_unknown_ones_are_ignored() {
    let both = note(&format!("{TEXT}\n{PETER_LINE}\n{ENOCH_LINE}\n"));
    let (peter, enoch) = (|| "PeterNeumann".to_owned(), || "EnochRoot".to_owned());
    assert_eq!(signers(&both, &[key(PETER)]), Ok(vec![peter()]));
    assert_eq!(signers(&both, &[key(ENOCH)]), Ok(vec![enoch()]));
    assert_eq!(signers(&both, &[key(ENOCH), key(PETER), key(PETER)]), Ok(vec![peter(), enoch()]));
    assert_eq!(signers(&both, &[]), Err(ErrorKind::UnknownKey));
    // A key of the same name, but another id.
    assert_eq!(signers(&both, &[signer("PeterNeumann", 1).verifier().clone()]), Err(ErrorKind::UnknownKey));
    // An unknown signature of another type and length changes nothing.
    let witnessed = both.with_signature("— witness AAAABAQ=".parse().expect("a line")).expect("a note");
    assert_eq!(signers(&witnessed, &[key(PETER)]), Ok(vec![peter()]));
    // The same signature twice is one signer.
    let twice = note(&format!("{TEXT}\n{PETER_LINE}\n{PETER_LINE}\n"));
    assert_eq!(signers(&twice, &[key(PETER)]), Ok(vec![peter()]));
}

#[test]
fn a_bad_signature_of_a_known_key_spoils_the_note() {
    let bad = note(&format!("{TEXT}\n{PETER_LINE}\n{ENOCH_LINE}\n").replace("you think", "we think"));
    assert_eq!(signers(&bad, &[key(PETER)]), Err(ErrorKind::BadSignature));
    // Peter's signature under Enoch's id, beside a good one of Peter's.
    let bytes = signer("EnochRoot", 0).sign("other\n");
    let bad = note(&format!("{TEXT}\n{PETER_LINE}\n")).with_signature(bytes).expect("a note");
    assert_eq!(signers(&bad, &[key(PETER), key(ENOCH)]), Err(ErrorKind::BadSignature));
    assert_eq!(signers(&bad, &[key(PETER)]), Ok(vec!["PeterNeumann".to_owned()]), "the control");
    // The good one first and a bad one of the same key behind it.
    let bad = note(&format!("{TEXT}\n{PETER_LINE}\n"))
        .with_signature(PETER_SECRET.parse::<SignerKey>().expect("a signer key").sign("other\n"));
    assert_eq!(signers(&bad.expect("a note"), &[key(PETER)]), Err(ErrorKind::BadSignature));
}

#[test]
fn no_bit_of_a_note_may_change() {
    let text = format!("a\n\nb\n\n{}\n", signer("k", 1).sign("a\n\nb\n"));
    let key = [signer("k", 1).verifier().clone()];
    assert!(signers(&note(&text), &key).is_ok(), "the control");
    for flipped in flipped(&text) {
        let opened =
            Note::parse(flipped.as_bytes()).map_err(|error| error.kind()).and_then(|note| signers(&note, &key));
        assert!(opened.is_err(), "{flipped:?}");
    }
}

#[test]
fn what_is_no_note_is_refused() {
    let line = PETER_LINE;
    let wrong = [
        String::new(),
        "\n".into(),
        "a\n".into(),
        TEXT.into(),
        format!("{TEXT}\n"),
        format!("{TEXT}{line}\n"),
        format!("{TEXT}\n{line}"),
        format!("{TEXT}\n{line}\n\n"),
        format!("\n{line}\n"),
        format!("a\n\n {line}\n"),
        format!("a\n\n{line} \n"),
        format!("a\n\n{}\n", line.replace(" x08", "  x08")),
        format!("a\n\n{line}\nx\n"),
        format!("a\n\n{}\n", line.replace('—', "-")),
        format!("a\n\n{}\n", line.replace('—', "–")),
        format!("a\n\n{}\n", line.replace("Peter", "Peter+")),
        format!("a\n\n{}\n", line.replace("Neumann", "\u{a0}")),
        format!("a\n\n{}\n", line.trim_end_matches('=')),
        format!("a\n\n{}\n", line.replace("M=", "N=")),
        "a\n\n— a AAAA\n".into(),
        "a\n\n— a AAAAAA==\n".into(),
        "a\n\n— a \n".into(),
        "a\n\n— a\n".into(),
        format!("a\r\n\n{line}\n"),
        format!("a\tb\n\n{line}\n"),
        format!("a\0\n\n{line}\n"),
    ];
    for text in wrong {
        assert_eq!(Note::parse(text.as_bytes()).map_err(|error| error.kind()), Err(ErrorKind::Malformed), "{text:?}");
    }
    assert!(Note::parse(format!("a\n\n{line}\n").as_bytes()).is_ok(), "the control");
    let mut bytes = format!("aa\n\n{line}\n").into_bytes();
    bytes[0] = 0xff;
    assert!(Note::parse(&bytes).is_err(), "no UTF-8");
    for text in ["", "a", "a\t\n", "a\0\n", "a\r\n"] {
        assert!(Note::sign(text, &[&signer("k", 1)]).is_err(), "{text:?}");
    }
    assert!(Note::sign("a\n", &[]).is_err());
}

#[test]
fn notes_have_an_end() {
    let lines = |count: usize| format!("a\n\n{}", format!("{PETER_LINE}\n").repeat(count));
    assert!(Note::parse(lines(MAX_SIGNATURES).as_bytes()).is_ok());
    assert!(Note::parse(lines(MAX_SIGNATURES + 1).as_bytes()).is_err());
    let full = note(&lines(MAX_SIGNATURES));
    assert!(full.with_signature(signer("k", 1).sign("a\n")).is_err());
    let rest = format!("\n\n{PETER_LINE}\n");
    let largest = format!("{}{rest}", "a".repeat(MAX_NOTE_BYTES - rest.len()));
    assert!(Note::parse(largest.as_bytes()).is_ok());
    assert!(Note::parse(format!("a{largest}").as_bytes()).is_err());
    assert!(Note::sign("a\n".repeat(MAX_NOTE_BYTES / 2), &[&signer("k", 1)]).is_err());
}

proptest! {
    #[test]
    fn ours_are_theirs(text in "([ -~é—]{0,20}\n){1,5}", seed: [u8; 32], other: [u8; 32]) {
        let ours = SignerKey::from_seed("k/1".parse().expect("a name"), &seed);
        let second = SignerKey::from_seed("k/2".parse().expect("a name"), &other);
        let made = Note::sign(text.clone(), &[&ours, &second]).expect("a text");
        prop_assert_eq!(Note::parse(made.to_string().as_bytes()), Ok(made.clone()));

        let read = signed_note::Note::from_bytes(made.to_string().as_bytes()).expect("theirs reads it");
        prop_assert_eq!(read.text(), text.as_bytes());
        let theirs = StandardVerifier::new(&ours.verifier().to_string()).expect("theirs takes the key");
        let (known, unknown) = read.verify(&VerifierList::new(vec![Box::new(theirs)])).expect("theirs agrees");
        prop_assert_eq!((known.len(), unknown.len()), (1, 1));

        let mut signed = signed_note::Note::new(text.as_bytes(), &[]).expect("theirs takes the text");
        let theirs = StandardSigner::new(&ours.to_secret_text()).expect("theirs takes the key");
        signed.add_sigs(&[&theirs]).expect("theirs signs");
        let opened = Note::parse(&signed.to_bytes()).expect("ours reads it");
        prop_assert!(opened.verify(&[ours.verifier().clone()]).is_ok());
    }

    #[test]
    fn what_parses_prints_the_same(bytes: Vec<u8>, text in "(\n|a|— | |\\+|AAAAAAA=|AAAAAAAA){0,20}") {
        for bytes in [bytes.as_slice(), text.as_bytes(), format!("a\n\n— {text}\n").as_bytes()] {
            if let Ok(note) = Note::parse(bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
                prop_assert!(signed_note::Note::from_bytes(bytes).is_ok(), "theirs refuses what ours takes");
                prop_assert_eq!(note.verify(&[]).map_err(|error: Error| error.kind()), Err(ErrorKind::UnknownKey));
            }
        }
    }
}
