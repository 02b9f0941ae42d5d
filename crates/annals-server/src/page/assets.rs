//! The stylesheet, the script and the icon, compiled in.
//!
//! Their names carry a digest of what they hold, so that a browser may keep them for ever and still gets the new ones of a new version.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// One file.
struct Asset {
    stem: &'static str,
    extension: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const CSS: Asset = Asset {
    stem: "page",
    extension: "css",
    media_type: "text/css; charset=utf-8",
    bytes: include_bytes!("assets/page.css"),
};
const SCRIPT: Asset = Asset {
    stem: "page",
    extension: "js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("assets/page.js"),
};
const ICON: Asset =
    Asset { stem: "icon", extension: "svg", media_type: "image/svg+xml", bytes: include_bytes!("assets/icon.svg") };

const ALL: [Asset; 3] = [CSS, SCRIPT, ICON];

impl Asset {
    /// The name under which it is asked for. The digest tells versions apart and guards nothing, so that a short one that needs no other crate will do (FNV-1a).
    fn name(&self) -> String {
        let digest = self.bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{}-{digest:016x}.{}", self.stem, self.extension)
    }

    fn path(&self) -> String {
        format!("/assets/{}", self.name())
    }
}

/// Where the stylesheet is.
pub(super) fn stylesheet() -> String {
    CSS.path()
}

/// Where the script is.
pub(super) fn script() -> String {
    SCRIPT.path()
}

/// Where the icon is.
pub(super) fn icon() -> String {
    ICON.path()
}

/// `GET /assets/{name}`.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    match ALL.iter().find(|asset| asset.name() == name) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.media_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
