//! The time of a call, beside the same call by hand.
#![allow(clippy::unwrap_used)]

mod support;

use divan::Bencher;
use support::answers;
use support::calls::{Bench, Way};

const WAYS: [Way; 2] = [Way::ByHand, Way::Ours];

fn main() {
    divan::main();
}

#[divan::bench(args = WAYS)]
fn get(bencher: Bencher<'_, '_>, way: Way) {
    let bench = Bench::new();
    bencher.bench_local(|| bench.get(way));
}

#[divan::bench(args = WAYS)]
fn create(bencher: Bencher<'_, '_>, way: Way) {
    let bench = Bench::new();
    bencher.bench_local(|| bench.create(way));
}

#[divan::bench(args = WAYS)]
fn error(bencher: Bencher<'_, '_>, way: Way) {
    let bench = Bench::new();
    bencher.bench_local(|| bench.fail(way));
}

#[divan::bench(args = WAYS, sample_count = 10, sample_size = 1)]
fn list_20_000(bencher: Bencher<'_, '_>, way: Way) {
    let bench = Bench::new();
    bencher.bench_local(|| bench.list(way, answers::USERS));
}

#[divan::bench(args = WAYS)]
fn request_path(bencher: Bencher<'_, '_>, way: Way) {
    let bench = Bench::without_server();
    bencher.bench_local(|| bench.request_path(way));
}
