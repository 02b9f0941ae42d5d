//! `GET /login`: the form that takes a token. Its other half, which takes it and gives a cookie, is `auth`'s.

use axum::extract::Query;
use maud::html;

use super::filters::Pairs;
use super::shell::Page;

/// The form. `?failed` says that the last token was none.
pub(crate) async fn form(Query(pairs): Query<Pairs>) -> Page {
    let has_failed = pairs.iter().any(|(name, _)| name == "failed");
    let content = html! {
        div.login {
            h1 { "Log in" }
            p { "This record is kept for those who have a token of this server." }
            form action="/login" method="post" {
                @if has_failed { div.problem role="alert" id="problem" { "This is no token of this server, or it has expired." } }
                p {
                    label for="token" { "Token" }
                    input type="password" id="token" name="token" autocomplete="current-password" required spellcheck="false"
                        aria-invalid=[has_failed.then_some("true")] aria-describedby=[has_failed.then_some("problem")];
                }
                p { button type="submit" { "Log in" } }
            }
            p.note { "A program sends its token as " code { "Authorization: Bearer TOKEN" } "." }
        }
    };
    Page::aside("Log in", content)
}
