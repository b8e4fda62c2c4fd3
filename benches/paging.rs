//! What fetching ahead wins, and that memory does not grow with the list.
//!
//! Run with `cargo bench --features confluence-dc --bench paging`. Give the name of a part (`speed`,
//! `memory`) to run only that; with `--brief` the lists are a tenth as long, which is no measurement.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::alloc::System;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use hyper::Uri;
use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait};
use spacewright::confluence_dc::Client;
use support::server;

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

const PAGE: u64 = 100;
const MEBIBYTE: f64 = 1_048_576.0;

fn main() {
    let part = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    let tenth = std::env::args().any(|argument| argument == "--brief");
    let length = |items: u64| if tenth { items / 10 } else { items };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        if wanted("speed") {
            speed(length(20_000)).await;
        }
        if wanted("memory") {
            memory([length(10_000), length(1_000_000)]).await;
        }
    });
}

/// A list from a server that takes 20 ms for each request.
async fn speed(items: u64) {
    // A short list is over before much could be asked for ahead.
    let bound = if items < 20_000 { 2.0 } else { 5.0 };
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let url = server::start_with(Duration::from_millis(20), move |_, uri| {
        count.fetch_add(1, Ordering::Relaxed);
        (200, page(uri, items).into())
    });
    let mut alone = None;
    for ahead in [0, 1, 2, 4, 8] {
        let started = Instant::now();
        walk(&url, items, ahead).await;
        let time = started.elapsed();
        let alone = *alone.get_or_insert(time);
        let times = alone.as_secs_f64() / time.as_secs_f64();
        println!(
            "{items} items, {ahead} pages ahead: {time:.2?}, {times:.1} times as fast, {} requests",
            asked.swap(0, Ordering::Relaxed)
        );
        assert!(
            ahead < 8 || times >= bound,
            "fetching 8 pages ahead is only {times:.1} times as fast"
        );
    }
}

/// The peak of a long walk against that of a short one.
async fn memory(lengths: [u64; 2]) {
    let mut short = None;
    for items in lengths {
        let url = server::start_with(Duration::ZERO, move |_, uri| (200, page(uri, items).into()));
        walk(&url, items, 8).await;
        ALLOCATOR.reset_peak_memory();
        walk(&url, items, 8).await;
        let peak = ALLOCATOR.get_peak_memory() as f64 / MEBIBYTE;
        println!("{items} items, 8 pages ahead: {peak:.2} MiB at the peak, server included");
        let short = *short.get_or_insert(peak);
        assert!(
            peak - short < 2.0,
            "memory grows with the list: {short:.2} MiB, then {peak:.2} MiB"
        );
    }
}

async fn walk(url: &str, items: u64, ahead: usize) {
    let wiki = Client::builder(url).build().unwrap();
    let mut groups = wiki
        .group()
        .list()
        .limit(PAGE as i64)
        .fetch_ahead(ahead)
        .items();
    let mut count = 0;
    while let Some(group) = groups.try_next().await.unwrap() {
        assert_eq!(group.name.and_then(|name| name.parse().ok()), Some(count));
        count += 1;
    }
    assert_eq!(count, items);
}

fn page(uri: &Uri, items: u64) -> String {
    // What is asked for ahead can lie past the end.
    let start = server::number(uri, "start", 0).min(items);
    let limit = server::number(uri, "limit", 25);
    let end = (start + limit).min(items);
    let rows: Vec<String> = (start..end)
        .map(|row| format!(r#"{{"type":"group","name":"{row}"}}"#))
        .collect();
    let next = if end < items {
        format!(r#""next":"/rest/api/group?start={end}""#)
    } else {
        String::new()
    };
    let rows = rows.join(",");
    format!(
        r#"{{"results":[{rows}],"start":{start},"limit":{limit},"size":{},"_links":{{{next}}}}}"#,
        end - start
    )
}
