//! How far a call has come: what lets its next attempt through, and whether there is one.

use std::pin::pin;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use crate::auth::{self, Authorization, Prepared};
use crate::error::{Error, ErrorKind};
use crate::transport::attempt::{self, Failure, Outcome};
use crate::transport::call::Call;
use crate::transport::classify::Setback;
use crate::transport::trace;

/// What an attempt needs: a place among the requests under way, and a credential.
pub(crate) struct Pass {
    pub(crate) slot: Option<OwnedSemaphorePermit>,
    pub(crate) authorization: Option<Authorization>,
    /// The time that is left for the call.
    left: Duration,
}

/// How far a call has come.
pub(crate) struct Course<'a> {
    call: &'a Call,
    started: Instant,
    attempts: u32,
    /// The credential was to be renewed, which is done once.
    refreshed: bool,
    /// The credential was just renewed: the next attempt needs no wait.
    renewed: bool,
    /// The attempts that a renewed credential gave beside those that the settings allow.
    spare: u32,
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
            spare: 0,
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
        let now = self.call.core.clock().now();
        let spent = now.saturating_duration_since(self.started);
        self.call.retry().time().saturating_sub(spent)
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
            let left = self.left();
            if left.is_zero() {
                let again = if self.attempts > 0 { " again" } else { "" };
                let message =
                    format!("the time for the call was over before it could be sent{again}");
                let error = Error::new(ErrorKind::Timeout, message);
                return Err(self.finish(error.with_note("allow more with `retry` (its `total`)")));
            }
            self.attempts += 1;
            return Ok(Pass {
                slot,
                authorization,
                left,
            });
        }
    }

    /// A place among the requests under way.
    async fn slot(&self) -> Result<Option<OwnedSemaphorePermit>, Error> {
        let slots = &self.call.core.shared().slots;
        // As a rule there is room, and no wait need be set up.
        if let Ok(slot) = slots.clone().try_acquire_owned() {
            return Ok(Some(slot));
        }
        match tokio::time::timeout(self.left(), slots.clone().acquire_owned()).await {
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
        let auth = &self.call.core.shared().auth;
        // As a rule it is at hand, and no wait need be set up.
        let Prepared::Custom(credential) = auth else {
            return Ok(auth.at_hand());
        };
        match tokio::time::timeout(self.left(), credential.authorize()).await {
            Ok(Ok(authorization)) => Ok(Some(authorization)),
            Ok(Err(error)) => Err(self.finish(auth::missing(error))),
            Err(_) => Err(self.finish(Error::new(
                ErrorKind::Timeout,
                "the credential did not come in time; nothing was sent",
            ))),
        }
    }

    /// The time for the attempt that was let through.
    pub(crate) fn attempt_timeout(&self, pass: &Pass) -> Duration {
        self.call.attempt_timeout().min(pass.left)
    }

    /// Makes the attempt that was let through.
    pub(crate) async fn attempt(&mut self, url: &url::Url, pass: &Pass) -> Outcome {
        let timeout = self.attempt_timeout(pass);
        let span = trace::attempt(self.call, self.attempts);
        let authorization = pass.authorization.as_ref();
        let mut running =
            pin!(attempt::run(self.call, url, authorization, timeout).instrument(span));
        let outcome = running.as_mut().await;
        trace::ended(running.span(), &outcome);
        if let Outcome::Failed(Failure::Unsendable(_), _) = outcome {
            self.attempts -= 1;
        }
        outcome
    }

    /// Asks for another credential after a 401, once in a call.
    pub(crate) async fn refresh(
        &mut self,
        pass: &Pass,
        mut setback: Setback,
    ) -> Result<Setback, Error> {
        let status = setback.error.status();
        let refused = pass
            .authorization
            .as_ref()
            .filter(|_| status == Some(StatusCode::UNAUTHORIZED));
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
            for_all,
        } = setback;
        if std::mem::take(&mut self.renewed) {
            self.spare += 1;
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
        let made = self.attempts.saturating_sub(self.spare);
        if made >= self.call.retry().attempts {
            return Err(self.finish(error));
        }
        let delay = wait.unwrap_or_else(|| self.call.retry().delay(made));
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
            Some(wait) if for_all => self.call.core.hold(wait),
            _ => self.call.core.clock().sleep(delay).await,
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
