//! What an attempt's outcome means: an answer, an error, and whether to try again.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde_json::Value;

use crate::auth::Authorization;
use crate::error::{ApiError, Error, ErrorKind, root_cause};
use crate::transport::attempt::{Answered, Failure};
use crate::transport::call::Call;
use crate::transport::operation::RetryClass;
use crate::transport::rate;

static LIMIT_REASON: HeaderName = HeaderName::from_static("ratelimit-reason");

/// An attempt that gave no success.
pub(crate) struct Setback {
    pub(crate) error: Error,
    /// Whether trying again is safe and may help.
    pub(crate) retryable: bool,
    /// How long the server asked to wait.
    pub(crate) wait: Option<Duration>,
    /// Whether the wait is for all of the client's requests, as another server's is not.
    pub(crate) for_all: bool,
}

impl Setback {
    /// What another server than the client's own said.
    pub(crate) fn of_another_server(self) -> Self {
        Self {
            for_all: false,
            ..self
        }
    }

    /// Adds the id that the headers name, without what it may repeat of the request.
    pub(crate) fn with_request_id(
        mut self,
        call: &Call,
        headers: &HeaderMap,
        authorization: Option<&Authorization>,
    ) -> Self {
        self.error = call.clean(
            self.error.with_request_id(request_id(headers)),
            authorization,
        );
        self
    }
}

/// What to make of an attempt that brought no whole answer.
pub(crate) fn failure(call: &Call, failure: Failure) -> Setback {
    let idempotent = call.operation.retry == RetryClass::Idempotent;
    let retryable = match &failure {
        // The request cannot have reached the server.
        Failure::Connect(..) => true,
        Failure::TooLarge(..) | Failure::Upload(_) | Failure::Unsendable(_) => false,
        Failure::Broken(_) | Failure::Cut(..) | Failure::Timeout(..) => idempotent,
    };
    let error = failed(failure);
    let unsure = !idempotent && matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Timeout);
    let error = match unsure {
        true => error.with_note(
            "the server may have acted on it, so it was not sent again: look before you repeat it",
        ),
        false => error,
    };
    Setback {
        error,
        retryable,
        wait: None,
        for_all: true,
    }
}

/// The error for a failure.
fn failed(failure: Failure) -> Error {
    match failure {
        Failure::Connect(origin, error) => {
            let cause = root_cause(&error);
            let message = format!("no connection to {origin} ({cause})");
            Error::new(ErrorKind::Connect, message)
                .with_note(
                    "look at the client's URL, the network between, and with https the certificate",
                )
                .with_source(error)
        }
        Failure::Broken(error) if error.is_timeout() => {
            Error::new(ErrorKind::Timeout, "no answer in time").with_source(error)
        }
        Failure::Broken(error) => {
            let what = "the connection broke, or what came was no HTTP, before an answer began";
            let message = format!("{what} ({})", root_cause(&error));
            Error::new(ErrorKind::Interrupted, message).with_source(error)
        }
        Failure::Cut(status, error) => {
            let cause = root_cause(&error);
            let message =
                format!("the answer ({status}) was cut short or cannot be unpacked ({cause})");
            Error::new(ErrorKind::Interrupted, message)
                .with_status(status)
                .with_source(error)
        }
        Failure::Timeout(status, after) => Error::new(
            ErrorKind::Timeout,
            format!("no whole answer within {after:?}"),
        )
        .with_optional_status(status)
        .with_note("`timeout` allows an attempt more, `retry` the call as a whole"),
        Failure::TooLarge(status, limit) => {
            let message =
                format!("the answer ({status}) is larger than the limit of {limit} bytes");
            Error::new(ErrorKind::TooLarge, message)
                .with_status(status)
                .with_note("raise it with `body_limit`, or ask for less")
        }
        Failure::Upload(error) => {
            let message = format!("the upload ended in an error ({})", root_cause(&error));
            Error::new(ErrorKind::Interrupted, message).with_source(error)
        }
        Failure::Unsendable(error) => error,
    }
}

/// What to make of an answer whose status is no success.
pub(crate) fn refusal(
    call: &Call,
    answered: &Answered,
    authorization: Option<&Authorization>,
) -> Setback {
    let Answered {
        status,
        headers,
        body,
    } = answered;
    let wait = asked_wait(call, *status, headers);
    let retryable = match call.operation.retry {
        RetryClass::Idempotent => matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504),
        RetryClass::Create => *status == 429 || (*status == 503 && wait.is_some()),
    };
    let mut error = if is_redirect(*status) {
        redirect(call, *status, headers)
    } else if is_html(headers, body) && *status != StatusCode::TOO_MANY_REQUESTS {
        html(*status)
    } else {
        refused(call, *status, body)
    };
    if *status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        error = error.with_note(
            "the proxy asks for credentials of its own: set them with the proxy, by `http`",
        );
    }
    if let Some(limit) = reached_limit(headers).filter(|_| *status == StatusCode::TOO_MANY_REQUESTS)
    {
        error = error.with_note(&format!("the limit that was reached is {limit}"));
    }
    let error = error.with_status(*status).with_retry_after(wait);
    Setback {
        error,
        retryable,
        wait,
        for_all: true,
    }
    .with_request_id(call, headers, authorization)
}

/// Which of its limits was reached, as Confluence Cloud tells. What is not plain is left out as a whole: a
/// part of a secret would not be known as one.
fn reached_limit(headers: &HeaderMap) -> Option<&str> {
    let limit = headers.get(&LIMIT_REASON)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ((1..=80).contains(&limit.len()) && limit.bytes().all(plain)).then_some(limit)
}

/// How long the server asks to wait. Where it refuses because of its rate limit without saying so in
/// `Retry-After`, the time until the limit is filled up again, as far as that can be believed.
fn asked_wait(call: &Call, status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let now = call.core.clock().wall();
    let longest = call.core.settings().limits.hold_back;
    let limited = status == StatusCode::TOO_MANY_REQUESTS;
    let filled_up = || rate::hold_back(headers, now).filter(|wait| limited && *wait <= longest);
    rate::retry_after(headers, now).or_else(filled_up)
}

/// Whether a status sends the client elsewhere; 304 does not.
fn is_redirect(status: StatusCode) -> bool {
    status.is_redirection() && status != StatusCode::NOT_MODIFIED
}

fn redirect(call: &Call, status: StatusCode, headers: &HeaderMap) -> Error {
    let base = call.core.base();
    let location = headers
        .get(header::LOCATION)
        .map(|value| value.to_str().ok());
    let (target, help) = match location.map(|link| link.and_then(|link| base.join(link))) {
        None => (
            "without saying where".to_owned(),
            "redirects are not followed",
        ),
        Some(Some(url)) if base.owns(&url) => (
            "to another path of itself".to_owned(),
            "it probably wants a login: look at the credential, and at the context path in the client's URL",
        ),
        Some(Some(url)) if base.origin().starts_with("https:") && url.scheme() == "http" => (
            format!("to plain http, {}", url.origin().ascii_serialization()),
            "the server does not know that it is reached by https: set its own base URL or its proxy right",
        ),
        Some(Some(url)) if url.has_host() => (
            format!("to {}", url.origin().ascii_serialization()),
            "redirects are not followed: set the client's URL to where the service answers",
        ),
        Some(_) => (
            "to what is no address".to_owned(),
            "redirects are not followed",
        ),
    };
    Error::new(
        ErrorKind::Redirect,
        format!("{status}: the server redirects {target}"),
    )
    .with_note(help)
}

/// The error for an HTML page.
pub(crate) fn html(status: StatusCode) -> Error {
    let help = match status.as_u16() {
        401 | 403 => {
            "it is probably a login page: the credential has expired or a proxy asks for its own"
        }
        404 => "the client's URL may lack the context path of the service, or have one too many",
        500..=599 => "a proxy in front of the service answers in its stead",
        _ => "it is probably a login page, or the client's URL is not that of the service",
    };
    Error::new(
        ErrorKind::Html,
        format!("{status}: an HTML page came instead of an answer of the service"),
    )
    .with_status(status)
    .with_note(help)
}

fn refused(call: &Call, status: StatusCode, body: &Bytes) -> Error {
    let api = api_error(call, body);
    let said = match &api {
        Some(api) => api.message(),
        None => sentence(body),
    };
    let kind = kind_of(status.as_u16());
    let error = match said.filter(|said| !said.is_empty()) {
        Some(said) => Error::new(kind, format!("{status}: \"{said}\"")),
        None => match explained(status) {
            Some(note) => Error::new(kind, status.to_string()).with_note(note),
            None => Error::new(kind, status.to_string()),
        },
    };
    error.with_api(api)
}

/// What a status means, where the server has no words for it.
fn explained(status: StatusCode) -> Option<&'static str> {
    match status.as_u16() {
        206 => Some("only a part of the file came, and that was not asked for"),
        401 => Some("the credential was refused: it is missing, wrong, expired or revoked"),
        403 => Some("the caller may not do this"),
        404 => Some("it is not there, or the client's URL lacks the context path of the service"),
        413 => Some("what was sent is larger than the server takes"),
        _ => None,
    }
}

/// The sentence that an error body of plain text begins with.
fn sentence(body: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(without_bom(body))
        .ok()?
        .trim()
        .lines()
        .next()?;
    (line.len() <= LONGEST_SENTENCE && !line.starts_with(['{', '[', '<'])).then_some(line)
}

/// The longest line, in bytes, that is taken for a sentence.
const LONGEST_SENTENCE: usize = 300;

/// The kind of error that a status stands for.
pub(crate) fn kind_of(status: u16) -> ErrorKind {
    match status {
        400 | 422 => ErrorKind::BadRequest,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        409 | 412 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Status,
    }
}

/// The service's own error, or what can be kept of another body.
fn api_error(call: &Call, body: &Bytes) -> Option<ApiError> {
    let value = serde_json::from_slice(without_bom(body)).ok()?;
    let mut api = (call.core.shared().service.read_error)(&value).unwrap_or_else(|| {
        // Another service's shape, or a gateway's: its words may still help.
        ApiError {
            messages: words(&value).into_iter().collect(),
            ..ApiError::default()
        }
    });
    api.body = value;
    api.raw = body.clone();
    Some(api)
}

/// The sentence in an error body of unknown shape: a text alone or under one of the usual names, perhaps
/// inside of `error`, or inside of the first of `errors`.
fn words(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
        return Some(text.to_owned());
    }
    let places = [Some(value), value.get("error"), value.pointer("/errors/0")];
    let names = [
        "message",
        "error_description",
        "description",
        "detail",
        "title",
        "error",
    ];
    let mut texts = places
        .into_iter()
        .flatten()
        .flat_map(|place| names.map(|name| place.get(name)));
    texts
        .find_map(|text| text?.as_str().map(str::to_owned))
        .filter(|text| !text.is_empty())
}

/// A text without the mark that some servers begin it with.
pub(crate) fn without_bom(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

/// Whether a body is an HTML page, by how it begins or by its type. JSON that a server labels as HTML
/// is believed by its first byte.
pub(crate) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let text = without_bom(body).trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[') => false,
        Some(b'<') => is_labelled_html(headers) || mentions_html(text),
        _ => is_labelled_html(headers),
    }
}

/// Whether the type that a server names is HTML.
pub(crate) fn is_labelled_html(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("text/html") || kind.starts_with("application/xhtml")
}

/// Whether markup is HTML: comments and an XML declaration can come before it says so.
fn mentions_html(text: &[u8]) -> bool {
    let head = text.get(..4096).unwrap_or(text).to_ascii_lowercase();
    let begins = [b"<!doctype html".as_slice(), b"<html", b"<head", b"<body"];
    begins
        .iter()
        .any(|begin| head.windows(begin.len()).any(|part| part == *begin))
}

/// The headers in which servers and proxies name a request.
static REQUEST_IDS: [HeaderName; 5] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-arequestid"),
    HeaderName::from_static("atl-traceid"),
    HeaderName::from_static("x-b3-traceid"),
    HeaderName::from_static("x-trace-id"),
];

/// The id by which the server's logs know a request, as the server wrote it.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS
        .iter()
        .find_map(|name| headers.get(name)?.to_str().ok())
        .map(str::to_owned)
}
