//! What a client asks besides its body: what kind of body it is, how far to wait, and how long.

use std::time::Duration;

use axum::http::{HeaderMap, header};

use crate::failure::{Code, Failure};
use crate::ladder::{DEFAULT_WAIT, Rung};

/// The kinds of body that are read.
pub(crate) const MEDIA_TYPES: [(&str, Media); 5] = [
    ("application/json", Media::Json),
    ("application/x-ndjson", Media::Lines),
    (annals_forward::MEDIA_TYPE, Media::Batch),
    ("application/cloudevents+json", Media::CloudEvent),
    ("application/cloudevents-batch+json", Media::CloudEvents),
];

/// What kind of body it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Media {
    /// One event or an array of them.
    Json,
    /// One event a line.
    Lines,
    /// What another Annals sends.
    Batch,
    /// One of CloudEvents, structured.
    CloudEvent,
    /// An array of CloudEvents.
    CloudEvents,
}

impl Media {
    /// The kind that the headers say. Nothing is guessed from the body.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let said = headers.get(header::CONTENT_TYPE).and_then(|said| said.to_str().ok()).unwrap_or_default();
        let (essence, parameters) = said.split_once(';').unwrap_or((said, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let wrong = || {
            let known = MEDIA_TYPES.map(|(name, _)| format!("`{name}`")).join(", ");
            let problem = if essence.is_empty() {
                "the body has no media type".to_owned()
            } else {
                format!("`{}` is not read here", annals_ask::shortened(&essence))
            };
            Failure::new(Code::UnsupportedMedia, problem).at("content-type").with_hint(format!("give one of {known}"))
        };
        let media = MEDIA_TYPES.iter().find(|(name, _)| *name == essence).map(|(_, media)| *media).ok_or_else(wrong)?;
        let is_utf8 = parameters.split(';').all(|parameter| match parameter.trim().split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        });
        if is_utf8 {
            Ok(media)
        } else {
            Err(Failure::new(Code::UnsupportedMedia, "JSON is written in UTF-8").at("content-type"))
        }
    }
}

/// How far to wait, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) rung: Rung,
    pub(super) timeout: Duration,
}

impl Asked {
    /// Reads `wait` and `timeout`; no wait is longer than the server's own limit.
    pub(super) fn read(pairs: &[(String, String)], longest: Duration) -> Result<Self, Failure> {
        let mut asked = Self { rung: Rung::default(), timeout: DEFAULT_WAIT.min(longest) };
        for (name, value) in pairs {
            match name.as_str() {
                "wait" => {
                    asked.rung = Rung::from_name(value).ok_or_else(|| {
                        Failure::new(Code::Invalid, format!("`{}` is no rung", annals_ask::shortened(value)))
                            .at("wait")
                            .with_hint("give `accepted`, `durable` or `sealed`")
                    })?;
                }
                "timeout" => {
                    asked.timeout = length(value)
                        .ok_or_else(|| {
                            let problem = format!("`{}` is no length of time", annals_ask::shortened(value));
                            Failure::new(Code::Invalid, problem).at("timeout").with_hint("give `500ms`, `5s` or `1m`")
                        })?
                        .min(longest);
                }
                other => {
                    let shown = annals_ask::shortened(other);
                    let failure = Failure::new(Code::Invalid, "is no parameter of this request").at(shown.clone());
                    return Err(match annals_ask::nearest(&shown, ["wait", "timeout"]) {
                        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
                        None => failure.with_hint("`wait` and `timeout` are"),
                    });
                }
            }
        }
        Ok(asked)
    }
}

/// A length of time: `500ms`, `5s`, `1m`.
fn length(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}
