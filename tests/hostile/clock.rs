//! When the tests of the transport take place.

use std::time::{Duration, SystemTime};

use spacewright::testing::TestClock;

/// The time of day at which their clocks begin: 2026-03-02T10:00:00Z.
pub fn begin() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_445_600)
}

pub fn clock() -> TestClock {
    TestClock::starting_at(begin())
}
