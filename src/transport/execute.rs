//! Sends a call until it succeeds, must not be sent again, or has used up its time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tracing::Instrument as _;

use crate::auth::Authorization;
use crate::error::{Error, ErrorKind};
use crate::transport::attempt::{self, Outcome};
use crate::transport::call::Call;
use crate::transport::classify::{self, Setback};
use crate::transport::core::Core;
use crate::transport::operation::Operation;
use crate::transport::rate;

/// A successful answer before it is read.
pub(crate) struct RawAnswer {
    pub(crate) core: Core,
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
}

impl RawAnswer {
    /// Adds to an error what is known of the answer.
    pub(crate) fn error(&self, error: Error) -> Error {
        error
            .with_operation(self.operation)
            .with_status(self.status)
            .with_attempts(self.attempts)
            .with_request_id(classify::request_id(&self.headers))
    }
}

/// Sends a call and reads the answer.
pub(crate) async fn execute(call: Call) -> Result<RawAnswer, Error> {
    let span = operation_span(&call);
    let result = send(&call).instrument(span.clone()).await;
    match &result {
        Ok(answer) => {
            span.record("http.response.status_code", answer.status.as_u16());
            span.record("http.request.resend_count", answer.attempts.saturating_sub(1));
        }
        Err(error) => record(&span, error),
    }
    result
}

async fn send(call: &Call) -> Result<RawAnswer, Error> {
    let url = call.url()?;
    let mut course = Course::new(call);
    loop {
        let (attempt, authorization, outcome) = course.attempt(&url).await?;
        let setback = match outcome {
            Outcome::Answered(answered) => {
                if let Some(wait) = rate::hold_back(&answered.headers, call.core.clock().wall()) {
                    call.core.hold(wait);
                }
                if answered.status.is_success() {
                    call.core.shared().budget.give(attempt > 1);
                    return Ok(RawAnswer {
                        core: call.core.clone(),
                        operation: call.operation,
                        status: answered.status,
                        headers: answered.headers,
                        body: answered.body,
                        attempts: attempt,
                    });
                }
                let mut setback = classify::refusal(call, &answered, authorization.as_ref());
                if answered.status == StatusCode::UNAUTHORIZED && course.refresh(authorization.as_ref()).await? {
                    setback.retryable = true;
                    course.renewed = true;
                }
                setback
            }
            Outcome::Failed(failure) => classify::failure(call, failure),
        };
        course.again(setback).await?;
    }
}

/// How far a call has come.
pub(crate) struct Course<'a> {
    call: &'a Call,
    started: Instant,
    attempts: u32,
    refreshed: bool,
    /// The credential was just renewed: the next attempt needs no wait.
    renewed: bool,
}

impl<'a> Course<'a> {
    pub(crate) fn new(call: &'a Call) -> Self {
        let started = call.core.clock().now();
        Self { call, started, attempts: 0, refreshed: false, renewed: false }
    }

    /// The time that is left for the call.
    fn left(&self) -> Duration {
        let spent = self.call.core.clock().now().saturating_duration_since(self.started);
        self.call.retry().total.saturating_sub(spent)
    }

    /// Makes one attempt, as soon as the client's limits let it through.
    async fn attempt(&mut self, url: &url::Url) -> Result<(u32, Option<Authorization>, Outcome), Error> {
        let shared = self.call.core.shared();
        let authorization = self.prepare().await?;
        let slot = shared.slots.acquire().await;
        let timeout = self.call.attempt_timeout().min(self.left());
        let span = attempt_span(self.call, self.attempts);
        let outcome = attempt::run(self.call, url, authorization.as_ref(), timeout).instrument(span.clone()).await;
        if let Outcome::Answered(answered) = &outcome {
            span.record("http.response.status_code", answered.status.as_u16());
        }
        drop(slot);
        Ok((self.attempts, authorization, outcome))
    }

    /// What comes before an attempt: holding back, and the credential.
    pub(crate) async fn prepare(&mut self) -> Result<Option<Authorization>, Error> {
        while let Some(wait) = self.call.core.held() {
            if wait > self.left() {
                return Err(self.finish(too_long(wait, "the server's rate limit is used up")));
            }
            tracing::debug!(wait_ms = wait.as_millis(), "held back: the rate limit is used up");
            self.call.core.clock().sleep(wait).await;
        }
        self.attempts += 1;
        let authorization = self.call.core.shared().auth.authorization().await;
        authorization.map_err(|error| error.with_operation(self.call.operation))
    }

    /// Asks for another credential, once in a call.
    pub(crate) async fn refresh(&mut self, rejected: Option<&Authorization>) -> Result<bool, Error> {
        let Some(rejected) = rejected.filter(|_| !self.refreshed) else { return Ok(false) };
        self.refreshed = true;
        if !self.call.body.is_repeatable() {
            return Ok(false);
        }
        let refreshed = self.call.core.shared().auth.refresh(rejected).await;
        refreshed.map_err(|error| error.with_operation(self.call.operation))
    }

    /// Waits for the next attempt, or gives the error where there is none.
    pub(crate) async fn again(&mut self, setback: Setback) -> Result<(), Error> {
        let Setback { error, retryable, wait } = setback;
        if std::mem::take(&mut self.renewed) {
            return Ok(());
        }
        if !retryable {
            return Err(self.finish(error));
        }
        if !self.call.body.is_repeatable() {
            return Err(self.finish(error.with_note("the upload is a stream and cannot be sent again")));
        }
        if self.attempts >= self.call.retry().attempts {
            return Err(self.finish(error));
        }
        let delay = wait.unwrap_or_else(|| self.call.retry().delay(self.attempts));
        if delay > self.left() {
            return Err(self.finish(match wait {
                Some(wait) => too_long(wait, &error.to_string())
                    .with_api(error.api().cloned())
                    .with_request_id(error.request_id().map(str::to_owned))
                    .with_optional_status(error.status()),
                None => error.with_note("there is no time left for another attempt"),
            }));
        }
        if !self.call.core.shared().budget.take() {
            return Err(self.finish(error.with_note(
                "it was not tried again: too many of the client's requests fail at the moment",
            )));
        }
        tracing::debug!(attempt = self.attempts, wait_ms = delay.as_millis(), "trying again");
        if let Some(wait) = wait {
            // The server spoke to the client, not to this one request.
            self.call.core.hold(wait);
        } else {
            self.call.core.clock().sleep(delay).await;
        }
        Ok(())
    }

    pub(crate) fn renewed(&mut self) {
        self.renewed = true;
    }

    pub(crate) fn finish(&self, error: Error) -> Error {
        error.with_operation(self.call.operation).with_attempts(self.attempts)
    }
}

fn too_long(wait: Duration, reason: &str) -> Error {
    Error::new(ErrorKind::RateLimited, format!("{reason}; the server asks to wait {wait:?}, which is longer than allowed"))
        .with_retry_after(Some(wait))
        .with_note("try again then, or allow more time with `retry`")
}

fn operation_span(call: &Call) -> tracing::Span {
    let base = call.core.base();
    tracing::info_span!(
        "operation",
        otel.name = call.operation.id,
        otel.kind = "client",
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

pub(crate) fn attempt_span(call: &Call, attempt: u32) -> tracing::Span {
    tracing::debug_span!(
        "attempt",
        otel.name = call.operation.method.as_str(),
        otel.kind = "client",
        http.request.method = call.operation.method.as_str(),
        http.request.resend_count = attempt.saturating_sub(1),
        url.template = call.operation.path,
        http.response.status_code = tracing::field::Empty,
    )
}

fn record(span: &tracing::Span, error: &Error) {
    if let Some(status) = error.status() {
        span.record("http.response.status_code", status.as_u16());
    }
    span.record("http.request.resend_count", error.attempts().saturating_sub(1));
    span.record("error.type", tracing::field::debug(error.kind()));
}
