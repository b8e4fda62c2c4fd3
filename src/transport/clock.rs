//! Time, so that tests need not wait for it.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// What a client knows of time: it waits between attempts and polls by this clock.
///
/// The default is tokio's. A test passes another with [`ClientBuilder::clock`](crate::ClientBuilder::clock)
/// and need not wait: the feature `testing` has one, `testing::TestClock`.
pub trait Clock: Send + Sync + 'static {
    /// A point in time that never goes backwards.
    fn now(&self) -> Instant;

    /// The time of day, for servers that name a time rather than a wait.
    fn wall(&self) -> SystemTime;

    /// Waits for `time`.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Tokio's clock; it stands still where a test has paused it.
#[derive(Debug, Default)]
pub(crate) struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(time))
    }
}
