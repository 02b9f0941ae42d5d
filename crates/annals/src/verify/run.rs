//! One verification from its beginning to its report.

use std::path::Path;

use super::{Options, Progress, Report};
use crate::{Error, ErrorKind};

pub(super) fn run(database: &Path, _options: &Options, _progress: &mut dyn FnMut(Progress)) -> Result<Report, Error> {
    Err(Error::new(ErrorKind::Io, format!("`{}` cannot be verified yet", database.display())))
}
