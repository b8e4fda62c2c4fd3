//! A clock on which no test waits.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::Clock;

/// No more time passes than this, so that no sum of waits leaves the range of the system's own clocks.
const MOST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A clock for [`ClientBuilder::clock`](crate::ClientBuilder::clock) that stands still, but for the waits:
/// each is noted, and is over at once. Clones are the same clock.
///
/// With it a test of retries, of rate limits or of a long task takes no time, and can tell how long the
/// application would have waited. What it does not shorten are the limits of a single attempt, which
/// count the real time that a server takes.
///
#[cfg_attr(feature = "confluence-dc", doc = "```")]
#[cfg_attr(not(feature = "confluence-dc"), doc = "```ignore")]
/// use std::time::Duration;
/// use spacewright::testing::confluence_dc::{Server, Space};
/// use spacewright::testing::{Misbehaviour, TestClock};
/// use spacewright::confluence_dc::Client;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), spacewright::Error> {
/// let server = Server::start().await.with_space(Space::new("TEST"));
/// server.misbehave(Misbehaviour::status(503).with_header("Retry-After", "20").once());
///
/// let clock = TestClock::new();
/// let wiki = Client::builder(server.url())
///     .auth(server.auth("admin"))
///     .clock(clock.clone())
///     .build()?;
/// wiki.space().get("TEST").await?;
/// assert!(clock.waited() >= Duration::from_secs(20));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TestClock {
    begin: Instant,
    wall: SystemTime,
    passed: Arc<Mutex<Passed>>,
}

#[derive(Debug, Default)]
struct Passed {
    time: Duration,
    waits: Vec<Duration>,
}

impl Passed {
    fn advance(&mut self, time: Duration) {
        self.time = self.time.saturating_add(time).min(MOST);
    }
}

impl TestClock {
    /// A clock that begins now.
    pub fn new() -> Self {
        Self::starting_at(SystemTime::now())
    }

    /// A clock that begins at this time of day.
    pub fn starting_at(wall: SystemTime) -> Self {
        Self {
            begin: Instant::now(),
            wall,
            passed: Arc::default(),
        }
    }

    /// Lets time go by.
    pub fn advance(&self, time: Duration) {
        self.lock().advance(time);
    }

    /// The waits so far, in the order in which they began.
    pub fn waits(&self) -> Vec<Duration> {
        self.lock().waits.clone()
    }

    /// All waits so far together.
    pub fn waited(&self) -> Duration {
        let waits = &self.lock().waits;
        waits
            .iter()
            .fold(Duration::ZERO, |sum, wait| sum.saturating_add(*wait))
    }

    fn lock(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        let now = self.begin.checked_add(self.lock().time);
        now.unwrap_or(self.begin)
    }

    fn wall(&self) -> SystemTime {
        let wall = self.wall.checked_add(self.lock().time);
        wall.unwrap_or(self.wall)
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // Not before the first poll: a wait that is dropped unbegun is none.
        Box::pin(async move {
            let mut passed = self.lock();
            passed.advance(time);
            passed.waits.push(time);
        })
    }
}
