//! What fetching ahead wins, and that memory does not grow with the list.
//!
//! Run with `cargo bench --features confluence-dc --bench paging`. Give the name of a part (`speed`,
//! `memory`) to run only that; with `--brief` the lists are a tenth as long, which is no measurement.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/paging_server/mod.rs"]
#[allow(dead_code)] // the tests ask it for more
mod paging_server;

use std::alloc::System;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use paging_server::{Asked, Reply, Server};
use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait};
use spacewright::confluence_dc::Client;

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
    let server = Server::start(Duration::from_millis(20), move |asked| page(asked, items));
    let mut alone = None;
    for ahead in [0, 1, 2, 4, 8] {
        let started = Instant::now();
        walk(&server, items, ahead).await;
        let time = started.elapsed();
        let alone = *alone.get_or_insert(time);
        let times = alone.as_secs_f64() / time.as_secs_f64();
        println!(
            "{items} items, {ahead} pages ahead: {time:.2?}, {times:.1} times as fast, {} requests",
            server.take()
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
        let server = Server::start(Duration::ZERO, move |asked| page(asked, items));
        walk(&server, items, 8).await;
        ALLOCATOR.reset_peak_memory();
        walk(&server, items, 8).await;
        let peak = ALLOCATOR.get_peak_memory() as f64 / MEBIBYTE;
        println!("{items} items, 8 pages ahead: {peak:.2} MiB at the peak, server included");
        let short = *short.get_or_insert(peak);
        assert!(
            peak - short < 2.0,
            "memory grows with the list: {short:.2} MiB, then {peak:.2} MiB"
        );
    }
}

async fn walk(server: &Server, items: u64, ahead: usize) {
    let wiki = Client::builder(&server.url).build().unwrap();
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

fn page(asked: &Asked, items: u64) -> Reply {
    // What is asked for ahead can lie past the end.
    let start = asked.number("start").unwrap_or(0).min(items);
    let limit = asked.number("limit").unwrap_or(25);
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
    let body = format!(
        r#"{{"results":[{rows}],"start":{start},"limit":{limit},"size":{},"_links":{{{next}}}}}"#,
        end - start
    );
    Reply {
        status: 200,
        link: None,
        body,
    }
}
