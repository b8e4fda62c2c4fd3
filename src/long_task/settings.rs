//! How often, how long and how patiently a long task is polled.

use std::time::Duration;

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
