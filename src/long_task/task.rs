//! A long task: by its id it can be asked for, followed and waited for.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, ErrorKind};
use crate::long_task::poller::Poller;
use crate::long_task::{PollSettings, TaskStatus, Updates};
use crate::transport::execute::{RawAnswer, execute};
use crate::transport::{Call, Core, Operation, decode};

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
    pub(super) core: Core,
    pub(super) operation: &'static Operation,
    /// None where there is only one such task at a time, and the server gives it no id.
    pub(super) id: Option<String>,
    /// Whether the server named the task itself, so that a 404 means that it is gone.
    pub(super) named: bool,
    pub(super) settings: PollSettings,
    status: PhantomData<fn() -> S>,
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
            status: PhantomData,
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

    /// The statuses of the task as a [`Stream`](futures_core::Stream), ending with the last. Where the task did not end well,
    /// or cannot be asked for any more, the error that says so comes after it, as from
    /// [`wait`](Self::wait).
    pub fn updates(&self) -> Updates<S> {
        Updates::new(Poller::new(self.clone()))
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

    pub(super) fn call(&self) -> Call {
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
