//! A clock on which no test waits, and which shows the time that the simulated site shows.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use spacewright::Clock;

/// A wait is noted, and is over. The time of day is the real one plus the waits.
#[derive(Clone, Default)]
pub struct Clockwork(Arc<Mutex<Vec<Duration>>>);

impl Clockwork {
    /// The waits so far, in order.
    pub fn waits(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }

    fn passed(&self) -> Duration {
        self.waits().iter().sum()
    }
}

impl Clock for Clockwork {
    fn now(&self) -> Instant {
        Instant::now() + self.passed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now() + self.passed()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }
}
