//! Keys in their text forms, against the vectors of the specification and of Go's `sumdb/note`.

use proptest::prelude::*;

use super::{KeyName, SignerKey, VerifierKey};
use crate::testing::{flipped, key_name, signer, unhex};
use crate::{ErrorKind, Signature};

/// The key of the example in signed-note.
const FOO: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
/// Keys of the tests of Go's `sumdb/note`; the base64 of the last begins with none and holds a plus sign.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const PLUS: &str = "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6";

#[test]
fn verifier_keys_of_others_parse_and_print() {
    for text in [FOO, PETER, ENOCH, PLUS] {
        let key: VerifierKey = text.parse().expect("a verifier key");
        assert_eq!(key.to_string(), text);
        assert_eq!(VerifierKey::new(key.name().clone(), key.public_key()), Ok(key.clone()));
        assert!(text.contains(&format!("+{}+", key.id())));
    }
}

#[test]
fn signer_keys_of_others_parse_and_print() {
    let key: SignerKey = PETER_SECRET.parse().expect("a signer key");
    assert_eq!(key.to_secret_text(), PETER_SECRET);
    assert_eq!(key.verifier().to_string(), PETER);
    assert_eq!(signer("EnochRoot", 0).verifier().to_string(), ENOCH, "Enoch's seed is all zeroes");
}

#[test]
fn a_signer_key_does_not_show_itself() {
    let key = signer("annals/1", 9);
    let secret = key.to_secret_text();
    let secret = secret.rsplit('+').next().expect("the last part");
    assert!(!format!("{key:?}").contains(secret));
    assert!(key.to_secret_text().contains(secret), "the control");
    for text in [secret, "PRIVATE+KEY+a", &key.to_secret_text().replace("annals", "other")] {
        let error = text.parse::<SignerKey>().expect_err("no key").to_string();
        assert!(!error.contains(secret));
    }
}

#[test]
fn keys_that_are_none_are_refused() {
    let weak = format!("a+{}", "AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let wrong = [
        "",
        "a",
        "a+b",
        "a+00000000+",
        "a+00000000+AQ==",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        &weak,
        &FOO.replace("530d", "530D"),
        &FOO.replace("530d903a", "0530d903a"),
        &FOO.replace("+Ae", "+Ae+"),
        &FOO.replace("foo", "fop"),
        &FOO.replace("/foo", " foo"),
        &format!("{FOO}\n"),
        &format!("{FOO}=="),
        PETER_SECRET,
    ];
    for text in wrong {
        assert_eq!(text.parse::<VerifierKey>().map_err(|error| error.kind()), Err(ErrorKind::Malformed), "`{text}`");
    }
    let mut one = [0; 32];
    one[0] = 1;
    assert!(VerifierKey::new(key_name("a"), &one).is_err(), "a key of small order");
    assert!(FOO.parse::<SignerKey>().is_err());
}

#[test]
fn no_bit_of_a_key_may_change() {
    for text in flipped(FOO) {
        assert!(text.parse::<VerifierKey>().is_err(), "`{text}`");
    }
    for text in flipped(PETER_SECRET) {
        assert!(text.parse::<SignerKey>().is_err(), "`{text}`");
    }
}

#[test]
fn names_have_no_spaces_and_no_plus() {
    for name in ["a", "example.com/log42", "annals/018f", "Überwacher", "—"] {
        assert_eq!(key_name(name).as_str(), name);
    }
    for name in
        ["", " ", "a b", "a+b", "a\n", "a\tb", "a\u{a0}b", "a\u{2003}b", "a\u{3000}", "\u{85}", "a\0", "a\u{1f}"]
    {
        assert!(name.parse::<KeyName>().is_err(), "{name:?}");
    }
}

#[test]
fn signatures_are_those_of_rfc_8032() {
    // Section 7.1, TEST 2: the message is the byte 0x72.
    let seed = unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = SignerKey::from_seed(key_name("a"), seed.as_slice().try_into().expect("32 bytes"));
    let public = unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_eq!(key.verifier().public_key().as_slice(), public);
    let bytes = unhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    let signature = key.sign("r");
    assert_eq!(signature.bytes(), bytes);
    assert_eq!(key.verifier().verify("r", &signature), Ok(()));
    let renamed = Signature::new(key_name("b"), signature.id(), bytes.clone());
    assert!(key.verifier().verify("r", &renamed).is_err(), "it says that somebody else made it");
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let wrong = Signature::new(key.verifier().name().clone(), key.verifier().id(), bytes);
        assert!(key.verifier().verify("r", &wrong).is_err(), "bit {bit}");
    }
    for bytes in [&bytes[..63], &[bytes.as_slice(), &[0]].concat(), &[0; 64], &[]] {
        let wrong = Signature::new(key.verifier().name().clone(), key.verifier().id(), bytes.to_vec());
        assert_eq!(key.verifier().verify("r", &wrong).map_err(|error| error.kind()), Err(ErrorKind::BadSignature));
    }
}

proptest! {
    #[test]
    fn keys_go_round(name in "[^\\s\\x00-\\x20+]{1,12}", seed: [u8; 32]) {
        let key = SignerKey::from_seed(key_name(&name), &seed);
        let secret: SignerKey = key.to_secret_text().parse().expect("what was printed");
        prop_assert_eq!(secret.verifier(), key.verifier());
        prop_assert_eq!(secret.sign("text\n"), key.sign("text\n"));
        prop_assert_eq!(&key.verifier().to_string().parse::<VerifierKey>().expect("what was printed"), key.verifier());
        // Theirs takes both, and has the same id for them.
        let theirs = signed_note::StandardSigner::new(&key.to_secret_text()).expect("theirs takes it");
        prop_assert_eq!(signed_note::Signer::key_id(&theirs), key.verifier().id().number());
        prop_assert!(signed_note::StandardVerifier::new(&key.verifier().to_string()).is_ok());
    }

    #[test]
    fn nothing_panics(text: String, base64 in "[A-Za-z0-9+/=]{0,50}") {
        let _ = text.parse::<VerifierKey>();
        let _ = text.parse::<SignerKey>();
        let _ = format!("a+00000000+{base64}").parse::<VerifierKey>();
        let _ = format!("PRIVATE+KEY+a+00000000+{base64}").parse::<SignerKey>();
    }
}
