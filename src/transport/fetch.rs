//! The way to a file: the request for it, and the redirect to where it is kept.

use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use tracing::Instrument as _;

use crate::error::{Error, ErrorKind};
use crate::transport::attempt::{self, ACCEPT_ANY, Answered, Failure};
use crate::transport::call::Call;
use crate::transport::classify::{self, Setback};
use crate::transport::course::{Course, Pass};
use crate::transport::download::Download;
use crate::transport::trace;

/// How many times a download may be sent elsewhere.
const REDIRECTS: u32 = 3;

/// Sends a request for a file, until the file begins.
pub(crate) async fn fetch(call: Call) -> Result<Download, Error> {
    let span = trace::operation(&call);
    let result = send(&call).instrument(span.clone()).await;
    match &result {
        Ok(file) => trace::succeeded(&span, file.status(), file.attempts()),
        Err(error) => trace::failed(&span, error),
    }
    result
}

async fn send(call: &Call) -> Result<Download, Error> {
    let url = call.url()?;
    let mut course = Course::new(call);
    loop {
        let mut pass = course.admit().await?;
        let setback = match follow(&course, &url, &mut pass).await {
            Ok(file) => {
                course.succeeded();
                return Ok(Download::new(&course, file, pass));
            }
            Err(setback) => setback,
        };
        let setback = course.refresh(&pass, setback).await?;
        drop(pass);
        course.again(setback).await?;
    }
}

/// Asks for the file, where it is kept elsewhere as well, in the time of one attempt.
async fn follow(
    course: &Course<'_>,
    url: &url::Url,
    pass: &mut Pass,
) -> Result<reqwest::Response, Setback> {
    let call = course.call();
    let timeout = course.attempt_timeout(pass);
    let started = tokio::time::Instant::now();
    let mut url = url.clone();
    for _ in 0..=REDIRECTS {
        let left = timeout.saturating_sub(started.elapsed());
        let span = trace::attempt(call, course.attempts());
        let sending = attempt::send(call, &url, pass.authorization.as_ref(), &ACCEPT_ANY);
        let sent = tokio::time::timeout(left, sending.instrument(span.clone())).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(failure)) => return Err(classify::failure(call, failure)),
            Err(_) => return Err(classify::failure(call, Failure::Timeout(None, timeout))),
        };
        trace::status(&span, response.status());
        if call.core.base().owns(&url) {
            call.core.heed(response.headers());
        }
        if is_file(call, &response) {
            return Ok(response);
        }
        let Some(target) = target(call, &url, response.status(), response.headers()) else {
            let answered = answered(call, response, left).await;
            let setback = classify::refusal(call, &answered, pass.authorization.as_ref());
            return Err(match call.core.base().owns(&url) {
                true => setback,
                false => setback.of_another_server(),
            });
        };
        if !call.core.base().owns(&target) {
            // Another server is asked without the credential, and so is this one on its word.
            pass.authorization = None;
        }
        url = target;
    }
    let error = Error::new(ErrorKind::Redirect, "the file is moved on and on");
    Err(Setback {
        error,
        retryable: false,
        wait: None,
        for_all: true,
    })
}

/// Whether an answer is the file: all of it, and no HTML page in its stead. A login page has no file name.
fn is_file(call: &Call, response: &reqwest::Response) -> bool {
    let (status, headers) = (response.status(), response.headers());
    let page =
        classify::is_labelled_html(headers) && !headers.contains_key(header::CONTENT_DISPOSITION);
    let asked = || call.headers.iter().any(|(name, _)| name == header::RANGE);
    let part = status == StatusCode::PARTIAL_CONTENT && !asked();
    status.is_success() && !page && !part
}

/// Where a redirect leads, if a download may go there.
pub(crate) fn target(
    call: &Call,
    url: &url::Url,
    status: StatusCode,
    headers: &HeaderMap,
) -> Option<url::Url> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = headers.get(header::LOCATION)?.to_str().ok()?;
    url.join(location)
        .ok()
        .filter(|target| call.core.base().may_fetch(target))
}

/// Reads what a failure says. Of a page that came instead of the file, the head says enough; and where
/// the body does not come in time, the status does.
async fn answered(call: &Call, response: reqwest::Response, time: Duration) -> Answered {
    let (status, headers) = (response.status(), response.headers().clone());
    let limit = call.core.settings().limits.error_body;
    let mut body = BytesMut::new();
    let mut pieces = response.bytes_stream();
    let read = async {
        while let Some(Ok(piece)) = pieces.next().await {
            let room = limit - body.len();
            body.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
            if body.len() == limit {
                break;
            }
        }
    };
    if !status.is_success() {
        let _ = tokio::time::timeout(time, read).await;
    }
    Answered {
        status,
        headers,
        body: body.freeze(),
    }
}
