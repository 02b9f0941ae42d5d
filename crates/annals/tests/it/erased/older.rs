//! What was proved before an erasure stays proved.

use annals::LeafGroup;
use annals::proof::verify_proof;
use annals_tlog::{Checkpoint, Note, VerifierKey};

use super::*;

#[test]
fn older_proofs_checkpoints_and_the_root_stay_valid() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("trail");
    let audit = Audit::with_settings(&settings(&data)).unwrap();
    let ids: Vec<EventId> =
        (0..300).map(|n| audit.record(marked([GONE, STAYS][n % 2], [GONE, STAYS][n % 2], n)).unwrap().id()).collect();
    audit.wait_for_checkpoint();
    let groups = [LeafGroup::Who, LeafGroup::Context, LeafGroup::Details];
    let older: Vec<String> =
        [0, 1, 150, 255, 256, 299].into_iter().map(|n| audit.prove(ids[n], &groups).unwrap().text).collect();
    let (key, notes) = {
        let store = SqliteStore::open(&data.join("annals.db"), OpenMode::ReadOnly).unwrap();
        let evidence = store.evidence().unwrap();
        let notes: Vec<String> = evidence.checkpoints(0, 100).unwrap().into_iter().map(|one| one.note).collect();
        (evidence.standing().unwrap().keys.last().unwrap().key.clone(), notes)
    };
    let later = Timestamp::from(std::time::SystemTime::now() + Duration::from_hours(1));
    for erasure in
        [of_gone(), Erasure::of_details(later, [], REASON).unwrap(), Erasure::of_rows(later, REASON).unwrap()]
    {
        erase(&audit, &erasure);
        for proof in &older {
            verify_proof(proof, Some(&key.to_string())).unwrap();
        }
        check_notes(&data, &key, &notes);
        check_sound(&data);
    }
    // An emptied row still proves that it was there, and shows nothing.
    let left = ids[298];
    let proof = audit.prove(left, &[]).unwrap();
    verify_proof(&proof.text, Some(&key.to_string())).unwrap();
    assert!(audit.prove(left, &groups).is_err(), "what is gone cannot be shown");
}

/// Each note is signed by the key, and its root is still that of so many leaves.
fn check_notes(data: &Path, key: &VerifierKey, notes: &[String]) {
    assert!(!notes.is_empty());
    let store = SqliteStore::open(&data.join("annals.db"), OpenMode::ReadOnly).unwrap();
    let evidence = store.evidence().unwrap();
    for text in notes {
        let note = Note::parse(text.as_bytes()).unwrap();
        let checkpoint =
            Checkpoint::open(&note, &evidence.standing().unwrap().origin, std::slice::from_ref(key)).unwrap();
        let head = checkpoint.head();
        assert_eq!(evidence.root_at(head.size).unwrap(), Some(head.root));
    }
}
