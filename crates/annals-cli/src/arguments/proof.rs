//! The words of `annals prove` and `annals verify-proof`.

use annals::{EventId, LeafGroup};
use clap::Args;

use super::filter::bare;

/// One event to be proved.
#[derive(Args, Debug)]
pub(crate) struct Prove {
    /// The event's whole id, as `record` and `query` print it
    #[arg(value_name = "ID", value_parser = id)]
    pub(crate) id: EventId,
    /// What is shown of it: any of who,context,details
    #[arg(long, value_name = "GROUPS", value_delimiter = ',', value_parser = group)]
    pub(crate) disclose: Vec<LeafGroup>,
}

/// A proof to be checked.
#[derive(Args, Debug)]
pub(crate) struct VerifyProof {
    /// The proof, or - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// The log's key; without it the signer is not checked
    #[arg(long, value_name = "VKEY|@FILE")]
    pub(crate) key: Option<String>,
}

fn id(text: &str) -> Result<EventId, String> {
    text.parse().map_err(|invalid| bare(&invalid))
}

fn group(text: &str) -> Result<LeafGroup, String> {
    text.trim().parse().map_err(|invalid| bare(&invalid))
}
