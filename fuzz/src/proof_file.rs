//! A proof that travels alone, as `annals verify-proof` is given it by somebody who is not trusted.

use annals::proof::verify_proof;
use annals_tlog::TlogProof;

use crate::check;
use crate::note::{SIGNER, opened};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(proof) = text.parse::<TlogProof>() {
        assert_eq!(proof.to_string(), text, "a proof is printed as it was read");
        opened(proof.checkpoint());
    }
    match verify_proof(text, None) {
        Ok(proven) => {
            assert!(proven.seq < proven.size && proven.signer.is_none());
            assert!(proven.disclosed.iter().all(|(group, _)| !proven.withheld.contains(group)));
            assert!(text.parse::<TlogProof>().is_ok(), "a proof holds that cannot be read");
        }
        Err(problem) => check::plain(&problem.to_string()),
    }
    // What holds with a key holds without one, and says who signed.
    let key = SIGNER.verifier().to_string();
    if let Ok(proven) = verify_proof(text, Some(&key)) {
        assert_eq!(proven.signer.as_ref(), Some(&key));
        assert!(verify_proof(text, None).is_ok());
    }
}
