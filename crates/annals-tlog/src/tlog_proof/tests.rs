//! Proofs that travel, and what must not be believed of them.

use proptest::prelude::*;

use super::TlogProof;
use crate::testing::{flipped, leaves, mth, signer, tile_bytes};
use crate::{Checkpoint, Error, ErrorKind, Hash, InclusionProof, Origin, TreeHead, VerifierKey};

fn origin() -> Origin {
    "annals/1".parse().expect("an origin")
}

fn key() -> [VerifierKey; 1] {
    [signer("annals/1", 1).verifier().clone()]
}

fn made(index: usize, leaves: &[Hash]) -> TlogProof {
    let head = TreeHead { size: leaves.len() as u64, root: mth(leaves) };
    let checkpoint = Checkpoint::new(origin(), head).and_then(|checkpoint| checkpoint.sign(&[&signer("annals/1", 1)]));
    let read = |tile| Ok::<_, Error>(tile_bytes(leaves, tile));
    let inclusion = InclusionProof::from_tiles(index as u64, head.size, read).expect("the tiles are all there");
    TlogProof::new(inclusion, checkpoint.expect("a note")).expect("a checkpoint")
}

#[test]
fn its_text_is_that_of_the_specification() {
    let leaves = leaves(3);
    let proof = made(2, &leaves);
    let checkpoint = proof.checkpoint().to_string();
    let hash = Hash::of_node(&leaves[0], &leaves[1]);
    assert_eq!(proof.to_string(), format!("c2sp.org/tlog-proof@v1\nindex 2\n{hash}\n\n{checkpoint}"));
    let with_extra = proof.with_extra(*b"entry");
    assert_eq!(
        with_extra.to_string(),
        format!("c2sp.org/tlog-proof@v1\nextra ZW50cnk=\nindex 2\n{hash}\n\n{checkpoint}")
    );
    let alone = made(0, &leaves[..1]);
    assert_eq!(alone.to_string(), format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{}", alone.checkpoint()));
    for proof in [with_extra, alone] {
        assert_eq!(proof.to_string().parse(), Ok(proof));
    }
}

#[test]
fn the_example_of_the_specification_parses() {
    // Its signatures and the end of its extra are elided there, so others stand in for them here.
    let text = "c2sp.org/tlog-proof@v1\nextra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6\nindex 73894\n\
        gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\nB95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\
        EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\nRoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n\
        AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n\nexample.com/fancylog\n109482\n\
        sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— example.com/fancylog hI2DJwAA\n— witness1.example mJirIklj\n";
    let proof: TlogProof = text.parse().expect("a proof");
    assert_eq!((proof.inclusion().index(), proof.inclusion().path().len()), (73_894, 5));
    assert_eq!(proof.checkpoint().signatures().len(), 2);
    assert_eq!(proof.to_string(), text);
}

#[test]
fn it_is_believed_of_its_leaf_only() {
    let leaves = leaves(21);
    for (index, leaf) in leaves.iter().enumerate() {
        let proof = made(index, &leaves);
        let checkpoint = proof.verify(leaf, &origin(), &key()).expect("it is signed and leads to the root");
        assert_eq!(checkpoint.head().size, 21);
        for other in leaves.iter().filter(|other| *other != leaf) {
            let wrong = proof.verify(other, &origin(), &key()).map_err(|error| error.kind());
            assert_eq!(wrong, Err(ErrorKind::WrongProof));
        }
    }
    let proof = made(3, &leaves);
    let other: Origin = "annals/2".parse().expect("an origin");
    let kind =
        |origin: &Origin, keys: &[VerifierKey]| proof.verify(&leaves[3], origin, keys).map_err(|error| error.kind());
    assert_eq!(kind(&other, &key()), Err(ErrorKind::WrongOrigin));
    assert_eq!(kind(&origin(), &[]), Err(ErrorKind::UnknownKey));
    assert_eq!(kind(&origin(), &[signer("annals/1", 2).verifier().clone()]), Err(ErrorKind::UnknownKey));
}

#[test]
fn no_bit_of_it_may_change() {
    let leaves = leaves(11);
    for index in [0, 5, 10] {
        let text = made(index, &leaves).to_string();
        for flipped in flipped(&text) {
            let verified = flipped.parse().and_then(|proof: TlogProof| proof.verify(&leaves[index], &origin(), &key()));
            assert!(verified.is_err(), "{flipped:?}");
        }
    }
}

#[test]
fn the_extra_is_covered_by_no_signature() {
    // A property of the format: whoever uses the extra has to check it against the leaf.
    let leaves = leaves(4);
    let proof = made(1, &leaves).with_extra(*b"anything");
    assert!(proof.verify(&leaves[1], &origin(), &key()).is_ok());
    assert_eq!(proof.extra(), b"anything");
}

#[test]
fn what_is_no_proof_is_refused() {
    let good = made(2, &leaves(3)).to_string();
    assert!(good.parse::<TlogProof>().is_ok(), "the control");
    let index = good.find("index").expect("an index");
    let wrong = [
        String::new(),
        good.replace("@v1", "@v2"),
        format!("\n{good}"),
        good.replace("@v1\n", "@v1\r\n"),
        good.replace("index 2", "index 02"),
        good.replace("index 2", "index"),
        good.replace("index 2", "index -2"),
        good.replace("index 2", "Index 2"),
        good.replace("index 2", "index 2 "),
        good.replace("index 2\n", ""),
        good.replace("index 2", "extra \nindex 2"),
        good.replace("index 2", "extra A\nindex 2"),
        good.replace("index 2", "extra AA==\nextra AA==\nindex 2"),
        good.replace("index 2", "index 2\nextra AA=="),
        good.replace("index 2\n", "index 2\n\n"),
        good.replace("index 2\n", "index 2\nAAAA\n"),
        good[..index].to_owned(),
        good.replacen("\n\n", "\n", 1),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        good.replace("annals/1\n3", "annals/1"),
    ];
    for text in wrong {
        assert_eq!(text.parse::<TlogProof>().map_err(|error| error.kind()), Err(ErrorKind::Malformed), "{text:?}");
    }
}

proptest! {
    #[test]
    fn it_goes_round(size in 1_usize..300, at: prop::sample::Index, extra: Vec<u8>) {
        let leaves = leaves(size);
        let proof = made(at.index(size), &leaves).with_extra(extra);
        prop_assert_eq!(proof.to_string().parse(), Ok(proof.clone()));
        prop_assert!(proof.verify(&leaves[at.index(size)], &origin(), &key()).is_ok());
    }

    #[test]
    fn what_parses_prints_the_same(any: String, at: prop::sample::Index, character: char) {
        let _ = any.parse::<TlogProof>();
        let mut text: Vec<_> = made(2, &leaves(3)).with_extra(*b"x").to_string().chars().collect();
        let at = at.index(text.len());
        text[at] = character;
        let text: String = text.into_iter().collect();
        if let Ok(proof) = text.parse::<TlogProof>() {
            prop_assert_eq!(proof.to_string(), text);
        }
    }
}
