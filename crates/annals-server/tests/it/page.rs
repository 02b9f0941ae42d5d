//! The page as a browser is given it: every view, what its head forbids, whose events it shows, and what becomes of hostile text.

mod bench;
mod guarded;
mod hostile;
mod knowing;
mod live;
mod refused;
mod verifying;
mod views;
mod whose;
