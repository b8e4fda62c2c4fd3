//! What an attempt's outcome means: an answer, an error, and whether to try again.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use crate::auth::Authorization;
use crate::error::{ApiError, Error, ErrorKind, one_line};
use crate::transport::attempt::{Answered, Failure};
use crate::transport::call::Call;
use crate::transport::operation::RetryClass;
use crate::transport::{rate, scrub};

/// An attempt that gave no success.
pub(crate) struct Setback {
    pub(crate) error: Error,
    /// Whether trying again is safe and may help.
    pub(crate) retryable: bool,
    /// How long the server asked to wait.
    pub(crate) wait: Option<Duration>,
}

/// What to make of an attempt that brought no whole answer.
pub(crate) fn failure(call: &Call, failure: Failure) -> Setback {
    let idempotent = call.operation.retry == RetryClass::Idempotent;
    let (error, retryable) = match failure {
        Failure::Connect(error) => {
            let message = format!("no connection to {}", call.core.base().origin());
            (Error::new(ErrorKind::Connect, message).with_source(error), true)
        }
        Failure::Broken(error) => {
            let message = "the connection broke before an answer came";
            (Error::new(ErrorKind::Interrupted, message).with_source(error), idempotent)
        }
        Failure::Cut(status, error) => {
            let message = format!("the answer ({status}) was cut short or cannot be unpacked");
            let error = Error::new(ErrorKind::Interrupted, message).with_status(status).with_source(error);
            (error, idempotent)
        }
        Failure::Timeout(after) => {
            let message = format!("no whole answer within {after:?}");
            (Error::new(ErrorKind::Timeout, message), idempotent)
        }
        Failure::TooLarge(status, limit) => {
            let message = format!("the answer ({status}) is larger than the limit of {limit} bytes");
            let error = Error::new(ErrorKind::TooLarge, message).with_status(status);
            (error.with_note("raise it with `body_limit`, or ask for less"), false)
        }
        Failure::Unsendable(error) => (error, false),
    };
    let unsure = !retryable && !idempotent && matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Timeout);
    let error = match unsure {
        true => error.with_note("the server may have acted on it, so it was not sent again: look before you repeat it"),
        false => error,
    };
    Setback { error, retryable, wait: None }
}

/// What to make of an answer whose status is no success.
pub(crate) fn refusal(
    call: &Call,
    answered: &Answered,
    authorization: Option<&Authorization>,
) -> Setback {
    let Answered { status, headers, body } = answered;
    let wait = rate::retry_after(headers, call.core.clock().wall());
    let retryable = match call.operation.retry {
        RetryClass::Idempotent => matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504),
        RetryClass::Create => *status == 429 || (*status == 503 && wait.is_some()),
    };
    let error = if status.is_redirection() {
        redirect(*status, headers)
    } else if is_html(headers, body) {
        html(*status)
    } else {
        refused(call, *status, body, authorization)
    };
    let error = error
        .with_status(*status)
        .with_retry_after(wait)
        .with_request_id(request_id(headers));
    Setback { error, retryable, wait }
}

fn redirect(status: StatusCode, headers: &HeaderMap) -> Error {
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = match location.map(url::Url::parse) {
        Some(Ok(url)) => format!("to {}", url.origin().ascii_serialization()),
        Some(Err(_)) => "to another path of the same server".to_owned(),
        None => "without saying where".to_owned(),
    };
    Error::new(ErrorKind::Redirect, format!("{status}: the server redirects {target}"))
        .with_note("redirects are not followed: set the client's URL to where the service answers")
}

/// The error for an HTML page.
pub(crate) fn html(status: StatusCode) -> Error {
    let help = match status.as_u16() {
        401 | 403 => "it is probably a login page: the credential has expired or a proxy asks for its own",
        404 => "the client's URL may lack the context path of the service, or have one too many",
        500..=599 => "a proxy in front of the service answers in its stead",
        _ => "it is probably a login page, or the client's URL is not that of the service",
    };
    Error::new(ErrorKind::Html, format!("{status}: an HTML page came instead of an answer of the service"))
        .with_status(status)
        .with_note(help)
}

fn refused(
    call: &Call,
    status: StatusCode,
    body: &Bytes,
    authorization: Option<&Authorization>,
) -> Error {
    let mut api = api_error(call, body);
    if let Some(api) = &mut api {
        let credential = authorization.and_then(Authorization::secret);
        let hidden = || call.core.shared().hidden.iter().chain(&call.secrets).chain(&credential);
        api.map_texts(|text| scrub::scrub(text, hidden()));
    }
    let said = api.as_ref().and_then(|api| api.messages.first()).map(|said| one_line(said));
    let message = match said {
        Some(said) if !said.is_empty() => format!("{status}: \"{said}\""),
        _ => status.to_string(),
    };
    let kind = match status.as_u16() {
        400 | 422 => ErrorKind::BadRequest,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        409 | 412 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Status,
    };
    Error::new(kind, message).with_api(api)
}

/// The service's own error, or what can be kept of another body.
fn api_error(call: &Call, body: &Bytes) -> Option<ApiError> {
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let value = serde_json::from_slice(text).ok()?;
    let mut api = (call.core.shared().service.read_error)(&value).unwrap_or_else(|| {
        // Another service's shape, or a gateway's: its words may still help.
        let message = ["message", "error_description", "error", "detail", "title"]
            .iter()
            .find_map(|name| value.get(name)?.as_str().map(str::to_owned));
        ApiError { messages: message.clone().into_iter().collect(), message, details: Some(value), ..ApiError::default() }
    });
    api.raw = body.clone();
    Some(api)
}

/// Whether a body is an HTML page, by its type or by how it begins.
pub(crate) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("text/html") || kind.starts_with("application/xhtml") {
        return true;
    }
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    let begins = |with: &[u8]| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    begins(b"<!doctype html") || begins(b"<html")
}

/// The id by which the server's logs know a request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let names = ["x-request-id", "x-arequestid", "atl-traceid", "x-b3-traceid", "x-trace-id"];
    let value = names.iter().find_map(|name| headers.get(*name)?.to_str().ok())?;
    let fine = |c: &char| c.is_ascii_alphanumeric() || "-_.:/".contains(*c);
    let id: String = value.chars().filter(fine).take(80).collect();
    (!id.is_empty()).then_some(id)
}
