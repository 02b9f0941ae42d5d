//! `GET /v1/events/{id}` and `GET /v1/events/{id}/proof`: one event, and the proof that the log holds it.

use annals::{EventId, LeafGroup, cloudevents};
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::accept;
use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// The event as its flat object, or as one of CloudEvents.
pub(crate) async fn get_event(
    Extension(trail): Extension<Trail>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let is_cloud = accept::choose(&headers, &[("application/json", false), (cloudevents::MEDIA_TYPE, true)])?;
    let event = trail.get(id_of(&id)?).await?.ok_or_else(not_found)?;
    let mut body = String::new();
    if is_cloud {
        cloudevents::write(&event, &trail.source().await?, &mut body);
    } else {
        annals_event::json::write(&event, &mut body);
    }
    let media_type = if is_cloud { cloudevents::MEDIA_TYPE } else { "application/json" };
    Ok(([(header::CONTENT_TYPE, media_type)], body).into_response())
}

/// The event's `tlog-proof`, which shows the groups named by `disclose` and no other.
pub(crate) async fn prove(
    Extension(trail): Extension<Trail>,
    id: Result<Path<String>, PathRejection>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let groups = groups_of(&pairs)?;
    let id = id_of(&id)?;
    let proof = trail.prove(id, groups).await?.ok_or_else(not_found)?;
    let mut response = proof.text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.tlog-proof\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn id_of(path: &Result<Path<String>, PathRejection>) -> Result<EventId, Failure> {
    let text = path.as_ref().map_or("", |Path(text)| text.as_str());
    text.parse().map_err(|_| {
        Failure::new(Code::Invalid, format!("`{}` is no event's id", annals_ask::shortened(text)))
            .at("id")
            .with_hint("an id is a UUID, as events show it")
    })
}

fn not_found() -> Failure {
    Failure::new(Code::NotFound, "there is no such event")
        .at("id")
        .with_hint("an event that was only accepted is found once it is durable")
}

fn groups_of(pairs: &[(String, String)]) -> Result<Vec<LeafGroup>, Failure> {
    let mut groups = Vec::new();
    for (name, value) in pairs {
        if name != "disclose" {
            let shown = annals_ask::shortened(name);
            return Err(Failure::new(Code::Invalid, "is no parameter of this request")
                .at(shown)
                .with_hint("`disclose` is one: `who`, `context` and `details`, or some of them"));
        }
        for group in value.split(',').map(str::trim).filter(|group| !group.is_empty()) {
            groups.push(group.parse().map_err(|invalid: annals::Invalid| Failure::from(invalid).at("disclose"))?);
        }
    }
    Ok(groups)
}
