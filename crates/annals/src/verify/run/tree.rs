//! How the log stands, also where its tiles make no tree: that is a finding, the rows say how long it is, and everything else is looked at as ever.
//!
//! Only where not even rows and names can be read, nothing could be looked at.

use annals_store::{Error, ErrorKind, Standing};
use annals_tlog::Frontier;

use super::Verification;
use crate::verify::{Verdict, tiles};

impl Verification<'_> {
    /// How the log stands.
    pub(super) fn standing(&mut self) -> Result<Standing, Error> {
        match self.evidence.standing() {
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                let standing = self.evidence.standing_by_rows().map_err(|_| error)?;
                self.lose_tree();
                Ok(standing)
            }
            standing => standing,
        }
    }

    /// The right edge of the part of the log that was verified before; that of nothing where the tiles don't have it.
    pub(super) fn frontier(&mut self, size: u64) -> Result<Frontier, Error> {
        if let Some(frontier) = tiles::frontier(self.evidence, size)? {
            return Ok(frontier);
        }
        self.lose_tree();
        Ok(Frontier::new())
    }

    /// The size of the log by now, which was `size` at the beginning.
    pub(super) fn size_now(&self, size: u64) -> Result<u64, Error> {
        if self.has_tree { self.evidence.standing().map(|standing| standing.tree.size) } else { Ok(size) }
    }

    fn lose_tree(&mut self) {
        self.has_tree = false;
        self.findings.nowhere(Verdict::Edited, "the tiles of the log make no tree any more".to_owned());
    }
}
