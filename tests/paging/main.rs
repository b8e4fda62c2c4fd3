//! Every list style against a server with every known way of paging.
#![cfg(all(
    feature = "testing",
    feature = "confluence-dc",
    feature = "confluence-cloud",
    feature = "onezone",
    feature = "workspaces"
))]
#![allow(clippy::single_range_in_vec_init)] // one hidden range among several is a list all the same
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub
)]

mod ahead;
mod bounds;
mod failures;
mod list_server;
mod lists;
mod moving;
mod positions;
mod progress;
mod table;
mod ways;
