//! The instructions of parsing each service's largest answers, beside types written by hand.
#![allow(clippy::unwrap_used)]

mod support;

use gungraun::{library_benchmark, library_benchmark_group, main};
use serde::de::DeserializeOwned;
use spacewright::{confluence_cloud, confluence_dc, onezone, workspaces};
use support::{answers, models};

type Parse = fn(&str);

fn parse<T: DeserializeOwned>(text: &str) {
    std::hint::black_box(serde_json::from_slice::<T>(text.as_bytes()).unwrap());
}

fn prepared(answer: fn() -> String, parse: Parse) -> (String, Parse) {
    (answer(), parse)
}

#[library_benchmark(setup = prepared)]
#[bench::confluence_dc(answers::contents, parse::<models::Page<models::Content>>)]
#[bench::confluence_cloud(answers::cloud_pages, parse::<models::CloudPages>)]
#[bench::onezone(answers::marketplace, parse::<models::Marketplace>)]
#[bench::workspaces(answers::workspaces, parse::<Vec<models::Workspace>>)]
fn by_hand((text, parse): (String, Parse)) -> String {
    parse(&text);
    text
}

#[library_benchmark(setup = prepared)]
#[bench::confluence_dc(answers::contents, parse::<confluence_dc::types::ContentPage>)]
#[bench::confluence_cloud(answers::cloud_pages, parse::<confluence_cloud::types::PagePage>)]
#[bench::onezone(answers::marketplace, parse::<onezone::types::MarketplacePage>)]
#[bench::workspaces(answers::workspaces, parse::<Vec<workspaces::types::Workspace>>)]
fn ours((text, parse): (String, Parse)) -> String {
    parse(&text);
    text
}

library_benchmark_group!(
    name = parsing,
    compare_by_id = true,
    benchmarks = [by_hand, ours]
);
main!(library_benchmark_groups = parsing);
