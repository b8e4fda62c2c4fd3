//! The allocations of a call beside the same call by hand, and the memory of a long list. It fails where
//! a target is missed.
#![allow(clippy::unwrap_used)]

mod support;

use std::process::ExitCode;

use allocation_counter::{AllocationInfo, measure};
use support::answers;
use support::calls::{Bench, Way};

/// The most allocations of a call, as a multiple of those by hand.
const MOST_ALLOCATIONS: f64 = 1.25;
/// The most memory of a list of four times the length, as a multiple.
const MOST_GROWTH: f64 = 1.10;

fn main() -> ExitCode {
    let bench = Bench::new();
    let alone = Bench::without_server();
    println!(
        "{:<14} {:>10} {:>10} {:>7}",
        "allocations", "by hand", "ours", "ratio"
    );
    let calls = [
        calls("get", MOST_ALLOCATIONS, |way| bench.get(way)),
        calls("create", MOST_ALLOCATIONS, |way| bench.create(way)),
        calls("error", MOST_ALLOCATIONS, |way| bench.fail(way)),
        calls("list of 20000", MOST_ALLOCATIONS, |way| {
            bench.list(way, answers::USERS)
        }),
        calls("request path", MOST_ALLOCATIONS, |way| {
            alone.request_path(way)
        }),
    ];
    let fine = calls.into_iter().all(|fine| fine) & memory(&bench);
    if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Compares one call's allocations; says whether the target is met.
fn calls(name: &str, most: f64, call: impl Fn(Way)) -> bool {
    let [by_hand, ours] = [Way::ByHand, Way::Ours].map(|way| usual(|| call(way)).count_total);
    row(name, by_hand, ours, most)
}

/// The run of several that allocates least: what the connection does meanwhile differs a little.
fn usual(call: impl Fn()) -> AllocationInfo {
    let runs = (0..5).map(|_| measure(&call));
    runs.min_by_key(|run| run.count_total).unwrap()
}

/// Compares the most memory that a short and a long list hold at a time.
fn memory(bench: &Bench) -> bool {
    println!(
        "\n{:<14} {:>10} {:>10} {:>7}",
        "bytes at most", "5000", "20000", "ratio"
    );
    let most = |users| measure(|| bench.list(Way::Ours, users)).bytes_max;
    row(
        "list",
        most(answers::USERS / 4),
        most(answers::USERS),
        MOST_GROWTH,
    )
}

fn row(name: &str, base: u64, other: u64, most: f64) -> bool {
    #[allow(clippy::cast_precision_loss)] // counts are far below 2^52
    let ratio = other as f64 / base as f64;
    let fine = ratio <= most;
    println!(
        "{name:<14} {base:>10} {other:>10} {ratio:>7.3}{}",
        if fine { "" } else { "  above the target" }
    );
    fine
}
