//! What Confluence Cloud does in the background.

use super::types::{PermissionTransitionTask, TransitionTaskStatus};
use super::v1::types::{LongTaskStatus, Message};
use crate::long_task::{TaskOutcome, TaskStatus};

/// Older servers lack `finished`: there 100 % is the end.
impl TaskStatus for LongTaskStatus {
    fn outcome(&self) -> TaskOutcome {
        let full = self
            .percentage_complete
            .is_some_and(|percent| percent >= 100);
        match (self.finished.unwrap_or(full), self.successful) {
            (true, Some(true)) => TaskOutcome::Done,
            (true, _) => TaskOutcome::Failed(self.texts()),
            (false, _) => TaskOutcome::Running,
        }
    }

    fn percent(&self) -> Option<u8> {
        u8::try_from(self.percentage_complete?.clamp(0, 100)).ok()
    }
}

impl LongTaskStatus {
    /// The server's errors, then its messages, as far as they have words.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |message: &Message| message.translation.clone().or_else(|| message.key.clone());
        let messages = self
            .errors
            .iter()
            .flatten()
            .chain(self.messages.iter().flatten());
        messages.filter_map(text).collect()
    }
}

impl TaskStatus for PermissionTransitionTask {
    fn outcome(&self) -> TaskOutcome {
        match &self.status {
            Some(TransitionTaskStatus::Completed) => TaskOutcome::Done,
            Some(TransitionTaskStatus::Failed) => {
                TaskOutcome::Failed(self.error_message.iter().cloned().collect())
            }
            _ => TaskOutcome::Running,
        }
    }

    /// The server says no percentage of a transition.
    fn percent(&self) -> Option<u8> {
        None
    }
}
