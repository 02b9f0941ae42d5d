//! Whom servers run as: those of PostgreSQL refuse to be root's.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

/// Whom the server runs as.
pub(super) enum User {
    /// The one who tests.
    Same,
    /// Nobody: root tests, and PostgreSQL refuses to be root's.
    Nobody { uid: u32, gid: u32 },
}

impl User {
    pub(super) fn of(run: &Path) -> Self {
        if fs::metadata(run).is_ok_and(|metadata| metadata.uid() == 0) {
            Self::Nobody { uid: 65_534, gid: 65_534 }
        } else {
            Self::Same
        }
    }

    pub(super) fn own(&self, folder: &Path) {
        if let Self::Nobody { uid, gid } = *self {
            std::os::unix::fs::chown(folder, Some(uid), Some(gid)).expect("root may give away");
        }
    }

    /// A program of this user's, which is told to end at once when whoever started it ends.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        if let Self::Nobody { uid, gid } = self {
            command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
        }
        command.args(["--pdeathsig", "QUIT", "--"]).arg(program);
        command
    }
}
