//! What Data Center does in the background: long tasks, the jobs of backup and restore, and reindexing.

use super::types::{BackupRestoreJob, LongTaskStatus, Message, ReindexStatus};
use crate::long_task::{TaskOutcome, TaskStatus};

/// There is no word for the end but 100 %; how it ended, `successful` says.
impl TaskStatus for LongTaskStatus {
    fn outcome(&self) -> TaskOutcome {
        match (self.percentage_complete, self.successful) {
            (Some(percent), Some(true)) if percent >= 100 => TaskOutcome::Done,
            (Some(percent), _) if percent >= 100 => TaskOutcome::Failed(self.texts()),
            _ => TaskOutcome::Running,
        }
    }

    fn percent(&self) -> Option<u8> {
        u8::try_from(self.percentage_complete?.clamp(0, 100)).ok()
    }
}

impl LongTaskStatus {
    /// The server's messages, as far as they have words.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |message: &Message| message.translation.clone().or_else(|| message.key.clone());
        self.messages.iter().flatten().filter_map(text).collect()
    }
}

impl TaskStatus for BackupRestoreJob {
    fn outcome(&self) -> TaskOutcome {
        let state = self.job_state.as_ref().map_or("", |state| state.as_str());
        match state.to_ascii_uppercase().as_str() {
            "FINISHED" => TaskOutcome::Done,
            "FAILED" => TaskOutcome::Failed(self.error_message.iter().cloned().collect()),
            "CANCELLED" => {
                let said = self.error_message.clone();
                TaskOutcome::Failed(vec![said.unwrap_or_else(|| "it was cancelled".to_owned())])
            }
            _ => TaskOutcome::Running,
        }
    }

    /// The server says no percentage of a job.
    fn percent(&self) -> Option<u8> {
        None
    }
}

/// The server says that a reindex has ended, never that it failed: one that did stands still, or begins
/// anew.
impl TaskStatus for ReindexStatus {
    fn outcome(&self) -> TaskOutcome {
        match self.finished {
            Some(true) => TaskOutcome::Done,
            _ => TaskOutcome::Running,
        }
    }

    fn percent(&self) -> Option<u8> {
        u8::try_from(self.percentage_complete?.clamp(0, 100)).ok()
    }
}
