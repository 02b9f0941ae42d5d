//! What stands around each view: the head, the ways to the other views, and the foot.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::assets;
use super::text::told;
use super::times::Clock;
use crate::trail::Trail;

/// The views in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum View {
    Now,
    Timeline,
    Sessions,
    Histogram,
    Awareness,
    Log,
    /// None of them: an error, or the form to log in.
    Aside,
}

const VIEWS: [(View, &str, &str); 6] = [
    (View::Now, "/", "Now"),
    (View::Timeline, "/events", "Timeline"),
    (View::Sessions, "/sessions", "Sessions"),
    (View::Histogram, "/histogram", "Histogram"),
    (View::Awareness, "/awareness", "Awareness"),
    (View::Log, "/log", "Log"),
];

/// A whole page.
pub(super) struct Page {
    parts: Parts,
    status: StatusCode,
}

/// What a page is made of.
struct Parts {
    view: View,
    title: &'static str,
    who: Option<Markup>,
    content: Markup,
    /// How soon a browser without JavaScript asks again, and for what. Without the path it would jump to the place in the document that the URL names, and not ask.
    ask_again: Option<&'static str>,
}

impl Page {
    /// A page for a caller. The title is our own words.
    pub(super) fn of(trail: &Trail, view: View, title: &'static str, content: Markup) -> Self {
        let caller = trail.caller();
        let who = html! {
            div.caller {
                p { "space " b { (told(caller.space())) } span.by { " as " (told(caller.credential())) } }
                @if trail.app().config.access.asks() {
                    form action="/logout" method="post" { button type="submit" { "Log out" } }
                }
            }
        };
        let parts = Parts { view, title, who: Some(who), content, ask_again: None };
        Self { parts, status: StatusCode::OK }
    }

    /// A page for somebody unknown.
    pub(super) fn aside(title: &'static str, content: Markup) -> Self {
        let parts = Parts { view: View::Aside, title, who: None, content, ask_again: None };
        Self { parts, status: StatusCode::OK }
    }

    /// The same with another status.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same, which leads to the state of the log soon; with JavaScript it is told when.
    pub(super) fn asking_again(mut self) -> Self {
        self.parts.ask_again = Some("2; url=/log");
        self
    }

    /// The document.
    pub(super) fn into_html(self) -> String {
        whole(&self.parts).into_string()
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (self.status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], whole(&self.parts).into_string())
            .into_response()
    }
}

fn whole(Parts { view, title, who, content, ask_again }: &Parts) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(soon) = ask_again { noscript { meta http-equiv="refresh" content=(soon); } }
                title { (title) " · Annals" }
                link rel="icon" type="image/svg+xml" href=(assets::icon());
                link rel="stylesheet" href=(assets::stylesheet());
                script src=(assets::script()) defer {}
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header.top {
                    a.name href="/" { (MARK) "Annals" }
                    @if who.is_some() {
                        nav aria-label="Views" {
                            ul {
                                @for (other, path, word) in VIEWS {
                                    li { a href=(path) aria-current=[(other == *view).then_some("page")] { (word) } }
                                }
                            }
                        }
                    }
                    @if let Some(who) = who { (who) }
                }
                main id="content" tabindex="-1" { (content) }
                footer {
                    p { "Annals " (env!("CARGO_PKG_VERSION")) " · times are this server’s (" (Clock::now().zone()) ")" }
                }
            }
        }
    }
}

/// A drawn sign that needs no words: rows of a record, the last one being written.
const MARK: PreEscaped<&str> = PreEscaped(
    "<svg class=\"sign\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M2 3h12M2 8h12M2 13h7\"/></svg>",
);
