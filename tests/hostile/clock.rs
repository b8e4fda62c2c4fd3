//! A clock on which no test waits: a wait is noted, and is over.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use spacewright::Clock;

/// The time of day at which the clock begins: 2026-03-02T10:00:00Z.
pub const BEGIN: u64 = 1_772_445_600;

#[derive(Clone)]
pub struct TestClock {
    begin: Instant,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl TestClock {
    pub fn new() -> Self {
        Self {
            begin: Instant::now(),
            waits: Arc::default(),
        }
    }

    /// The waits so far, in order.
    #[allow(dead_code)]
    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    /// Lets time go by.
    pub fn advance(&self, time: Duration) {
        self.waits.lock().unwrap().push(time);
    }

    fn passed(&self) -> Duration {
        self.waits.lock().unwrap().iter().sum()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.begin + self.passed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(BEGIN) + self.passed()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move { self.advance(time) })
    }
}
