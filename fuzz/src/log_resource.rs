//! What a log is asked for by its path, and the bytes of tiles and bundles that come back: the first line is the path, the rest the bytes.

use annals_tlog::Resource;

pub(crate) fn run(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (path, content) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let Ok(path) = str::from_utf8(path) else { return };
    let Ok(resource) = path.parse::<Resource>() else { return };
    assert_eq!(resource.to_string(), path, "one thing has one path");
    assert!(!path.contains("..") && !path.starts_with('/'), "a path that leads elsewhere: {path:?}");
    match resource {
        Resource::Checkpoint => {}
        Resource::Tile(tile) => {
            if let Ok(hashes) = tile.hashes(content) {
                assert_eq!(hashes.len(), usize::from(tile.width()));
                let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
                assert!(content.starts_with(&bytes), "hashes that are not there");
            }
        }
        Resource::Bundle(bundle) => {
            if let Ok(entries) = bundle.entries(content) {
                let bytes = bundle.encode(&entries).expect("what was read is written");
                assert!(content.starts_with(&bytes), "entries that are not there");
            }
        }
    }
}
