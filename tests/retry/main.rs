//! Attempts and waits: when a request is sent again, how soon, and what bounds it. No test waits: time is
//! injected, or stands still.
#![cfg(all(feature = "testing", feature = "confluence-dc"))]
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "../hostile/clock.rs"]
mod clock;
mod concurrency;
mod credentials;
mod dropping;
#[path = "../hostile/server.rs"]
mod server;
mod settings;
mod stage;
mod time_limits;
mod uploads;
mod waits;

use std::time::Duration;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Polls until a condition holds; the test's own time limit is the runner's.
async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}
