//! How many calls come through when 64 are under way at once, beside the same calls by hand.
//!
//! Run with `cargo bench --features confluence-dc --bench throughput`. Rounds of both kinds take turns, so
//! that whatever else the machine does falls on both; with `--brief` there are few, which is no measurement.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use support::calls::{Bench, Way};

const CALLS: usize = 64;

/// The least that ours may have of the throughput by hand.
const TARGET: f64 = 0.95;

fn main() {
    let brief = std::env::args().any(|argument| argument == "--brief");
    let bench = Bench::new();
    for way in [Way::ByHand, Way::Ours] {
        (0..10).for_each(|_| bench.at_once(way, CALLS));
    }
    let rounds = if brief { 10 } else { 2_000 };
    let mut times = [Vec::new(), Vec::new()];
    for number in 0..rounds {
        // Neither is always the one that finds the other's leavings.
        let order = if number % 2 == 0 { [0, 1] } else { [1, 0] };
        for kind in order {
            times[kind].push(round(&bench, [Way::ByHand, Way::Ours][kind]));
        }
    }
    let [by_hand, ours] = times.map(median);
    let ratio = by_hand.as_secs_f64() / ours.as_secs_f64();
    println!(
        "{CALLS} calls at once, median of {rounds} rounds: by hand {by_hand:.2?}, ours {ours:.2?}: \
         {ratio:.3} of the throughput"
    );
    assert!(brief || ratio >= TARGET, "that is less than {TARGET}");
}

fn round(bench: &Bench, way: Way) -> Duration {
    let started = Instant::now();
    bench.at_once(way, CALLS);
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
