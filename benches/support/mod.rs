//! What the benchmarks share: a server, the same calls through the crate and by hand, and the answers.
// Each benchmark uses a part of it.
#![allow(dead_code, unreachable_pub)]

pub mod answers;
pub mod by_hand;
pub mod calls;
pub mod models;
pub mod server;
