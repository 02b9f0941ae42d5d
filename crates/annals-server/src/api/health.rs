//! `GET /healthz`: the process lives and answers. Asks nobody and opens nothing.

/// Alive.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}
