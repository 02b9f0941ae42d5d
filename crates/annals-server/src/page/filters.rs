//! The form that asks a question, and the conditions that are asked.
//!
//! It is a plain form by GET, so that what it asks is in the URL. A condition that the form has no field for, such as `client=…` from somebody's link, is carried along and can be taken
//! out like any other.

use annals_ask::Question;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::links;
use super::text::{cut, told};
use crate::failure::Failure;

/// What can be typed, in the form's order: name, label, and an example.
const TYPED: [(&str, &str, &str); 6] = [
    ("search", "Words", "denied -test"),
    ("event_type", "Type", "tool.*"),
    ("tool", "Tool", "Bash"),
    ("actor_name", "Agent", "claude-code"),
    ("session_id", "Session", ""),
    ("since", "Since", "2h, today"),
];
/// What is asked more rarely.
const RARE: [(&str, &str, &str); 6] = [
    ("until", "Until", "yesterday"),
    ("resource", "Resource", "src/**/*.rs"),
    ("text", "Text in details", ""),
    ("user_identity", "User", ""),
    ("project_name", "Project", ""),
    ("operation_id", "Operation", ""),
];
const OUTCOMES: [&str; 6] = ["success", "failure", "denied", "cancelled", "timeout", "unknown"];
const DECISIONS: [&str; 3] = ["allow", "ask", "deny"];

/// The pairs of a URL as they came.
pub(super) type Pairs = Vec<(String, String)>;

/// The same pairs without those that ask nothing, where there are such: a form sends each field it has, and a URL should be short enough to be sent to somebody.
pub(super) fn shorter(path: &str, pairs: &[(String, String)]) -> Option<Response> {
    if pairs.iter().all(|(_, value)| !value.trim().is_empty()) {
        return None;
    }
    let kept: Vec<(&str, Option<&str>)> = pairs
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(name, value)| (name.as_str(), Some(value.as_str())))
        .collect();
    Some(Redirect::to(&links::with_query(path, &Question::default().query_with(&kept))).into_response())
}

/// The form, filled with what was asked.
pub(super) struct Form<'a> {
    /// Where it asks.
    pub(super) path: &'static str,
    /// What was asked, by whatever name.
    pub(super) pairs: &'a [(String, String)],
    /// What was wrong with it.
    pub(super) problem: Option<&'a Failure>,
    /// Fields of the view's own.
    pub(super) own: Markup,
    /// The names of those.
    pub(super) own_names: &'static [&'static str],
}

impl Form<'_> {
    fn value(&self, name: &str) -> &str {
        let of = |name: &str| self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let short = match name {
            "event_type" => "type",
            "actor_name" => "actor",
            "user_identity" => "user",
            "project_name" => "project",
            "session_id" => "session",
            name => name,
        };
        of(name).or_else(|| of(short)).unwrap_or_default()
    }

    fn is_wrong(&self, name: &str) -> bool {
        self.problem.and_then(Failure::field) == Some(name)
    }

    fn text_field(&self, (name, label, example): (&str, &str, &str)) -> Markup {
        let is_wrong = self.is_wrong(name);
        html! {
            p {
                label for={ "f-" (name) } { (label) }
                input type="text" id={ "f-" (name) } name=(name) value=(self.value(name)) placeholder=(example)
                    list=[(name == "event_type").then_some("types")] autocomplete="off" spellcheck="false" dir="auto"
                    aria-invalid=[is_wrong.then_some("true")] aria-describedby=[is_wrong.then_some("problem")];
            }
        }
    }

    fn choice(&self, name: &str, label: &str, words: &[&str]) -> Markup {
        let value = self.value(name);
        let is_other = !value.is_empty() && !words.contains(&value);
        html! {
            p {
                label for={ "f-" (name) } { (label) }
                select id={ "f-" (name) } name=(name) {
                    option value="" { "any" }
                    @if is_other { option value=(value) selected { (value) } }
                    @for word in words { option value=(word) selected[*word == value] { (word) } }
                }
            }
        }
    }

    /// The whole form.
    pub(super) fn markup(&self) -> Markup {
        let is_rare_asked =
            RARE.iter().any(|(name, _, _)| !self.value(name).is_empty()) || !self.value("decision").is_empty();
        html! {
            search {
                form.filters action=(self.path) method="get" aria-label="Filter" {
                    @if let Some(problem) = self.problem {
                        div.problem role="alert" id="problem" {
                            @if let Some(field) = problem.field() { b { (told(field)) } ": " }
                            (told(problem.message()))
                            @if let Some(hint) = problem.hint() { " (" (told(hint)) ")" }
                        }
                    }
                    div.fields {
                        @for field in TYPED { (self.text_field(field)) }
                        (self.choice("outcome", "Outcome", &OUTCOMES))
                        (self.own)
                        p.go { button type="submit" { "Show" } }
                    }
                    details open[is_rare_asked] {
                        summary { "More conditions" }
                        div.fields {
                            @for field in RARE { (self.text_field(field)) }
                            (self.choice("decision", "Decision", &DECISIONS))
                        }
                    }
                    @for (name, value) in self.pairs.iter().filter(|(name, value)| !self.has_field(name) && !value.is_empty()) {
                        input type="hidden" name=(name) value=(value);
                    }
                    (types())
                }
            }
        }
    }

    fn has_field(&self, name: &str) -> bool {
        const SHORT: [&str; 5] = ["type", "actor", "user", "project", "session"];
        let typed = TYPED.iter().chain(&RARE).any(|(known, _, _)| *known == name);
        // A page begins anew when what it pages through changes.
        typed
            || ["outcome", "decision", "cursor"].contains(&name)
            || SHORT.contains(&name)
            || self.own_names.contains(&name)
    }
}

/// The types that there are, for the field to propose.
fn types() -> Markup {
    let types = annals_event::Types::standard();
    html! {
        datalist id="types" {
            @for family in ["tool.*", "session.*", "audit.*", "guard.*", "approval.*"] { option value=(family) {} }
            @for name in types.iter() { option value=(name) {} }
        }
    }
}

/// What is asked, each condition with a way to take it out.
pub(super) fn chips(path: &str, question: &Question, own: &[(&str, &str)]) -> Markup {
    let asked: Vec<_> = question.pairs().filter(|(name, _)| !matches!(*name, "order" | "limit" | "cursor")).collect();
    let carried: Vec<(&str, Option<&str>)> = own.iter().map(|(name, value)| (*name, Some(*value))).collect();
    html! {
        @if !asked.is_empty() {
            ul.chips aria-label="Conditions" {
                @for (name, value) in &asked {
                    @let without = {
                        let mut other = vec![(*name, None), ("cursor", None)];
                        other.extend(&carried);
                        links::with_query(path, &question.query_with(&other))
                    };
                    li {
                        span { (name) " " b { (cut(value, 60)) } }
                        a href=(without) aria-label={ "Take out " (name) } { span aria-hidden="true" { "×" } }
                    }
                }
                @if 1 < asked.len() { li.all { a href=(path) { "Take out all" } } }
            }
        }
    }
}
