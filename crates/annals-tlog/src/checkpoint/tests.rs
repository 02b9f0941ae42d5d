//! Checkpoints against the specification, the Go checksum database's, and another implementation.

use proptest::prelude::*;

use super::{Checkpoint, Origin};
use crate::testing::{flipped, hash, signer};
use crate::{ErrorKind, Hash, Note, TreeHead, VerifierKey};

const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

fn origin(text: &str) -> Origin {
    text.parse().expect("an origin")
}

fn made(name: &str, size: u64) -> Checkpoint {
    Checkpoint::new(origin(name), TreeHead { size, root: Hash::of_leaf(b"") }).expect("a checkpoint")
}

#[test]
fn the_example_of_the_specification() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    let note = Note::parse(text.as_bytes()).expect("a note");
    let checkpoint = Checkpoint::unverified(&note).expect("a checkpoint");
    assert_eq!(checkpoint.origin().as_str(), "example.com/behind-the-sofa");
    let root = hash("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
    assert_eq!(checkpoint.head(), &TreeHead { size: 20_852_163, root });
    assert_eq!(checkpoint.to_string(), note.unverified_text());
}

#[test]
fn a_checkpoint_of_the_go_checksum_database_opens() {
    let text = "go.sum database tree\n65209736\n5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=\n\n— sum.golang.org Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8=\n";
    let key: VerifierKey =
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8".parse().expect("a verifier key");
    let note = Note::parse(text.as_bytes()).expect("a note");
    let opened = Checkpoint::open(&note, &origin("go.sum database tree"), &[key]).expect("it is signed");
    assert_eq!(opened.head().size, 65_209_736);
}

#[test]
fn it_is_believed_with_the_right_key_and_origin_only() {
    let (ours, other) = (signer("annals/1", 1), signer("annals/1", 2));
    let note = made("annals/1", 7).sign(&[&ours]).expect("a note");
    let open = |note: &Note, name, keys: &[VerifierKey]| {
        Checkpoint::open(note, &origin(name), keys).map_err(|error| error.kind())
    };
    let (known, unknown) = ([ours.verifier().clone()], [other.verifier().clone()]);
    assert_eq!(open(&note, "annals/1", &known), Ok(made("annals/1", 7)));
    assert_eq!(open(&note, "annals/2", &known), Err(ErrorKind::WrongOrigin));
    assert_eq!(open(&note, "annals/1", &unknown), Err(ErrorKind::UnknownKey));
    let text = note.to_string().replace("\n7\n", "\n8\n");
    let forged = Note::parse(text.as_bytes()).expect("a note");
    assert_eq!(open(&forged, "annals/1", &known), Err(ErrorKind::BadSignature));
    let poem = Note::sign("no checkpoint\n", &[&ours]).expect("a note");
    assert_eq!(open(&poem, "annals/1", &known), Err(ErrorKind::Malformed));
    // Two keys while one takes over from the other: either is enough.
    let rotated = made("annals/1", 7).sign(&[&ours, &other]).expect("a note");
    assert!(open(&rotated, "annals/1", &known).is_ok() && open(&rotated, "annals/1", &unknown).is_ok());
    assert_eq!(Origin::from(ours.verifier().name()), origin("annals/1"));
}

#[test]
fn no_bit_of_a_signed_checkpoint_may_change() {
    let key = signer("annals/1", 1);
    let text = made("annals/1", 7).sign(&[&key]).expect("a note").to_string();
    for flipped in flipped(&text) {
        let note = Note::parse(flipped.as_bytes());
        let opened = note.and_then(|note| Checkpoint::open(&note, &origin("annals/1"), &[key.verifier().clone()]));
        assert!(opened.is_err(), "{flipped:?}");
    }
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let wrong = [
        String::new(),
        "\n".into(),
        "a\n".into(),
        "a\n1\n".into(),
        format!("a\n1\n{ROOT}"),
        format!("\n1\n{ROOT}\n"),
        format!("a\n\n{ROOT}\n"),
        format!("a\n01\n{ROOT}\n"),
        format!("a\n-1\n{ROOT}\n"),
        format!("a\n+1\n{ROOT}\n"),
        format!("a\n1 \n{ROOT}\n"),
        format!("a\n18446744073709551616\n{ROOT}\n"),
        "a\n1\n\n".into(),
        "a\n1\nAAAA\n".into(),
        format!("a\n1\n{}\n", ROOT.replace("2I=", "2J=")),
        format!("a\n1\n{ROOT}\n\n"),
        format!("a\n1\n{ROOT}\nx\n\ny\n"),
        format!("a\n0\n{ROOT}\n"),
        format!("a\r\n1\n{ROOT}\n"),
    ];
    for text in wrong {
        assert_eq!(text.parse::<Checkpoint>().map_err(|error| error.kind()), Err(ErrorKind::Malformed), "{text:?}");
    }
    let empty = Checkpoint::new(origin("a"), TreeHead::EMPTY).expect("the empty tree").to_string();
    assert_eq!(empty, "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
    assert!(empty.parse::<Checkpoint>().is_ok());
    for line in ["", "a\nb", "a\t"] {
        assert!(line.parse::<Origin>().is_err() && made("a", 1).with_extension(line).is_err(), "{line:?}");
    }
}

proptest! {
    #[test]
    fn ours_are_theirs(name in "[ -~]{1,20}", size in 1_u64.., root: [u8; 32], lines in prop::collection::vec("[ -~]{1,20}", 0..3)) {
        let head = TreeHead { size, root: Hash::from_bytes(root) };
        let ours = lines.iter().cloned().try_fold(Checkpoint::new(origin(&name), head).expect("leaves"), Checkpoint::with_extension);
        let ours = ours.expect("lines");
        prop_assert_eq!(ours.extensions(), lines);
        prop_assert_eq!(ours.to_string().parse(), Ok(ours.clone()));
        let theirs = tlog_tiles::Checkpoint::from_bytes(ours.to_string().as_bytes()).expect("theirs reads it");
        prop_assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (name.as_str(), size, root));
        prop_assert_eq!(theirs.to_bytes(), ours.to_string().into_bytes());
    }

    #[test]
    fn what_parses_prints_the_same(any: String, text in "(a\n|1\n|0\n|CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n|\n){0,6}") {
        for text in [any, text] {
            if let Ok(checkpoint) = text.parse::<Checkpoint>() {
                prop_assert_eq!(checkpoint.to_string(), text);
            }
        }
    }
}
