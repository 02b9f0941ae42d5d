//! The log's tree as monitors read it: <https://c2sp.org/tlog-tiles>.

use annals::Event;

use crate::client::{Answer, Client};
use crate::server::Server;

fn get(server: &Server, path: &str) -> Answer {
    Client::connect(server.address).ask("GET", path, &[], b"")
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// RFC 6962's root, written down here a second time.
fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => hash(&[]),
        [leaf] => *leaf,
        leaves => {
            let middle = leaves.len().next_power_of_two() / 2;
            hash(&[&[1], &root(&leaves[..middle]), &root(&leaves[middle..])])
        }
    }
}

#[test]
fn tiles_and_entries_make_the_root_of_the_checkpoint() {
    let server = Server::start();
    assert_eq!(get(&server, "/log/checkpoint").status, 404, "nothing is sealed yet");
    for n in 0..300 {
        server.audit.record(Event::new("tool.invoked").tool(format!("secret-tool-{n}"))).unwrap();
    }
    server.audit.flush().unwrap();
    server.audit.checkpoint().unwrap();
    let checkpoint = get(&server, "/log/checkpoint");
    assert_eq!((checkpoint.status, checkpoint.header("cache-control")), (200, Some("no-cache")));
    let lines: Vec<&str> = checkpoint.text().lines().collect();
    assert_eq!(lines[1], "300");
    let full = get(&server, "/log/tile/0/000");
    assert!(full.header("cache-control").unwrap().contains("immutable"));
    assert_eq!((full.header("content-type"), full.body.len()), (Some("application/octet-stream"), 256 * 32));
    let part = get(&server, "/log/tile/0/001.p/44");
    assert_eq!(part.body.len(), 44 * 32);
    let mut leaves: Vec<[u8; 32]> = Vec::new();
    for chunk in full.body.chunks(32).chain(part.body.chunks(32)) {
        leaves.push(chunk.try_into().unwrap());
    }
    let signed = lines[2];
    assert_eq!(base64(&root(&leaves)), signed);
    // Above: the one full tile below it.
    assert_eq!(get(&server, "/log/tile/1/000.p/1").body, root(&leaves[..256]));
    // The entries hash to the leaves, and hold no content.
    let mut entries = get(&server, "/log/tile/entries/000").body;
    entries.extend(get(&server, "/log/tile/entries/001.p/44").body);
    assert!(!String::from_utf8_lossy(&entries).contains("secret-tool"));
    let mut rest = entries.as_slice();
    for leaf in &leaves {
        let (length, after) = rest.split_at(2);
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes([length[0], length[1]])));
        assert_eq!(hash(&[&[0], entry]), *leaf);
        rest = after;
    }
    assert!(rest.is_empty());
    // A narrower tile than there is; and what is not there.
    assert_eq!(get(&server, "/log/tile/0/001.p/3").body, part.body[..96]);
    for path in [
        "tile/0/001",
        "tile/0/001.p/45",
        "tile/0/002.p/1",
        "tile/0/1",
        "tile/0/000.p/256",
        "tile/2/000.p/1",
        "tile/entries/002",
        "tile/..",
        "x",
        "tile/0/000/",
    ] {
        assert_eq!(get(&server, &format!("/log/{path}")).status, 404, "{path}");
    }
}

#[test]
fn nothing_beyond_the_checkpoint_is_handed_out() {
    let server = Server::start();
    server.audit.record(Event::new("tool.invoked")).unwrap().wait_sealed(std::time::Duration::from_secs(20)).unwrap();
    let size: u64 = get(&server, "/log/checkpoint").text().lines().nth(1).unwrap().parse().unwrap();
    assert_eq!(get(&server, &format!("/log/tile/0/000.p/{size}")).status, 200);
    assert_eq!(get(&server, &format!("/log/tile/0/000.p/{}", size + 1)).status, 404);
    assert_eq!(get(&server, &format!("/log/tile/entries/000.p/{}", size + 1)).status, 404);
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes)
}
