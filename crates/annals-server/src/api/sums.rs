//! `GET /v1/sessions` and `GET /v1/stats`: what many events come to.

use annals::{BucketWidth, Session};
use annals_ask::Question;
use axum::extract::Query;
use axum::{Extension, Json};
use jiff::Zoned;
use serde_json::{Map, Value, json};

use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// The most buckets in one answer.
const MAX_BUCKETS: usize = 10_000;

/// A page of sessions, as `{"sessions":[…],"cursor":"…","examined_to":…,"end":…}`.
pub(crate) async fn sessions(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Failure> {
    let asked = question(&pairs)?;
    let page = trail.sessions(asked.filter, asked.page).await?;
    let sessions: Vec<Value> = page.sessions.iter().map(session).collect();
    let mut body = json!({ "sessions": sessions, "end": page.end });
    if let Some(cursor) = page.cursor {
        body["cursor"] = cursor.to_string().into();
    }
    if let Some(examined_to) = page.examined_to {
        body["examined_to"] = examined_to.into();
    }
    Ok(Json(body))
}

fn session(session: &Session) -> Value {
    let mut object = Map::new();
    object.insert("session_id".to_owned(), session.session_id.clone().into());
    for (name, value) in [
        ("actor_name", &session.actor_name),
        ("client", &session.client),
        ("user_identity", &session.user_identity),
        ("project_name", &session.project_name),
    ] {
        if let Some(value) = value {
            object.insert(name.to_owned(), value.clone().into());
        }
    }
    object.insert("first_at".to_owned(), session.first_at.to_string().into());
    object.insert("last_at".to_owned(), session.last_at.to_string().into());
    for (name, number) in [
        ("last_seq", session.last_seq),
        ("n_events", session.n_events),
        ("n_calls", session.n_calls),
        ("n_failures", session.n_failures),
    ] {
        object.insert(name.to_owned(), number.into());
    }
    Value::Object(object)
}

/// Counts by time, as `{"bucket_s":3600,"buckets":[{"start":"…","n_events":…,"n_failed":…,"n_denied":…}]}`.
pub(crate) async fn stats(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Failure> {
    let mut width = BucketWidth::HOUR;
    let mut asked = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match name.as_str() {
            "bucket" => {
                width = annals_ask::width(&value).map_err(|_| {
                    let problem = format!("`{}` is no width", annals_ask::shortened(&value));
                    Failure::new(Code::Invalid, problem).at("bucket").with_hint("give `1m`, `15m`, `1h`, `1d` or `1w`")
                })?;
            }
            "limit" | "cursor" | "order" => {
                return Err(Failure::new(Code::Invalid, "is no parameter of this request")
                    .at(name)
                    .with_hint("counts come in one answer; `since` and `until` say of which time"));
            }
            _ => asked.push((name, value)),
        }
    }
    let asked = question(&asked)?;
    let buckets = trail.stats(asked.filter, width).await?;
    if MAX_BUCKETS < buckets.len() {
        let problem = format!("that makes {} counts, more than the {MAX_BUCKETS} of one answer", buckets.len());
        return Err(Failure::new(Code::Invalid, problem)
            .at("bucket")
            .with_hint("give wider buckets or a shorter time"));
    }
    let counts: Vec<Value> = buckets
        .iter()
        .map(|bucket| {
            json!({
                "start": bucket.start.to_string(),
                "n_events": bucket.n_events,
                "n_failed": bucket.n_failed,
                "n_denied": bucket.n_denied,
            })
        })
        .collect();
    Ok(Json(json!({ "bucket_s": width.seconds(), "buckets": counts })))
}

fn question(pairs: &[(String, String)]) -> Result<Question, Failure> {
    Ok(Question::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &Zoned::now())?)
}
