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
pub trait TaskStatus: DeserializeOwned + Serialize + Clone + fmt::Debug + Send + Sync + 'static {
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
    id: String,
    /// Whether the server named the task itself, so that a 404 means that it is gone.
    named: bool,
    settings: PollSettings,
    status: std::marker::PhantomData<fn() -> S>,
}

impl<S: TaskStatus> LongTask<S> {
    pub(crate) fn resume(core: Core, operation: &'static Operation, id: String) -> Self {
        let settings = PollSettings::default();
        Self { core, operation, id, named: false, settings, status: std::marker::PhantomData }
    }

    /// The task's id, by which it can be followed later.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
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
        let raw = self.ask().await?;
        decode::json(&raw)
    }

    /// The statuses of the task as a [`Stream`], ending with the last: the one with which it ended
    /// well, or the error that says why it did not.
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
    /// All but the last carry the task's id and last status.
    pub async fn wait(&self) -> Result<S, Error> {
        let mut poller = Poller::new(self.clone());
        let mut last = None;
        while let Some(update) = poller.next().await {
            last = Some(update?);
        }
        last.ok_or_else(|| Error::new(ErrorKind::TaskGone, "the task was never seen").with_task(&self.id, None))
    }

    async fn ask(&self) -> Result<RawAnswer, Error> {
        let mut call = Call::new(&self.core, self.operation);
        call.segment("id", &self.id);
        execute(call).await
    }
}

impl<S> fmt::Debug for LongTask<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongTask").field("id", &self.id).field("core", &self.core).finish_non_exhaustive()
    }
}

/// The task that an operation's answer names.
pub(crate) fn begin<S: TaskStatus>(
    raw: &RawAnswer,
    property: &str,
    operation: &'static Operation,
) -> Result<LongTask<S>, Error> {
    let answer: serde_json::Value = decode::json(raw)?;
    let id = match answer.get(property) {
        Some(serde_json::Value::String(id)) if !id.is_empty() => id.clone(),
        Some(serde_json::Value::Number(id)) => id.to_string(),
        _ => {
            let message = format!("the server took it on, but its answer names no task (`{property}`)");
            return Err(raw.error(Error::new(ErrorKind::Mismatch, message)));
        }
    };
    let mut task = LongTask::resume(raw.core.clone(), operation, id);
    task.named = true;
    Ok(task)
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
    delay: Duration,
    failures: u32,
    last: Option<S>,
    /// When the status last changed.
    changed: Instant,
    ended: bool,
}

/// How many 404s a task may begin with: a cluster's other node may learn of it a moment later.
const EARLY_MISSES: u32 = 2;

impl<S: TaskStatus> Poller<S> {
    fn new(task: LongTask<S>) -> Self {
        let now = task.core.clock().now();
        let delay = task.settings.first_delay;
        Self { task, started: now, delay, failures: 0, last: None, changed: now, ended: false }
    }

    /// The next status; `None` after the last.
    async fn next(&mut self) -> Option<Result<S, Error>> {
        if self.ended {
            return None;
        }
        let update = self.poll().await;
        self.ended = match &update {
            Ok(status) => status.outcome() == TaskOutcome::Done,
            Err(_) => true,
        };
        Some(update)
    }

    /// Waits and asks until there is a status or no hope for one.
    async fn poll(&mut self) -> Result<S, Error> {
        let mut wait = self.delay;
        loop {
            self.pause(wait).await?;
            self.delay = self.delay.saturating_mul(2).min(self.task.settings.max_delay);
            let error = match self.task.ask().await {
                Ok(raw) => {
                    self.failures = 0;
                    let status: S = decode::json(&raw)?;
                    let asked = rate::retry_after(&raw.headers, self.task.core.clock().wall());
                    self.delay = self.delay.max(asked.unwrap_or_default());
                    return self.judge(status);
                }
                Err(error) => error,
            };
            self.failures += 1;
            if error.is_not_found() {
                self.missing(error)?;
            } else if !is_transient(&error) || self.failures > self.task.settings.tolerated_failures {
                return Err(self.about(error.with_note("the task may still go on: it can be followed again by its id")));
            } else {
                wait = self.delay.max(error.retry_after().unwrap_or_default());
                continue;
            }
            wait = self.delay;
        }
    }

    /// A 404: the task is gone if it was ever there.
    fn missing(&self, error: Error) -> Result<(), Error> {
        if self.last.is_none() && !self.task.named {
            return Err(self.about(error));
        }
        if self.last.is_none() && self.failures <= EARLY_MISSES {
            return Ok(());
        }
        let seen = self.last.as_ref().and_then(TaskStatus::percent);
        let seen = seen.map_or(String::new(), |percent| format!(" (it was last seen at {percent} %)"));
        let message = format!("the server has forgotten the task {}{seen}, so how it ended is not known", self.task.id);
        let error = error.as_kind(ErrorKind::TaskGone).with_message(&message);
        Err(self.about(error.with_note("look whether what it was to do is done")))
    }

    /// Waits, unless time runs out before.
    async fn pause(&self, wait: Duration) -> Result<(), Error> {
        let clock = self.task.core.clock();
        let now = clock.now();
        let spent = now.saturating_duration_since(self.started);
        let left = self.task.settings.total.map(|total| total.saturating_sub(spent));
        match left {
            Some(left) if left.is_zero() => return Err(self.late("did not end", spent)),
            Some(left) => clock.sleep(wait.min(left)).await,
            None => clock.sleep(wait).await,
        }
        Ok(())
    }

    /// What to make of a status.
    fn judge(&mut self, status: S) -> Result<S, Error> {
        let now = self.task.core.clock().now();
        let as_before = self.last.as_ref().is_some_and(|last| unchanged(last, &status));
        if !as_before {
            self.changed = now;
        }
        self.last = Some(status.clone());
        match status.outcome() {
            TaskOutcome::Failed(messages) => Err(self.failed(&messages)),
            TaskOutcome::Done => Ok(status),
            TaskOutcome::Running => {
                let still = now.saturating_duration_since(self.changed);
                match self.task.settings.stall {
                    Some(stall) if still >= stall => Err(self.late("has not changed", still)),
                    _ => Ok(status),
                }
            }
        }
    }

    fn failed(&self, messages: &[String]) -> Error {
        let said = match messages {
            [] => "the server does not say why".to_owned(),
            messages => format!("\"{}\"", messages.join("; ")),
        };
        let message = format!("the task {} ended badly: {said}", self.task.id);
        self.about(Error::new(ErrorKind::TaskFailed, message).with_operation(self.task.operation))
    }

    fn late(&self, what: &str, time: Duration) -> Error {
        let percent = self.last.as_ref().and_then(TaskStatus::percent);
        let percent = percent.map_or(String::new(), |percent| format!(", it stands at {percent} %"));
        let message = format!("the task {} {what} within {time:?}{percent}", self.task.id);
        let error = Error::new(ErrorKind::TaskTimeout, message).with_operation(self.task.operation);
        self.about(error.with_note("the server may still work on it: it can be followed again by its id"))
    }

    /// Adds to an error what is known of the task.
    fn about(&self, error: Error) -> Error {
        let status = self.last.as_ref().and_then(|status| serde_json::to_value(status).ok());
        error.with_task(&self.task.id, status)
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
    let server = error.status().is_some_and(|status| status.is_server_error());
    server
        || matches!(
            error.kind(),
            ErrorKind::Connect
                | ErrorKind::Timeout
                | ErrorKind::Interrupted
                | ErrorKind::RateLimited
                | ErrorKind::Server
        )
}
