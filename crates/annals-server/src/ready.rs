//! `GET /readyz`: whether to send requests here: the database is open, and what is recorded becomes durable.
//!
//! Events are taken into the journal all the same while this says no; nothing of what is answered is lost by asking.

use std::sync::Arc;

use annals::HealthState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::failure::{Code, Failure};

/// An event that waits for longer than this says that the writer does not get on.
const MAX_LAG_MS: u64 = 10_000;

/// How embedding stands, where there is any. Nobody is turned away for it: searches find by words meanwhile.
async fn embedding(app: &Arc<App>) -> String {
    if app.awareness.embedding().is_none() {
        return String::new();
    }
    let asked = Arc::clone(app);
    let Ok(Some(Ok(standing))) = app.workers.run(move || asked.awareness.embedding_standing()).await else {
        return "embeddings: how many entries wait can't be told now\n".to_owned();
    };
    let problem = standing.trouble.map(|trouble| format!("; {trouble}")).unwrap_or_default();
    match standing.backlog {
        Some(backlog) => format!("embeddings: {} entries wait{problem}\n", backlog.n_waiting),
        None => format!("embeddings: the provider was not reached yet{problem}\n"),
    }
}

/// `ready`, or 503 with what is amiss.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let asked = Arc::clone(&app);
    let health = match app.workers.run(move || asked.audit.health()).await {
        Ok(health) => health,
        Err(failure) => return failure.into_response(),
    };
    let problem = if health.state == HealthState::Failing {
        "events cannot become durable without somebody's help"
    } else if !app.audit.is_open() {
        "the database is not open yet"
    } else if health.unread_because.is_some() {
        "the database can't be read"
    } else if health.is_disk_full {
        "the disk under the database is full"
    } else if MAX_LAG_MS < health.oldest_queued_ms {
        "events wait for the database"
    } else {
        let said = format!("ready\n{}", embedding(&app).await);
        return ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], said).into_response();
    };
    Failure::new(Code::Unavailable, problem).into_response()
}
