//! Failures as RFC 9457 problem documents.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::failure::{Code, Failure};

/// The status that a code is answered with.
pub(crate) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Invalid => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::Conflict | Code::NotYet => StatusCode::CONFLICT,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::NotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::SlowClient => StatusCode::REQUEST_TIMEOUT,
        Code::Overloaded | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.tell();
        let status = status_of(self.code());
        let mut body = json!({
            // Resolved against the server: the description of what it says.
            "type": format!("/openapi.json#/components/responses/{}", self.code().as_str()),
            "title": self.code().title(),
            "status": status.as_u16(),
            "detail": self.message(),
            "code": self.code().as_str(),
            "retryable": self.code().is_retryable(),
        });
        if let Some(field) = self.field() {
            body["field"] = field.into();
        }
        if let Some(hint) = self.hint() {
            body["hint"] = hint.into();
        }
        if let Some(object) = body.as_object_mut() {
            object.extend(self.members().clone());
        }
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"annals\""));
        }
        if body["retryable"] == true {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
