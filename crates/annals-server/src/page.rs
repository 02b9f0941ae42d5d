//! The page: the trail in a browser, for people who look into what agents did.
//!
//! Everything is rendered here, on the server, and works without JavaScript; the one small script ([`assets`]) makes three things live: new events, the numbers of the last hour and
//! a verification that runs. Nothing is built, and nothing comes from elsewhere, so that the page works on a machine without a network and [`guard`] can forbid all the rest.
//!
//! What stands in events is hostile: it was written by agents, tools and whoever talked to them. Each text of an event goes through [`text`], which shows what does something instead
//! of being seen, and `maud` escapes the rest; no text of an event becomes a link, a class or a part of a script. Links are made of ids and of our own words alone ([`links`]).
//!
//! A page asks through the caller's [`Trail`](crate::trail::Trail) as everybody does, by the words of [`annals_ask::Question`] in its URL: a view can be sent to somebody as its URL.

mod assets;
mod briefing;
mod chart;
mod entries;
mod entry;
mod event;
mod export;
mod filters;
mod guard;
mod histogram;
mod knowing;
mod links;
mod live;
mod log;
mod login;
mod now;
mod refused;
mod rows;
mod session;
mod sessions;
mod shell;
mod text;
mod timeline;
mod times;
mod verifying;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use guard::guard;
pub(crate) use refused::{dress, is_for_people, not_so, nowhere};
pub(crate) use verifying::{State as VerifyingState, Verifying, join as verify};

/// What needs to know the caller.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(now::now))
        .route("/live", get(live::live))
        .route("/events", get(timeline::timeline))
        .route("/events/{id}", get(event::event))
        .route("/sessions", get(sessions::sessions))
        .route("/sessions/{id}", get(session::session))
        .route("/histogram", get(histogram::histogram))
        .route("/export.ndjson", get(export::ndjson))
        .route("/export.csv", get(export::csv))
        .route("/awareness", get(briefing::briefing))
        .route("/awareness/entries", get(entries::entries))
        .route("/awareness/entries/{id}", get(entry::entry))
        .route("/awareness/trash", get(entries::trash))
        .route("/log", get(log::log))
        .route("/log/verify", post(verifying::begin).get(verifying::state))
}

/// What anybody may ask for: the form to log in, and how the page looks.
pub(crate) fn open_routes() -> Router {
    Router::new().route("/login", get(login::form)).route("/assets/{name}", get(assets::asset))
}
