//! Sends a call until it succeeds, must not be sent again, or has used up its time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use crate::Secret;
use crate::auth::Authorization;
use crate::error::{Error, ErrorKind};
use crate::transport::attempt::{self, Outcome};
use crate::transport::call::Call;
use crate::transport::classify::{self, Setback};
use crate::transport::core::Core;
use crate::transport::operation::Operation;
use crate::transport::scrub::{Forms, Scrubber};

/// A successful answer before it is read.
pub(crate) struct RawAnswer {
    pub(crate) core: Core,
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    /// What must not be shown of the request, beside what the client itself hides.
    pub(crate) secrets: Vec<Secret>,
}

impl RawAnswer {
    /// Adds to an error what is known of the answer, and takes out of it what the answer repeats of the
    /// request's secrets.
    pub(crate) fn error(&self, error: Error) -> Error {
        let mut error = error
            .with_operation(self.operation)
            .with_status(self.status)
            .with_attempts(self.attempts)
            .with_request_id(classify::request_id(&self.headers));
        let own = Forms::of(&self.secrets);
        let scrubber = Scrubber::new([&self.core.shared().hidden, &own]);
        error.map_texts(|text| scrubber.scrub(text));
        error
    }
}

/// Sends a call and reads the answer.
pub(crate) async fn execute(call: Call) -> Result<RawAnswer, Error> {
    let span = operation_span(&call);
    let result = send(&call).instrument(span.clone()).await;
    match &result {
        Ok(answer) => record_success(&span, answer.status, answer.attempts),
        Err(error) => record(&span, error),
    }
    result
}

async fn send(call: &Call) -> Result<RawAnswer, Error> {
    let url = call.url()?;
    let mut course = Course::new(call);
    loop {
        let pass = course.admit().await?;
        let setback = match course.attempt(&url, &pass).await {
            Outcome::Answered(answered) => {
                call.core.heed(&answered.headers);
                if answered.status.is_success() {
                    course.succeeded();
                    return Ok(RawAnswer {
                        core: call.core.clone(),
                        operation: call.operation,
                        status: answered.status,
                        headers: answered.headers,
                        body: answered.body,
                        attempts: course.attempts,
                        secrets: call
                            .secrets
                            .iter()
                            .cloned()
                            .chain(call.secret(pass.authorization.as_ref()))
                            .collect(),
                    });
                }
                let setback = classify::refusal(call, &answered, pass.authorization.as_ref());
                course.refresh(answered.status, &pass, setback).await?
            }
            Outcome::Failed(failure, headers) => {
                let authorization = pass.authorization.as_ref();
                classify::failure(call, failure).with_request_id(call, &headers, authorization)
            }
        };
        drop(pass);
        course.again(setback).await?;
    }
}

/// What an attempt needs: a place among the requests under way, and a credential.
pub(crate) struct Pass {
    pub(crate) slot: Option<OwnedSemaphorePermit>,
    pub(crate) authorization: Option<Authorization>,
}

/// How far a call has come.
pub(crate) struct Course<'a> {
    call: &'a Call,
    started: Instant,
    attempts: u32,
    refreshed: bool,
    /// The credential was just renewed: the next attempt needs no wait.
    renewed: bool,
    /// An attempt failed that the server may have acted on.
    unsure: bool,
}

impl<'a> Course<'a> {
    pub(crate) fn new(call: &'a Call) -> Self {
        let started = call.core.clock().now();
        Self {
            call,
            started,
            attempts: 0,
            refreshed: false,
            renewed: false,
            unsure: false,
        }
    }

    pub(crate) fn call(&self) -> &'a Call {
        self.call
    }

    /// How often the request was sent.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The time that is left for the call.
    fn left(&self) -> Duration {
        let spent = self
            .call
            .core
            .clock()
            .now()
            .saturating_duration_since(self.started);
        self.call.retry().total.saturating_sub(spent)
    }

    /// Waits until the client's limits and the server's let an attempt through, and counts it.
    pub(crate) async fn admit(&mut self) -> Result<Pass, Error> {
        loop {
            let slot = self.slot().await?;
            if let Some(wait) = self.call.core.held() {
                drop(slot);
                self.sit_out(wait).await?;
                continue;
            }
            let authorization = self.authorization().await?;
            if self.left().is_zero() {
                let error = Error::new(
                    ErrorKind::Timeout,
                    "the time for the call was over before it could be sent",
                );
                return Err(self.finish(error));
            }
            self.attempts += 1;
            return Ok(Pass {
                slot,
                authorization,
            });
        }
    }

    /// A place among the requests under way.
    async fn slot(&self) -> Result<Option<OwnedSemaphorePermit>, Error> {
        let slots = self.call.core.shared().slots.clone();
        // As a rule there is room, and no wait need be set up.
        if let Ok(slot) = slots.clone().try_acquire_owned() {
            return Ok(Some(slot));
        }
        match tokio::time::timeout(self.left(), slots.acquire_owned()).await {
            // Nobody closes the semaphore; if somebody did, there would be no bound to keep.
            Ok(slot) => Ok(slot.ok()),
            Err(_) => Err(self.finish(
                Error::new(ErrorKind::Timeout, "there was no room for it among the client's requests under way")
                    .with_note("nothing was sent; the bound is the limit `concurrency`, and unread downloads count"),
            )),
        }
    }

    /// Waits until the server takes requests again. Not all that waited for it go on at once.
    async fn sit_out(&self, wait: Duration) -> Result<(), Error> {
        let left = self.left();
        if wait >= left {
            let error = Error::new(ErrorKind::RateLimited, "the server's rate limit is used up");
            return Err(self.finish(too_long(error, wait)));
        }
        let spread = self.call.retry().delay(1).min(left - wait);
        tracing::debug!(
            wait_ms = wait.as_millis(),
            "held back by the server's rate limit"
        );
        self.call.core.clock().sleep(wait + spread).await;
        Ok(())
    }

    async fn authorization(&self) -> Result<Option<Authorization>, Error> {
        let credential = self.call.core.shared().auth.authorization();
        match tokio::time::timeout(self.left(), credential).await {
            Ok(authorization) => authorization.map_err(|error| self.finish(error)),
            Err(_) => Err(self.finish(Error::new(
                ErrorKind::Timeout,
                "the credential did not come in time; nothing was sent",
            ))),
        }
    }

    /// The time for the next attempt.
    pub(crate) fn attempt_timeout(&self) -> Duration {
        self.call.attempt_timeout().min(self.left())
    }

    async fn attempt(&self, url: &url::Url, pass: &Pass) -> Outcome {
        let span = attempt_span(self.call, self.attempts);
        let timeout = self.attempt_timeout();
        let outcome = attempt::run(self.call, url, pass.authorization.as_ref(), timeout);
        let outcome = outcome.instrument(span.clone()).await;
        record_attempt(&span, &outcome);
        outcome
    }

    /// Asks for another credential after a 401, once in a call.
    pub(crate) async fn refresh(
        &mut self,
        status: StatusCode,
        pass: &Pass,
        mut setback: Setback,
    ) -> Result<Setback, Error> {
        let refused = pass
            .authorization
            .as_ref()
            .filter(|_| status == StatusCode::UNAUTHORIZED);
        let Some(refused) = refused.filter(|_| !self.refreshed && self.call.body.is_repeatable())
        else {
            return Ok(setback);
        };
        self.refreshed = true;
        let renewing = self.call.core.shared().auth.refresh(refused);
        // Where it takes too long, the 401 tells more than the time that ran out.
        let Ok(renewed) = tokio::time::timeout(self.left(), renewing).await else {
            return Ok(setback);
        };
        self.renewed = renewed.map_err(|error| self.finish(error))?;
        setback.retryable |= self.renewed;
        Ok(setback)
    }

    /// Waits for the next attempt, or gives the error where there is none.
    pub(crate) async fn again(&mut self, setback: Setback) -> Result<(), Error> {
        let Setback {
            error,
            retryable,
            wait,
        } = setback;
        if std::mem::take(&mut self.renewed) {
            return Ok(());
        }
        if !retryable {
            return Err(self.finish(error));
        }
        if !self.call.body.is_repeatable() {
            return Err(
                self.finish(error.with_note("the upload is a stream and cannot be sent again"))
            );
        }
        if self.attempts >= self.call.retry().attempts {
            return Err(self.finish(error));
        }
        let delay = wait.unwrap_or_else(|| self.call.retry().delay(self.attempts));
        if delay >= self.left() {
            return Err(self.finish(match wait {
                Some(wait) => too_long(error, wait),
                None => error.with_note("there is no time left for another attempt"),
            }));
        }
        if !self.call.core.shared().budget.take() {
            return Err(self.finish(error.with_note(
                "it was not tried again: too many of the client's requests fail at the moment",
            )));
        }
        self.unsure |= matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Timeout);
        tracing::debug!(
            attempt = self.attempts,
            wait_ms = delay.as_millis(),
            "trying again"
        );
        match wait {
            // The server spoke to the client, not to this one request.
            Some(wait) => self.call.core.hold(wait),
            None => self.call.core.clock().sleep(delay).await,
        }
        Ok(())
    }

    /// Gives back to the retry budget.
    pub(crate) fn succeeded(&self) {
        self.call.core.shared().budget.give(self.attempts > 1);
    }

    pub(crate) fn finish(&self, error: Error) -> Error {
        let deleted = self.unsure
            && self.call.operation.method == Method::DELETE
            && error.kind() == ErrorKind::NotFound;
        let error = error
            .with_operation(self.call.operation)
            .with_attempts(self.attempts);
        match deleted {
            true => {
                error.with_note("an earlier attempt, whose answer was lost, may have deleted it")
            }
            false => error,
        }
    }
}

/// The error for a wait that does not fit into the time that is left.
fn too_long(error: Error, wait: Duration) -> Error {
    error
        .of_kind(ErrorKind::RateLimited)
        .with_retry_after(Some(wait))
        .with_note(&format!(
            "the server asks to wait {wait:?}, which is longer than allowed"
        ))
        .with_note("try again then, or allow more time with `retry`")
}

/// The span of a call: what the application asked for, whatever it took.
pub(crate) fn operation_span(call: &Call) -> tracing::Span {
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
pub(crate) fn attempt_span(call: &Call, attempt: u32) -> tracing::Span {
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

fn record_attempt(span: &tracing::Span, outcome: &Outcome) {
    match outcome {
        Outcome::Answered(answered) => record_status(span, answered.status),
        Outcome::Failed(failure, _) => {
            span.record("error.type", failure.name());
        }
    }
}

/// Records the status of an attempt; by OpenTelemetry's rule a failure's status is its error type.
pub(crate) fn record_status(span: &tracing::Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_client_error() || status.is_server_error() {
        span.record("error.type", status.as_str());
    }
}

/// Records on the span of a call how it ended well.
pub(crate) fn record_success(span: &tracing::Span, status: StatusCode, attempts: u32) {
    span.record("http.response.status_code", status.as_u16());
    span.record("http.request.resend_count", attempts.saturating_sub(1));
}

/// Records on the span of a call how it failed.
pub(crate) fn record(span: &tracing::Span, error: &Error) {
    if let Some(status) = error.status() {
        span.record("http.response.status_code", status.as_u16());
    }
    span.record(
        "http.request.resend_count",
        error.attempts().saturating_sub(1),
    );
    span.record("error.type", tracing::field::debug(error.kind()));
}
