//! A target that is broken in one place at a time, to show that the suite can fail.

use annals_tlog::Hash;

use crate::Error;
use crate::moving::{Part, Row, Standing, Target, Whole};

/// What is wrong with a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetFault {
    /// Nothing is.
    None,
    /// It forgets the last row of a part.
    Loses(Part),
    /// It knows no bookmark: whoever comes again begins anew.
    Forgets,
    /// It takes rows from whoever comes.
    TakesFromAll,
    /// It takes a log in the place of another.
    TakesAnything,
}

/// A target that is broken on purpose, to show that the suite can fail.
pub struct FaultyTarget {
    /// What it is made of.
    pub inner: Box<dyn Target>,
    /// What is wrong.
    pub fault: TargetFault,
}

impl Target for FaultyTarget {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn standing(&mut self) -> Result<Standing, Error> {
        let standing = self.inner.standing()?;
        Ok(match (self.fault, standing) {
            (TargetFault::TakesAnything, Standing::Log { .. }) | (TargetFault::Forgets, Standing::Unfinished(_)) => {
                Standing::Empty
            }
            (_, standing) => standing,
        })
    }

    fn root_at(&mut self, size: u64) -> Result<Option<Hash>, Error> {
        self.inner.root_at(size)
    }

    fn begin(&mut self, expected: &Standing, bookmark: &str, emptied: &[Part]) -> Result<(), Error> {
        let found = self.inner.standing()?;
        let expected = if *expected == Standing::Empty { &found } else { expected };
        let emptied = if self.fault == TargetFault::TakesAnything { &Part::ALL } else { emptied };
        self.inner.begin(expected, bookmark, emptied)
    }

    fn put(&mut self, part: Part, rows: &[Row], from: &str, to: &str) -> Result<(), Error> {
        let kept = match (self.fault, self.inner.standing()?) {
            (TargetFault::TakesFromAll, Standing::Unfinished(bookmark)) => bookmark,
            _ => from.to_owned(),
        };
        let rows = match (self.fault, rows.split_last()) {
            (TargetFault::Loses(lost), Some((_, rest))) if lost == part => rest,
            _ => rows,
        };
        self.inner.put(part, rows, &kept, to)
    }

    fn finish(&mut self, whole: &Whole, bookmark: &str) -> Result<(), Error> {
        self.inner.finish(whole, bookmark)
    }
}
