//! What a server finishes later: polled until it has ended, one way or another.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::transport::execute::{RawAnswer, execute};
use crate::transport::retry::Retry;
use crate::transport::scrub::{Forms, Scrubber};
use crate::transport::{Call, Core, Operation, decode, rate};

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskOutcome {
    /// It goes on.
    Running,
    /// It ended well.
    Done,
    /// It ended badly: what the server said about it.
    Failed(Vec<String>),
}

/// A status that a long task is polled with.
pub trait TaskStatus:
    DeserializeOwned + Serialize + Clone + fmt::Debug + Send + Sync + 'static
{
    /// How the task stands.
    fn outcome(&self) -> TaskOutcome;

    /// How much of it is done, from 0 to 100, where the server says.
    fn percent(&self) -> Option<u8>;
}

/// How a long task is polled. Every number is a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PollSettings {
    /// The wait before the first poll: 0.5 s. It doubles with each poll.
    pub first_delay: Duration,
    /// The longest wait between two polls: 10 s. A `Retry-After` of the server's goes beyond it.
    pub max_delay: Duration,
    /// How long to wait for the end in all: one hour. `None` waits for ever.
    pub total: Option<Duration>,
    /// After how long without any change the task counts as stalled. `None`, the default, never.
    pub stall: Option<Duration>,
    /// How many polls in a row may fail, each after its own retries: 5.
    pub tolerated_failures: u32,
}

impl Default for PollSettings {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(10),
            total: Some(Duration::from_secs(3600)),
            stall: None,
            tolerated_failures: 5,
        }
    }
}

impl PollSettings {
    /// Sets the wait before the first poll.
    #[must_use]
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Sets the longest wait between two polls.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets how long to wait for the end in all; `None` waits for ever.
    #[must_use]
    pub fn total(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.total = time.into();
        self
    }

    /// Sets after how long without any change the task counts as stalled; `None` never.
    #[must_use]
    pub fn stall(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.stall = time.into();
        self
    }

    /// Sets how many polls in a row may fail.
    #[must_use]
    pub fn tolerated_failures(mut self, polls: u32) -> Self {
        self.tolerated_failures = polls;
        self
    }
}

/// Something that the server does in the background.
///
/// It is polled by its id and the client's own URL; the URL that the server names for it is not used.
/// Dropping it, or a future or stream made from it, stops the polling and not the task.
///
/// ```
/// # #[cfg(feature = "confluence-dc")]
/// # async fn example(wiki: spacewright::confluence_dc::Client) -> Result<(), spacewright::Error> {
/// let task = wiki.admin_user().delete("morgan").await?;
/// println!("the server works on it as task {}", task.id());
/// task.wait().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "the server works on it, but nobody waits for the end: call `wait` or keep the id"]
pub struct LongTask<S> {
    core: Core,
    operation: &'static Operation,
    /// None where there is only one such task at a time, and the server gives it no id.
    id: Option<String>,
    /// Whether the server named the task itself, so that a 404 means that it is gone.
    named: bool,
    settings: PollSettings,
    status: std::marker::PhantomData<fn() -> S>,
}

impl<S: TaskStatus> LongTask<S> {
    pub(crate) fn resume(core: Core, operation: &'static Operation, id: Option<String>) -> Self {
        let settings = PollSettings::default();
        Self {
            core,
            operation,
            id,
            named: false,
            settings,
            status: std::marker::PhantomData,
        }
    }

    /// The task's id, by which it can be followed later. Where the server gives none, as there is only
    /// one such task at a time, it is the name of the operation that the task is polled with.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or(self.operation.id)
    }

    /// Sets how the task is polled.
    pub fn polling(mut self, settings: PollSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Asks once how the task stands, whichever way that is.
    ///
    /// # Errors
    /// As any request; a task that the server does not know is not found.
    pub async fn status(&self) -> Result<S, Error> {
        decode::json(&execute(self.call()).await?)
    }

    /// The statuses of the task as a [`Stream`], ending with the last. Where the task did not end well,
    /// or cannot be asked for any more, the error that says so comes after it, as from
    /// [`wait`](Self::wait).
    pub fn updates(&self) -> Updates<S> {
        let poller = Poller::new(self.clone());
        let updates = futures_util::stream::unfold(poller, |mut poller| async move {
            let update = poller.next().await?;
            Some((update, poller))
        });
        Updates(Box::pin(updates))
    }

    /// Waits until the task has ended well, and gives its last status.
    ///
    /// # Errors
    /// - [`ErrorKind::TaskFailed`]: it ended badly; the server's messages are in the error.
    /// - [`ErrorKind::TaskGone`]: the server has forgotten it, so how it ended is not known.
    /// - [`ErrorKind::TaskTimeout`]: it took longer than allowed, or did not change for too long.
    /// - any other kind: it could not be asked for.
    ///
    /// All carry the task's id ([`Error::task_id`]) and its last status ([`Error::task_status`]).
    pub async fn wait(&self) -> Result<S, Error> {
        let mut poller = Poller::new(self.clone());
        let mut last = None;
        while let Some(update) = poller.next().await {
            last = Some(update?);
        }
        last.ok_or_else(|| {
            Error::new(ErrorKind::TaskGone, "the task was never seen").with_task(self.id(), None)
        })
    }

    fn call(&self) -> Call {
        let mut call = Call::new(&self.core, self.operation);
        if let Some(id) = &self.id {
            call.segment("id", id);
        }
        call
    }
}

impl<S> fmt::Debug for LongTask<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongTask")
            .field("id", &self.id)
            .field("core", &self.core)
            .finish_non_exhaustive()
    }
}

/// The task that an operation's answer names; without a `property` there is only one.
pub(crate) fn begin<S: TaskStatus>(
    raw: &RawAnswer,
    property: Option<&str>,
    operation: &'static Operation,
) -> Result<LongTask<S>, Error> {
    let id = match property {
        Some(property) => Some(named(raw, property)?),
        None => {
            decode::nothing(raw)?;
            None
        }
    };
    let mut task = LongTask::resume(raw.core.clone(), operation, id);
    task.named = true;
    Ok(task)
}

fn named(raw: &RawAnswer, property: &str) -> Result<String, Error> {
    let answer: serde_json::Value = decode::json(raw)?;
    match answer.get(property) {
        Some(serde_json::Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        Some(serde_json::Value::Number(id)) => Ok(id.to_string()),
        _ => {
            let message =
                format!("the server took it on, but its answer names no task (`{property}`)");
            Err(raw.error(Error::new(ErrorKind::Mismatch, message)))
        }
    }
}

/// The statuses of a long task as a [`Stream`].
#[must_use = "streams do nothing unless polled"]
pub struct Updates<S>(Pin<Box<dyn Stream<Item = Result<S, Error>> + Send>>);

impl<S> Stream for Updates<S> {
    type Item = Result<S, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl<S> fmt::Debug for Updates<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Updates")
    }
}

/// Polls a task.
struct Poller<S> {
    task: LongTask<S>,
    started: Instant,
    /// The wait before the next poll.
    delay: Duration,
    /// What the server asked to wait before it.
    asked: Duration,
    failures: u32,
    last: Option<S>,
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
    fn new(task: LongTask<S>) -> Self {
        let now = task.core.clock().now();
        let delay = task.settings.first_delay;
        Self {
            task,
            started: now,
            delay,
            asked: Duration::ZERO,
            failures: 0,
            last: None,
            changed: now,
            failed: None,
            ended: false,
        }
    }

    /// The next status, or the error that ends it; `None` after the last.
    async fn next(&mut self) -> Option<Result<S, Error>> {
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
                    return Ok(status);
                }
                Err(error) => error,
            };
            self.failures += 1;
            let seen = self.last.is_some();
            if error.is_not_found() || (error.is_forbidden() && seen) {
                self.missing(error)?;
            } else if !is_transient(&error) || self.failures > self.task.settings.tolerated_failures
            {
                return Err(self.about(
                    error.with_note("the task may still go on: it can be followed again by its id"),
                ));
            } else {
                self.asked = error.retry_after().unwrap_or_default();
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
    fn missing(&self, error: Error) -> Result<(), Error> {
        if self.last.is_none() && !self.task.named {
            return Err(self.about(error));
        }
        if self.last.is_none() && self.failures <= EARLY_MISSES {
            return Ok(());
        }
        let seen = self.last.as_ref().and_then(TaskStatus::percent);
        let seen = seen.map_or(String::new(), |percent| {
            format!(" (it was last seen at {percent} %)")
        });
        let message = format!(
            "the server knows nothing of the task {} any more{seen}, so how it ended is not known",
            self.task.id()
        );
        let error = error.of_kind(ErrorKind::TaskGone).with_message(&message);
        Err(self.about(error.with_note("look whether what it was to do is done")))
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

    fn failed(&self, messages: &[String]) -> Error {
        let said = match messages {
            [] => "the server does not say why".to_owned(),
            messages => format!("\"{}\"", messages.join("; ")),
        };
        // A server that repeats the credential does so here too.
        let own = Forms::default();
        let scrubber = Scrubber::new([&self.task.core.shared().hidden, &own]);
        let said = scrubber.scrub(&said).unwrap_or(said);
        let message = format!("the task {} ended badly: {said}", self.task.id());
        self.about(Error::new(ErrorKind::TaskFailed, message).with_operation(self.task.operation))
    }

    fn late(&self, what: &str, time: Duration) -> Error {
        let percent = self.last.as_ref().and_then(TaskStatus::percent);
        let percent = percent.map_or(String::new(), |percent| {
            format!(", it stands at {percent} %")
        });
        let message = format!(
            "the task {} {what} within {time:?}{percent}",
            self.task.id()
        );
        let error = Error::new(ErrorKind::TaskTimeout, message).with_operation(self.task.operation);
        self.about(
            error.with_note("the server may still work on it: it can be followed again by its id"),
        )
    }

    /// Adds to an error what is known of the task.
    fn about(&self, error: Error) -> Error {
        let status = self
            .last
            .as_ref()
            .and_then(|status| serde_json::to_value(status).ok());
        error.with_task(self.task.id(), status)
    }
}

/// Whether nothing happened between two statuses: time alone is no change.
fn unchanged<S: TaskStatus>(earlier: &S, later: &S) -> bool {
    let state = |status: &S| {
        let mut value = serde_json::to_value(status).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("elapsedTime");
        }
        value
    };
    state(earlier) == state(later)
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
