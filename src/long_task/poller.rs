//! Polls a long task: when, how often, and when to give up.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::long_task::status::unchanged;
use crate::long_task::{LongTask, TaskOutcome, TaskStatus};
use crate::transport::execute::execute;
use crate::transport::retry::Retry;
use crate::transport::{decode, rate};

/// Polls a task.
pub(super) struct Poller<S> {
    pub(super) task: LongTask<S>,
    started: Instant,
    /// The wait before the next poll.
    delay: Duration,
    /// What the server asked to wait before it.
    asked: Duration,
    /// Polls in a row that failed.
    failures: u32,
    /// Polls that did not find the task.
    misses: u32,
    /// Why the last poll failed, if it did.
    pub(super) trouble: Option<Error>,
    pub(super) last: Option<S>,
    /// When the status last changed.
    changed: Instant,
    /// The error that comes after the status given last.
    failed: Option<Error>,
    ended: bool,
}

/// How many 404s a task may begin with: a cluster's other node may learn of it a moment later.
const EARLY_MISSES: u32 = 2;
/// The shortest wait to double: a first wait of zero must not become a loop without any.
const SHORTEST_DELAY: Duration = Duration::from_millis(1);
/// What is left for the last poll, which is made when the time is up.
const LAST_POLL: Duration = Duration::from_secs(5);

impl<S: TaskStatus> Poller<S> {
    pub(super) fn new(task: LongTask<S>) -> Self {
        let now = task.core.clock().now();
        let delay = task.settings.first_delay;
        Self {
            task,
            started: now,
            delay,
            asked: Duration::ZERO,
            failures: 0,
            misses: 0,
            trouble: None,
            last: None,
            changed: now,
            failed: None,
            ended: false,
        }
    }

    /// The next status, or the error that ends it; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<S, Error>> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        if self.ended {
            return None;
        }
        let update = self.poll().await;
        match &update {
            Ok(status) => self.judge(status),
            Err(_) => self.ended = true,
        }
        Some(update)
    }

    /// Waits and asks until there is a status or no hope for one.
    async fn poll(&mut self) -> Result<S, Error> {
        loop {
            self.pause().await?;
            let error = match self.ask().await {
                Ok(status) => {
                    self.failures = 0;
                    self.trouble = None;
                    return Ok(status);
                }
                Err(error) => error,
            };
            if error.is_not_found() || (error.is_forbidden() && self.last.is_some()) {
                self.missing(error)?;
            } else {
                self.tolerate(error)?;
            }
        }
    }

    /// One poll, with its own retries; it ends when the time for the task does.
    async fn ask(&mut self) -> Result<S, Error> {
        let mut call = self.task.call();
        if let Some(left) = self.left() {
            let left = left.max(LAST_POLL);
            call.options.timeout = Some(call.attempt_timeout().min(left));
            let retry = call.retry().clone();
            call.options.retry = Some(Retry {
                total: retry.total.min(left),
                ..retry
            });
        }
        let raw = execute(call).await?;
        let asked = rate::retry_after(&raw.headers, self.task.core.clock().wall());
        self.asked = asked.unwrap_or_default();
        decode::json(&raw)
    }

    /// A 404, or a 403 where there was a status before: the task is gone if it was ever there.
    fn missing(&mut self, error: Error) -> Result<(), Error> {
        self.misses += 1;
        match (&self.last, self.task.named) {
            (None, false) => Err(self.unknown(error)),
            (None, true) if self.misses <= EARLY_MISSES => Ok(()),
            _ => Err(self.gone(error)),
        }
    }

    /// A poll that failed otherwise: perhaps the next one will not.
    fn tolerate(&mut self, error: Error) -> Result<(), Error> {
        self.failures = self.failures.saturating_add(1);
        if !is_transient(&error) {
            return Err(self.unfinished(error));
        }
        if self.failures > self.task.settings.tolerated_failures {
            let note = format!("polls that failed in a row: {}", self.failures);
            return Err(self.unfinished(error.with_note(&note)));
        }
        self.asked = error.retry_after().unwrap_or_default();
        self.trouble = Some(error);
        Ok(())
    }

    /// The time that is left for the task.
    fn left(&self) -> Option<Duration> {
        let spent = self
            .task
            .core
            .clock()
            .now()
            .saturating_duration_since(self.started);
        self.task
            .settings
            .total
            .map(|total| total.saturating_sub(spent))
    }

    /// Waits, unless time runs out before.
    async fn pause(&mut self) -> Result<(), Error> {
        let wait = self.delay.max(std::mem::take(&mut self.asked));
        let settings = &self.task.settings;
        self.delay = self
            .delay
            .max(SHORTEST_DELAY)
            .saturating_mul(2)
            .min(settings.max_delay.max(SHORTEST_DELAY));
        let clock = self.task.core.clock();
        match self.left() {
            Some(left) if left.is_zero() => {
                let spent = clock.now().saturating_duration_since(self.started);
                return Err(self.late("did not end", spent));
            }
            Some(left) => clock.sleep(wait.min(left)).await,
            None => clock.sleep(wait).await,
        }
        Ok(())
    }

    /// What to make of a status: whether the task goes on.
    fn judge(&mut self, status: &S) {
        let now = self.task.core.clock().now();
        if !self
            .last
            .as_ref()
            .is_some_and(|last| unchanged(last, status))
        {
            self.changed = now;
        }
        self.last = Some(status.clone());
        self.failed = match status.outcome() {
            TaskOutcome::Done => {
                self.ended = true;
                return;
            }
            TaskOutcome::Failed(messages) => Some(self.failed(&messages)),
            TaskOutcome::Running => {
                let still = now.saturating_duration_since(self.changed);
                let stalled = self.task.settings.stall.is_some_and(|stall| still >= stall);
                stalled.then(|| self.late("has not changed", still))
            }
        };
        self.ended = self.failed.is_some();
    }
}

/// Whether asking again later may help.
fn is_transient(error: &Error) -> bool {
    let server = error
        .status()
        .is_some_and(|status| status.is_server_error());
    server
        || matches!(
            error.kind(),
            ErrorKind::Connect
                | ErrorKind::Timeout
                | ErrorKind::Interrupted
                | ErrorKind::Malformed
                | ErrorKind::Empty
                | ErrorKind::RateLimited
                | ErrorKind::Server
        )
}
