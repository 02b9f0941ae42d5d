//! The table of the targets.

use crate::{
    cloudevent, encoded_event, event_json, forward_answer, forward_batch, glob, hook_payload, journal_segment,
    log_resource, note, planted, proof_file, question, scalar, secrets, tree_proof, wrapped_stream,
};

/// A target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is also that of its folder of seeds.
    pub name: &'static str,
    /// Runs it over some bytes; panics where a promise is broken.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "cloudevent", run: cloudevent::run },
    Target { name: "encoded_event", run: encoded_event::run },
    Target { name: "event_json", run: event_json::run },
    Target { name: "forward_answer", run: forward_answer::run },
    Target { name: "forward_batch", run: forward_batch::run },
    Target { name: "glob", run: glob::run },
    Target { name: "hook_payload", run: hook_payload::run },
    Target { name: "journal_segment", run: journal_segment::run },
    Target { name: "log_resource", run: log_resource::run },
    Target { name: "note", run: note::run },
    Target { name: "proof_file", run: proof_file::run },
    Target { name: "question", run: question::run },
    Target { name: "scalar", run: scalar::run },
    Target { name: "secrets", run: secrets::run },
    Target { name: "tree_proof", run: tree_proof::run },
    Target { name: "wrapped_stream", run: wrapped_stream::run },
];

/// A target with a bug that must be found: where it isn't, the fuzzer is blind and its silence about the others says nothing.
pub const PLANTED: Target = Target { name: "planted", run: planted::run };

/// The variable that names the target.
pub const VARIABLE: &str = "ANNALS_FUZZ_TARGET";

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().copied().chain([PLANTED]).find(|target| target.name == name)
}
