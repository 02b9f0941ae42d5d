//! The document that the server gives of its HTTP interface, held against the real binary by `schemathesis`, and the examples that are clients of it.
//!
//! The programs are installed by `cargo xtask test --only python`; without them these tests fail and say so.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::bed::{Bed, DEADLINE, Ran, finish, finish_within, spawn};

const TOKEN: &str = "a-token-of-the-tests-that-is-long-enough";

/// How long the thousands of requests of one check may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(4);

/// A server on a free port, which asks for a token.
struct Served {
    bed: Bed,
    child: Child,
    url: String,
}

impl Served {
    fn start() -> Self {
        let bed = Bed::new();
        let tokens = bed.file("tokens", format!("{TOKEN} ann team\n"));
        #[cfg(unix)]
        std::fs::set_permissions(&tokens, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--token-file", tokens.to_str().unwrap()];
        let mut child = bed.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (tell, told) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = stdout.read_line(&mut line).map(|_| tell.send(line));
        });
        let line = told.recv_timeout(DEADLINE).unwrap();
        let url = line.split(' ').find(|word| word.starts_with("http://")).unwrap().trim_end_matches('/').to_owned();
        Self { bed, child, url }
    }

    /// Events of which something can be asked.
    fn fill(&self) {
        for n in 0..20 {
            let session = format!("s{}", n % 3);
            self.bed.good(&["record", "--type", "tool.invoked", "--tool", "search", "--session", &session]);
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// What schemathesis says of a document in these phases.
fn check(served: &Served, document: &str, phases: &str) -> Ran {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis/bin/st");
    assert!(program.exists(), "`{}` is missing (hint: `cargo xtask test --only python`)", program.display());
    let folder = served.bed.data().parent().unwrap().to_owned();
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(root("tests/schemathesis/schemathesis.toml"))
        .args(["run", document, "--url", &served.url, "--no-color", "--max-examples", "20", "--phases", phases])
        .args(["--header", &format!("Authorization: Bearer {TOKEN}"), "--request-timeout", "30"])
        // It never ends by itself; it has tests of its own.
        .args(["--exclude-path", "/v1/events/stream"])
        .current_dir(folder)
        .env_clear()
        .env("HOME", served.bed.data().parent().unwrap())
        .env("NO_PROXY", "*");
    finish_within(spawn(&mut command), PATIENCE)
}

#[test]
fn the_interface_is_as_it_is_described() {
    let served = Served::start();
    served.fill();
    let ran = check(&served, &format!("{}/openapi.json", served.url), "examples,coverage,fuzzing,stateful");
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains("Tested:"), "{}", ran.out);
}

/// The control: a document that promises something else is found out.
#[test]
fn a_description_that_is_wrong_is_found_out() {
    let served = Served::start();
    served.fill();
    let answer = curl(&served, "/openapi.json");
    let mut document: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    document["components"]["schemas"]["Health"]["properties"]["queued"] = serde_json::json!({ "type": "string" });
    let wrong = served.bed.file("wrong.json", document.to_string());
    let ran = check(&served, wrong.to_str().unwrap(), "coverage");
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains("Response violates schema"), "{}", ran.out);
}

fn curl(served: &Served, path: &str) -> Ran {
    let mut command = Command::new("curl");
    command.args([
        "--silent",
        "--show-error",
        "--fail-with-body",
        "--header",
        &format!("Authorization: Bearer {TOKEN}"),
    ]);
    finish(spawn(command.arg(format!("{}{path}", served.url))))
}

#[test]
fn the_example_for_a_shell_does_what_it_says() {
    let served = Served::start();
    let mut command = Command::new("sh");
    command
        .arg(root("examples/curl/annals.sh"))
        .env("ANNALS_SERVER", &served.url)
        .env("ANNALS_TOKEN", TOKEN)
        .current_dir(served.bed.data().parent().unwrap());
    let ran = finish(spawn(&mut command));
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    for said in ["recorded once", "3 lines taken", "the event is shown", "the proof holds", "followed"] {
        assert!(ran.out.contains(said), "`{said}` is missing:\n{}\n{}", ran.out, ran.err);
    }
    // The control: without the server it says so and fails.
    let mut command = Command::new("sh");
    command.arg(root("examples/curl/annals.sh")).env("ANNALS_SERVER", "http://127.0.0.1:1");
    assert_ne!(finish(spawn(&mut command)).code, Some(0));
}

#[test]
fn the_example_in_rust_does_what_it_says() {
    let served = Served::start();
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--package", "annals-example-client", "--", &served.url])
        .env("ANNALS_TOKEN", TOKEN)
        .current_dir(root("."));
    let ran = finish(spawn(&mut command));
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    for said in ["recorded once", "in all 3"] {
        assert!(ran.out.contains(said), "`{said}` is missing:\n{}\n{}", ran.out, ran.err);
    }
}
