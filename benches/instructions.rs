//! The instructions of a call, beside the same call by hand, counted by callgrind.
#![allow(clippy::unwrap_used)]

mod support;

use gungraun::{library_benchmark, library_benchmark_group, main};
use support::answers::USERS;
use support::calls::{Bench, Way};

type Call = fn(&Bench, Way);

/// How long a list is read. Without optimisation nothing is measured, and callgrind takes minutes for it.
const LENGTH: u64 = if cfg!(debug_assertions) { 400 } else { USERS };

fn connected(call: Call) -> (Bench, Call) {
    (Bench::new(), call)
}

fn alone(call: Call) -> (Bench, Call) {
    (Bench::without_server(), call)
}

#[library_benchmark(setup = connected)]
#[bench::get(Bench::get)]
#[bench::create(Bench::create)]
#[bench::error(Bench::fail)]
#[bench::list(|bench, way| bench.list(way, LENGTH))]
#[bench::request_path(args = (Bench::request_path), setup = alone)]
fn by_hand((bench, call): (Bench, Call)) -> Bench {
    call(&bench, Way::ByHand);
    bench
}

#[library_benchmark(setup = connected)]
#[bench::get(Bench::get)]
#[bench::create(Bench::create)]
#[bench::error(Bench::fail)]
#[bench::list(|bench, way| bench.list(way, LENGTH))]
#[bench::request_path(args = (Bench::request_path), setup = alone)]
fn ours((bench, call): (Bench, Call)) -> Bench {
    call(&bench, Way::Ours);
    bench
}

library_benchmark_group!(
    name = calls,
    compare_by_id = true,
    benchmarks = [by_hand, ours]
);
main!(library_benchmark_groups = calls);
