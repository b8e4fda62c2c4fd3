//! When and how soon a request is sent again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How a client tries again. Every number is a setting, for a client or for one request.
///
/// Reads, replacements and deletions are sent again after 408, 429, 502, 503, 504, timeouts and
/// broken connections. What creates something is sent again only when the server cannot have acted
/// on the first: after 429, after 503 with a `Retry-After` above zero (some servers send a zero with
/// every answer), and when no connection came about.
///
/// A credential that was refused and could be renewed is tried once more beside these attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// How often a request is sent at most, the first time included: 3.
    pub attempts: u32,
    /// The longest first wait: 0.5 s. It doubles with each attempt; the wait is a random part of it.
    pub first_delay: Duration,
    /// The longest wait that the client chooses itself: 20 s.
    pub max_delay: Duration,
    /// The time for all attempts and waits together: 60 s. A server that asks for a longer wait than
    /// what is left gets no further attempt, and the error says how long it asked for.
    ///
    /// Waits that a server asks for are kept in full, with a random part of `first_delay` on top, so that
    /// requests which wait for the same moment do not all go out in it.
    pub total: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(20),
            total: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// One attempt and no more.
    #[must_use]
    pub fn none() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// Sets how often a request is sent at most, the first time included; at least once.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the longest first wait.
    #[must_use]
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Sets the longest wait that the client chooses itself.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the time for all attempts and waits together.
    #[must_use]
    pub fn total(mut self, time: Duration) -> Self {
        self.total = time;
        self
    }

    /// The time for all attempts and waits. What is allowed beyond a hundred years is no different, and a wait
    /// that no clock can count does not fit into it.
    pub(crate) fn time(&self) -> Duration {
        self.total.min(LONGEST_TOTAL)
    }

    /// The wait after attempt number `attempt` (the first is 1): full jitter under a doubling bound.
    pub(crate) fn delay(&self, attempt: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        let bound = self.first_delay.saturating_mul(doubled).min(self.max_delay);
        bound.mul_f64(fastrand::f64())
    }
}

const LONGEST_TOTAL: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What retries may cost a client in all: a bucket of tokens that its clones share, so that a server
/// that fails for everyone is not met with three times the load.
#[derive(Debug)]
pub(crate) struct Budget {
    tokens: AtomicU32,
    capacity: u32,
}

/// What one retry takes out of the bucket.
const RETRY_COST: u32 = 5;
/// The tokens of a client, unless it is told otherwise.
pub(crate) const DEFAULT_BUDGET: u32 = 500;

impl Budget {
    pub(crate) fn new(capacity: u32) -> Self {
        Self {
            tokens: AtomicU32::new(capacity),
            capacity,
        }
    }

    /// Takes the cost of one retry; says whether there was enough.
    pub(crate) fn take(&self) -> bool {
        let taken = |tokens: u32| tokens.checked_sub(RETRY_COST);
        self.tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken)
            .is_ok()
    }

    /// Gives back after a success: one token for each, and the cost of the retry that led to it.
    pub(crate) fn give(&self, after_retry: bool) {
        let back = if after_retry { RETRY_COST } else { 1 };
        let given = |tokens: u32| {
            (tokens < self.capacity).then(|| tokens.saturating_add(back).min(self.capacity))
        };
        // A full bucket stays as it is: that is no failure.
        let _ = self
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, given);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_bound() {
        let retry = Retry::default();
        for attempt in 1..40 {
            let bound = Duration::from_millis(500) * 2u32.saturating_pow(attempt - 1).min(40);
            assert!(retry.delay(attempt) <= bound.min(Duration::from_secs(20)));
        }
    }

    #[test]
    fn a_budget_runs_out_and_fills_up() {
        let budget = Budget::new(12);
        assert!(budget.take() && budget.take() && !budget.take());
        (0..3).for_each(|_| budget.give(false));
        assert!(budget.take() && !budget.take());
        budget.give(true);
        assert!(budget.take());
    }
}
