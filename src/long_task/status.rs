//! The status of a long task, and what it means.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// Whether nothing happened between two statuses: time alone is no change.
pub(super) fn unchanged<S: TaskStatus>(earlier: &S, later: &S) -> bool {
    let state = |status: &S| {
        let mut value = serde_json::to_value(status).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("elapsedTime");
        }
        value
    };
    state(earlier) == state(later)
}
