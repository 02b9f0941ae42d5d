//! Untouched logs, each with a past that is hard on a log and no tampering: none of them may be accused.

mod pasts;

use std::path::Path;

use annals::verify::Report;

use crate::original::Original;
use crate::random::Random;

/// One kind of past.
pub(crate) struct Control {
    pub(crate) name: &'static str,
    /// Makes a log in this folder and asks `verify`, at the end or several times on the way.
    pub(crate) make: fn(&Original, &Path, &mut Random) -> anyhow::Result<Vec<Report>>,
}

/// All kinds.
pub(crate) const ALL: &[Control] = &[
    Control { name: "copied", make: pasts::copied },
    Control { name: "kill -9 under load", make: pasts::killed },
    Control { name: "backup and restore", make: pasts::restored },
    Control { name: "rollback accepted", make: pasts::rollback_accepted },
    Control { name: "erased", make: pasts::erased },
    Control { name: "pruned twice", make: pasts::pruned_twice },
    Control { name: "key rotated", make: pasts::key_rotated },
    Control { name: "written meanwhile", make: pasts::written_meanwhile },
];
