//! Spans for a call and its attempts, with OpenTelemetry's names for HTTP clients. No value of the
//! request and nothing of a body is in them.

use http::StatusCode;

use crate::error::Error;
use crate::transport::attempt::Outcome;
use crate::transport::call::Call;

/// The span of a call: what the application asked for, whatever it took.
pub(crate) fn operation(call: &Call) -> tracing::Span {
    let base = call.core.base();
    tracing::info_span!(
        "operation",
        otel.name = call.operation.id,
        otel.kind = "internal",
        service = call.core.shared().service.name,
        http.request.method = call.operation.method.as_str(),
        url.template = call.operation.path,
        server.address = base.host(),
        server.port = base.port(),
        http.response.status_code = tracing::field::Empty,
        http.request.resend_count = tracing::field::Empty,
        error.r#type = tracing::field::Empty,
    )
}

/// The span of one attempt, which is what OpenTelemetry calls an HTTP client span.
pub(crate) fn attempt(call: &Call, attempt: u32) -> tracing::Span {
    let base = call.core.base();
    tracing::debug_span!(
        "attempt",
        otel.name = %format_args!("{} {}", call.operation.method, call.operation.path),
        otel.kind = "client",
        http.request.method = call.operation.method.as_str(),
        http.request.resend_count = attempt.saturating_sub(1),
        url.template = call.operation.path,
        server.address = base.host(),
        server.port = base.port(),
        http.response.status_code = tracing::field::Empty,
        error.r#type = tracing::field::Empty,
    )
}

/// Records how an attempt ended.
pub(crate) fn ended(span: &tracing::Span, outcome: &Outcome) {
    match outcome {
        Outcome::Answered(answered) => status(span, answered.status),
        Outcome::Failed(failure, _) => {
            span.record("error.type", failure.name());
        }
    }
}

/// Records the status of an attempt; by OpenTelemetry's rule a failure's status is its error type.
pub(crate) fn status(span: &tracing::Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_client_error() || status.is_server_error() {
        span.record("error.type", status.as_str());
    }
}

/// Records on the span of a call how it ended well.
pub(crate) fn succeeded(span: &tracing::Span, status: StatusCode, attempts: u32) {
    span.record("http.response.status_code", status.as_u16());
    span.record("http.request.resend_count", attempts.saturating_sub(1));
}

/// Records on the span of a call how it failed.
pub(crate) fn failed(span: &tracing::Span, error: &Error) {
    if let Some(status) = error.status() {
        span.record("http.response.status_code", status.as_u16());
    }
    span.record(
        "http.request.resend_count",
        error.attempts().saturating_sub(1),
    );
    span.record("error.type", tracing::field::debug(error.kind()));
}
